"""Tars to test with, also such as no tar tool writes."""

import io
import tarfile


def entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """The header of one member."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, target
    return info


def tarred(*files: tuple[str | tarfile.TarInfo, bytes], mode: str = "w", **options: object) -> bytes:
    """A tar of (name, content); `mode` as of ``tarfile.open``."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, **options) as archive:
        for name, content in files:
            info = entry(name, len(content)) if isinstance(name, str) else name
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()
