"""Removes metadata (EXIF, XMP, further frames) from a photo without decoding it.

The parts of the file that make up the picture are copied unchanged.
"""

import re
import struct

_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""In the data of a scan 0xFF is followed by 0 or a restart marker; anything else begins a segment. (With
``\xff+``, for the bytes that may fill the gap before, the search is twenty times as slow.)"""
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_DROPPED = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"acTL", b"fcTL", b"fdAT"}
_VP8X_EXIF_XMP = 0x08 | 0x04


def strip_metadata(data: bytes, image_format: str) -> bytes:
    """The file with nothing but its first picture and the colour profile; `data` itself where there was
    nothing else.

    `image_format` is JPEG, PNG or WEBP. Raises ValueError for a file that is put together in an unusual way,
    which a decoder may have forgiven, and for an animated WebP: these have to be encoded again.
    """
    strip = {"JPEG": _strip_jpeg, "PNG": _strip_png, "WEBP": _strip_webp}[image_format]
    try:
        stripped = strip(data)
    except (IndexError, struct.error) as error:
        raise ValueError("the file ends early") from error
    return data if stripped == data else stripped


def _strip_jpeg(data: bytes) -> bytes:
    """ITU-T T.81, annex B: markers with a length, and scans that end at the next marker."""
    kept = [data[:2]]
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError("no marker where one must be")
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker == 0xD9:
            kept.append(b"\xff\xd9")
            return b"".join(kept)
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        (length,) = struct.unpack_from(">H", data, position)
        payload = data[position + 2 : position + length]
        if length < 2 or len(payload) != length - 2:
            raise ValueError("a segment is cut off")
        if _keeps_segment(marker, payload):
            kept.append(bytes((0xFF, marker)) + data[position : position + length])
        position += length
        if marker == 0xDA:
            following = _NEXT_MARKER.search(data, position)
            if following is None:
                raise ValueError("the end of the picture is missing")
            scan = data[position : following.start()]
            kept.append(scan.rstrip(b"\xff"))
            position = following.start()


def _keeps_segment(marker: int, payload: bytes) -> bool:
    if 0xE0 <= marker <= 0xEF:
        # What applications add. JFIF, Adobe's colour transform and the colour profile make the picture.
        return marker in {0xE0, 0xEE} or (marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0"))
    return True


def _strip_png(data: bytes) -> bytes:
    """PNG specification, 5.3: length, type, data and checksum of each chunk."""
    kept = [_PNG_MAGIC]
    position = len(_PNG_MAGIC)
    while True:
        length, kind = struct.unpack_from(">I4s", data, position)
        chunk = data[position : position + 12 + length]
        if len(chunk) != 12 + length:
            raise ValueError("a chunk is cut off")
        if kind not in _PNG_DROPPED:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        position += 12 + length


def _strip_webp(data: bytes) -> bytes:
    """RFC 9649: chunks of an even length in a RIFF file; VP8X says in its flags which ones there are."""
    (size,) = struct.unpack_from("<I", data, 4)
    end = 8 + size
    if end > len(data):
        raise ValueError("the file is cut off")
    kept = []
    position = 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        chunk = data[position : position + 8 + length + length % 2]
        position += len(chunk)
        if kind in {b"ANIM", b"ANMF"}:
            raise ValueError("animated")
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_VP8X_EXIF_XMP]) + chunk[9:]
        if kind not in {b"EXIF", b"XMP "}:
            kept.append(chunk)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
