"""Zips to test with, also such as no zip tool writes."""

import io
import stat
import struct
import zipfile
import zlib


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of (name, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def with_raw_name(name: bytes, content: bytes = b"photo", extra: bytes = b"") -> bytes:
    """A zip of one stored file whose name is these bytes, without the flag for UTF-8."""
    crc = zlib.crc32(content)
    common = struct.pack(
        "<HHHHHLLLHH", 20, 0, 0, 0, 33, crc, len(content), len(content), len(name), len(extra)
    )
    local = b"PK\x03\x04" + common + name + extra + content
    central = (
        b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name + extra
    )
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


class _RawName(zipfile.ZipInfo):
    """A member whose name is bytes of no known encoding."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, 0


def with_raw_names(*files: tuple[bytes, bytes]) -> bytes:
    """A zip of (name, content) without the flag for UTF-8."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, (name, content) in enumerate(files):
            entry = _RawName(str(number))
            entry.raw = name
            archive.writestr(entry, content)
    return file.getvalue()


def with_symlink(target: str) -> bytes:
    """A zip of a photo and a symbolic link."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link.jpg")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, target)
        archive.writestr("a.jpg", b"photo")
    return file.getvalue()


def encrypted(data: bytes, *names: str) -> bytes:
    """The zip with the members of these names marked as encrypted."""
    changed = bytearray(data)
    for signature, flags, name_length, name_at in ((b"PK\x03\x04", 6, 26, 30), (b"PK\x01\x02", 8, 28, 46)):
        at = changed.find(signature)
        while at >= 0:
            length = struct.unpack_from("<H", changed, at + name_length)[0]
            name = changed[at + name_at : at + name_at + length].decode()
            if name in names:
                changed[at + flags] |= 1
            at = changed.find(signature, at + 4)
    return bytes(changed)
