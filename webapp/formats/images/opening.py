"""Opens a file at the picture that is meant: the largest, where it holds several."""

import io
from contextlib import suppress
from dataclasses import dataclass, field

import pi_heif
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from webapp.formats.images import jpeg_xl, tiff_directory
from webapp.formats.images.kinds import FORMATS, has_no_pixels, refusal, sniff
from webapp.formats.images.pixels import TURNS, orientation_of
from webapp.formats.images.rejected import ImageFault, ImageRejected, ImageRemark, RemarkCode
from webapp.formats.images.tiff_directory import TiffPicture

# Pillow's own limit comes with a fixed number and after some decoders have begun; ``decoding`` checks the header first.
Image.MAX_IMAGE_PIXELS = None
# Bytes that a text or profile in a PNG may unpack to. Microscopes write more than Pillow's limit of 1 MB.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20
pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
jpeg_xl.register()

NAMED = 5
"""Most other pictures of a file that a remark names."""
_MOST_FRAMES = 100
_RAW_SHARE = 0.9
"""Of the sides of the raw data that a developed picture must have, to be the photo."""


@dataclass(slots=True)
class OpenedPicture:
    """A picture whose header was read. Use it as a context, which closes the file."""

    image: Image.Image
    data: bytes = field(repr=False)
    """The uploaded file, or of several pictures the one that is meant."""
    remarks: list[ImageRemark] = field(default_factory=list)
    inherited_orientation: int = 1
    """EXIF's, 1 to 8: what the page of a TIFF says of the pictures below it."""
    says_extra: bool = True
    """Whether a further channel is declared as transparency (``transparency.opaque``)."""

    def orientation(self) -> int:
        """EXIF's, 1 to 8 (1: upright); of a PNG only known when it is decoded."""
        own = orientation_of(self.image)
        return self.inherited_orientation if own == 1 else own

    def turn(self) -> Image.Transpose | None:
        """The transpose that makes the picture upright, None if it is."""
        return TURNS.get(self.orientation())

    def __enter__(self) -> "OpenedPicture":
        return self

    def __exit__(self, *error: object) -> None:
        self.image.__exit__(*error)  # closes the file and keeps the pixels


def open_picture(data: bytes) -> OpenedPicture:
    """Read the headers alone. Raises ImageRejected."""
    kind = sniff(data)
    if kind is None:
        raise refusal(data)
    if kind == "TIFF":
        return _open_tiff(data)
    image = _open(data)
    if image.format == "MPO":
        return _largest_of_mpo(data, image)
    if image.format == "HEIF":
        return _largest_of_heif(data, image)
    is_animated = False
    with suppress(Exception):  # what follows the first picture may be damaged
        is_animated = bool(getattr(image, "is_animated", False))
    return OpenedPicture(image, data, [ImageRemark(RemarkCode.ANIMATION)] if is_animated else [])


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        fault = ImageFault.ZERO_SIZE if has_no_pixels(data) else ImageFault.TRUNCATED
        raise ImageRejected(fault) from error


def _open_tiff(data: bytes) -> OpenedPicture:
    found = tiff_directory.pictures_of(data)
    pictures = [one for one in found.pictures if not one.is_mask]
    if not pictures:
        return OpenedPicture(_open(data), data)
    if found.is_cut_off and all(one.is_reduced for one in pictures):
        raise ImageRejected(ImageFault.TRUNCATED)
    meant, remarks = _meant(pictures)
    if meant is not found.pictures[0]:
        data = tiff_directory.with_first(data, meant)
    try:
        image = Image.open(io.BytesIO(data), formats=("TIFF",))
    except (UnidentifiedImageError, KeyError) as error:  # its directory is whole
        raise ImageRejected(ImageFault.UNSUPPORTED_FORMAT, format=meant.kind) from error
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        raise ImageRejected(ImageFault.TRUNCATED) from error
    inherited = 1 if meant.has_own_orientation else meant.orientation
    return OpenedPicture(image, data, remarks, inherited, meant.says_extra or meant.samples <= 3)


def _meant(pictures: list[TiffPicture]) -> tuple[TiffPicture, list[ImageRemark]]:
    """The largest, and what is to be said. Raises ImageRejected where that is raw and nothing developed is as large."""
    largest = max(pictures, key=lambda one: one.width * one.height)
    if largest.is_raw:
        developed = [
            one
            for one in pictures
            if not one.is_raw
            and one.width >= _RAW_SHARE * largest.width
            and one.height >= _RAW_SHARE * largest.height
        ]
        if not developed:
            is_dng = any(one.is_dng for one in pictures)
            raise ImageRejected(ImageFault.CAMERA_RAW, format="DNG" if is_dng else "TIFF")
        meant = max(developed, key=lambda one: one.width * one.height)
        return meant, [ImageRemark(RemarkCode.RAW_PREVIEW, {"width": meant.width, "height": meant.height})]
    sizes = [(one.width, one.height) for one in pictures]
    return largest, _others(sizes, pictures.index(largest))


def _largest_of_mpo(data: bytes, image: Image.Image) -> OpenedPicture:
    """Stereo pictures, previews and maps of brightness in one JPEG (CIPA DC-007)."""
    sizes, offsets = [image.size], [0]
    with suppress(Exception):  # those that follow may be cut off
        for frame in range(1, min(image.n_frames, _MOST_FRAMES)):  # type: ignore[attr-defined]
            image.seek(frame)
            sizes.append(image.size)
            offsets.append(image.offset)  # type: ignore[attr-defined]
    index = sizes.index(max(sizes, key=lambda size: size[0] * size[1]))
    meant = data[offsets[index] :] if index else data
    image.close()
    return OpenedPicture(_open(meant), meant, _others(sizes, index))


def _largest_of_heif(data: bytes, image: Image.Image) -> OpenedPicture:
    """The largest; of those alike the one that the file calls its primary."""
    primary = image.tell()
    sizes = []
    for frame in range(min(image.n_frames, _MOST_FRAMES)):  # type: ignore[attr-defined]
        image.seek(frame)
        sizes.append(image.size)
    index = max(range(len(sizes)), key=lambda frame: (sizes[frame][0] * sizes[frame][1], frame == primary))
    image.seek(index)
    return OpenedPicture(image, data, _others(sizes, index))


def _others(sizes: list[tuple[int, int]], index: int) -> list[ImageRemark]:
    others = sizes[:index] + sizes[index + 1 :]
    if not others:
        return []
    named = ", ".join(f"{width} × {height}" for width, height in others[:NAMED])
    params = {
        "width": sizes[index][0],
        "height": sizes[index][1],
        "count": len(others),
        "others": named + (", …" if len(others) > NAMED else ""),
    }
    return [ImageRemark(RemarkCode.MORE_PICTURES, params)]
