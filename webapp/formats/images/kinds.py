"""Detects formats by the first bytes of a file, to give a reason when it cannot be decoded."""

import struct

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF")
"""Supported formats, by Pillow's names."""
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_BMP_HEADER_SIZES = {12, 16, 40, 52, 56, 64, 108, 124}
_UNSUPPORTED_MAGIC = {
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"8BPS": "PSD",
    b"\0\0\1\0": "ICO",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"PK\3\4": "ZIP",
    b"PK\5\6": "ZIP",
}
_UNSUPPORTED_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF"}


def sniff(data: bytes) -> str | None:
    """The format's name, one of FORMATS or another that people meet; None for anything else."""
    for magic, name in (_MAGIC | _UNSUPPORTED_MAGIC).items():
        if data.startswith(magic):
            return name
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _UNSUPPORTED_BRANDS.get(data[8:12])
    return None


def has_no_pixels(data: bytes) -> bool:
    """Whether the header of a PNG or BMP states a width or height of 0."""
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        return 0 in struct.unpack_from(">II", data, 16)
    return data.startswith(b"BM") and len(data) >= 26 and 0 in struct.unpack_from("<ii", data, 18)
