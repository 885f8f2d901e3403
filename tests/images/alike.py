"""Photos with files whose likeness is known: scenes that have nothing in common, and the same scene again."""

import hashlib
import io

import imagehash
import numpy as np
from PIL import Image as Picture
from PIL import ImageEnhance, ImageFilter

from webapp.core.extensions import db
from webapp.formats.images.decoding import read_image
from webapp.images import intake as image_intake
from webapp.models import DetectionModel, Image, ImageFile, Split


def scene(seed: int, width: int = 320, height: int = 240) -> Picture.Image:
    """Blobs of light and dark in many sizes; each seed is another scene."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cells in (4, 8, 16, 32):
        noise = Picture.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        total += np.asarray(noise.resize((width, height), Picture.Resampling.BICUBIC), dtype=float)
    return Picture.fromarray((total / 4).astype(np.uint8))


def fixture(seed: int) -> Picture.Image:
    """What a camera that stands still sees: the same machine, and a small part of its own each time."""
    picture = scene(10_000)
    picture.paste(scene(seed, 60, 60), (130, 90))
    return picture


def saved_again(picture: Picture.Image) -> Picture.Image:
    return Picture.open(io.BytesIO(_jpeg(picture, 50)))


def smaller(picture: Picture.Image) -> Picture.Image:
    return picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))


def brighter(picture: Picture.Image) -> Picture.Image:
    return ImageEnhance.Brightness(picture).enhance(1.2)


def blurred(picture: Picture.Image) -> Picture.Image:
    return picture.filter(ImageFilter.GaussianBlur(1.5))


def shifted(picture: Picture.Image) -> Picture.Image:
    w, h = picture.size
    return picture.crop((w // 60, h // 60, w, h)).resize((w, h))


AGAIN = (saved_again, smaller, brighter, blurred, shifted)


def add(model: DetectionModel, picture: Picture.Image, split: Split = Split.TRAIN, name: str = "") -> Image:
    """A photo as an upload leaves it: its file, its hash and its row. Commits."""
    data = _jpeg(picture, 92)
    filename = name or f"{hashlib.sha256(data).hexdigest()[:12]}.jpg"
    file = image_intake.store_image(read_image(io.BytesIO(data), filename, 10**8))
    file.phash = phash(picture)
    image = Image(model_id=model.id, sha256=file.sha256, filename=filename, split=split)
    db.session.add(image)
    db.session.commit()
    return image


def phash(picture: Picture.Image) -> int:
    """As it is kept: 64 bits as a signed number."""
    return int.from_bytes(np.packbits(imagehash.phash(picture).hash.flatten()).tobytes(), signed=True)


def without_hash(image: Image) -> None:
    """As photos are that came before hashes were kept. Commits."""
    db.session.get_one(ImageFile, image.sha256).phash = None
    db.session.commit()


def _jpeg(picture: Picture.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
