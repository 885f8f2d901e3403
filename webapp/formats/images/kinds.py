"""Detects kinds of files by their first bytes: the formats that are read, and the names of others that people send."""

import codecs
import re
import struct

from webapp.formats.images.rejected import ImageFault, ImageRejected

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "PPM", "JPEG2000", "AVIF", "HEIF", "JXL")
"""Supported formats, by Pillow's names. AVIF stands before HEIF: a container of both may begin alike."""
SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".png", ".apng", ".bmp", ".dib", ".webp", ".gif"),
        *(".tif", ".tiff", ".btf", ".dng", ".pbm", ".pgm", ".ppm", ".pnm", ".pfm"),
        *(
            ".jp2",
            ".j2k",
            ".j2c",
            ".jpc",
            ".jpf",
            ".jpx",
            ".jxl",
            ".avif",
            ".heic",
            ".heics",
            ".heif",
            ".hif",
        ),
    }
)
"""Of photos; those of kinds that are not read (raw files of cameras, DICOM) are not among them."""
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"II\0*": "TIFF",  # the wrong way round, as some programs write it
    b"MM*\0": "TIFF",
    b"GIF8": "GIF",
    b"\0\0\0\x0cjP": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
    b"\xff\x0a": "JXL",
    b"\0\0\0\x0cJXL ": "JXL",
}
_BMP_HEADER_SIZES = {12, 16, 40, 52, 56, 64, 108, 124}
_UNSUPPORTED_MAGIC = {
    b"%PDF": "PDF",
    b"%!PS": "PostScript",
    b"8BPS": "PSD",
    b"\0\0\1\0": "ICO",
    b"\0\0\2\0": "CUR",
    b"icns": "ICNS",
    b"qoif": "QOI",
    b"\x01\xda\0": "SGI",
    b"\x01\xda\1": "SGI",
    b"DDS ": "DDS",
    b"v/1\1": "OpenEXR",
    b"#?RADIANCE": "Radiance HDR",
    b"SIMPLE  =": "FITS",
    b"II\xbc\1": "JPEG XR",
    b"P7\n": "PAM",
    b"\xd7\xcd\xc6\x9a": "WMF",
    b"AT&TFORM": "DjVu",
    b"\x93NUMPY": "NumPy",
    b"\x89HDF": "HDF5",
    b"MATLAB 5.0": "MATLAB",
    b"PK\3\4": "ZIP",
    b"PK\5\6": "ZIP",
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "Microsoft Office",
    b"MZ": "Windows program",
    b"\x7fELF": "Linux program",
    b"ID3": "MP3",
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
}
_RAW_MAGIC = {
    b"IIRO": "ORF",
    b"IIRS": "ORF",
    b"MMOR": "ORF",
    b"IIU\0": "RW2",
    b"FUJIFILMCCD-RAW": "RAF",
    b"FOVb": "X3F",
    b"\0MRM": "MRW",
}
_VIDEO_MAGIC = {
    b"\x1a\x45\xdf\xa3": "Matroska, WebM",
    b"\0\0\1\xba": "MPEG",
    b"\0\0\1\xb3": "MPEG",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "WMV",
    b"FLV\1": "FLV",
}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_PNM = re.compile(rb"P[1-6f]\s+(#|\d+\s)")
_TEXT_BYTES = frozenset(b"\t\n\r\f\x1b") | frozenset(range(0x20, 0x100))
_HEAD = 4_096


def sniff(data: bytes) -> str | None:
    """The format's name if it is one of FORMATS, else None."""
    for magic, name in _MAGIC.items():
        if data.startswith(magic):
            return None if _is_canon_raw(data) else name
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return "AVIF" if data[8:12] in {b"avif", b"avis"} else "HEIF" if data[8:12] in _HEIF_BRANDS else None
    return "PPM" if _PNM.match(data) else None


def refusal(data: bytes) -> ImageRejected:
    """Why a file of none of FORMATS is refused, by its real name where that is known."""
    head = data[:_HEAD]
    if head.startswith(LFS_POINTER):
        return ImageRejected(ImageFault.GIT_LFS_POINTER)
    if _is_canon_raw(head):
        return ImageRejected(ImageFault.CAMERA_RAW, format="CR2")
    if data[128:132] == b"DICM":
        return ImageRejected(ImageFault.UNSUPPORTED_FORMAT, format="DICOM")
    if data[257:262] == b"ustar":
        return ImageRejected(ImageFault.UNSUPPORTED_FORMAT, format="TAR")
    if head[4:8] == b"ftyp":
        if head[8:12] == b"crx ":
            return ImageRejected(ImageFault.CAMERA_RAW, format="CR3")
        return ImageRejected(ImageFault.VIDEO, format="MOV" if head[8:12] == b"qt  " else "MP4")
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return ImageRejected(ImageFault.VIDEO, format="AVI")
    for table, fault in (
        (_RAW_MAGIC, ImageFault.CAMERA_RAW),
        (_VIDEO_MAGIC, ImageFault.VIDEO),
        (_UNSUPPORTED_MAGIC, ImageFault.UNSUPPORTED_FORMAT),
    ):
        for magic, name in table.items():
            if head.startswith(magic):
                return ImageRejected(fault, format=name)
    if data[-18:].startswith(b"TRUEVISION-XFILE."):
        return ImageRejected(ImageFault.UNSUPPORTED_FORMAT, format="TGA")
    return _of_text(head) or ImageRejected(ImageFault.NOT_AN_IMAGE)


def _of_text(head: bytes) -> ImageRejected | None:
    """The same for texts of any encoding; None for anything else."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    elif all(byte in _TEXT_BYTES for byte in head):
        text = head.decode("utf-8", "replace")
    else:
        return None
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")) or "<html" in start[:512]:
        return ImageRejected(ImageFault.WEB_PAGE)
    if start.startswith("<svg") or (start.startswith("<?xml") and "<svg" in start):
        return ImageRejected(ImageFault.UNSUPPORTED_FORMAT, format="SVG")
    return ImageRejected(ImageFault.TEXT)


def _is_canon_raw(data: bytes) -> bool:
    """CR2 is a TIFF whose pictures of the camera's display come first."""
    return data[:4] in (b"II*\0", b"MM\0*") and data[8:10] == b"CR"


def has_no_pixels(data: bytes) -> bool:
    """Whether the header of a PNG or BMP states a width or height of 0."""
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        return 0 in struct.unpack_from(">II", data, 16)
    return data.startswith(b"BM") and len(data) >= 26 and 0 in struct.unpack_from("<ii", data, 18)
