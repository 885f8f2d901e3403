"""What somebody does to a photo who has it twice: turned, mirrored, cut, brighter, saved again, the camera moved."""

import io
import random
from collections.abc import Iterator

from PIL import Image, ImageEnhance

LONGEST_SIDE = 960
_TURNS = {
    "turned_90": Image.Transpose.ROTATE_90,
    "turned_180": Image.Transpose.ROTATE_180,
    "turned_270": Image.Transpose.ROTATE_270,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside_down": Image.Transpose.FLIP_TOP_BOTTOM,
}


def changed(photo: Image.Image, rng: random.Random) -> Iterator[tuple[str, Image.Image]]:
    """Each change once, by name.

    A part with 80 % of the sides anywhere, brightness by 20 %, JPEG 40, a camera that moved by 5 % of both sides (what
    came into view there is what stood there before).
    """
    for name, turn in _TURNS.items():
        yield name, photo.transpose(turn)
    width, height = photo.size
    wide, tall = round(width * 0.8), round(height * 0.8)
    left, top = rng.randint(0, width - wide), rng.randint(0, height - tall)
    yield "cut", photo.crop((left, top, left + wide, top + tall))
    yield "brighter", ImageEnhance.Brightness(photo).enhance(1.2)
    yield "darker", ImageEnhance.Brightness(photo).enhance(0.8)
    yield "saved_again", Image.open(io.BytesIO(jpeg(photo, 40)))
    right, down = (rng.choice((-1, 1)) * round(side * 0.05) for side in photo.size)
    moved = photo.resize(photo.size)
    moved.paste(photo, (right, down))
    yield "camera_moved", moved


def jpeg(photo: Image.Image, quality: int = 92) -> bytes:
    """The photo as a file."""
    buffer = io.BytesIO()
    photo.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def opened(path: object) -> Image.Image:
    """A photo of a set, its longer side at most ``LONGEST_SIDE``."""
    with Image.open(str(path)) as file:
        photo = file.convert("RGB")
    photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return photo
