"""Photos that are broken somewhere, always the same ones for the same seed."""

import io
import random
from functools import cache

from PIL import Image

from bench.fuzz_photos.photo_kinds import KINDS
from webapp.formats.images.decoding import decode_image, read_image
from webapp.formats.images.deep import pixels as deep_pixels
from webapp.formats.images.rejected import ImageRejected

LIMIT = 4_000_000
"""Pixels."""
_SUFFIXES = {".jpg", ".png", ".webp", *deep_pixels.SUFFIXES.values()}


@cache
def _good(kind: str) -> bytes:
    return KINDS[kind]()


def mutated(kind: str, seed: int) -> bytes:
    """A good photo of this kind, broken: bytes changed (often in the header), cut off, repeated, or of two kinds."""
    chance = random.Random(f"{kind} {seed}")  # noqa: S311 - not a secret
    changed = bytearray(_good(kind))
    way = chance.random()
    if way < 0.1:
        del changed[chance.randrange(len(changed)) :]
    elif way < 0.2:
        start = chance.randrange(len(changed))
        part = changed[start : start + chance.randint(1, 200)]
        at = chance.randrange(len(changed))
        changed[at:at] = part
    elif way < 0.25:
        changed[chance.randrange(len(changed)) :] = _good(chance.choice(list(KINDS)))
    for _ in range(chance.randint(0 if way < 0.25 else 1, 6)):
        if changed:
            # A header is short, and says most.
            at = chance.randrange(min(len(changed), chance.choice([32, 128, len(changed)])))
            changed[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    return bytes(changed)


def check(data: bytes) -> bool:
    """Whether the photo was taken (True) or refused. Raises AssertionError, or what a decoder lets through.

    What is taken is stored as a photo that every reader opens, of the size that was found, and alike to what a line
    machine's photo would be.
    """
    try:
        photo = read_image(io.BytesIO(data), "photo", LIMIT)
    except ImageRejected as refused:
        _same_refusal(data, refused)
        return False
    assert photo.stored_suffix in _SUFFIXES and photo.width * photo.height <= LIMIT  # noqa: S101
    if photo.measured is not None:
        assert photo.seen.size == (photo.width, photo.height)  # noqa: S101
    else:
        with Image.open(io.BytesIO(photo.stored)) as stored:
            stored.load()
            assert stored.size == (photo.width, photo.height) and not stored.getexif()  # noqa: S101
    decoded = decode_image(data, LIMIT)
    assert decoded.picture.size == (photo.width, photo.height)  # noqa: S101
    assert decoded.remarks == photo.remarks  # noqa: S101
    return True


def _same_refusal(data: bytes, refused: ImageRejected) -> None:
    try:
        decode_image(data, LIMIT)
    except ImageRejected as again:
        assert again.code == refused.code  # noqa: S101
    else:
        raise AssertionError("refused as an upload, taken on the line")
