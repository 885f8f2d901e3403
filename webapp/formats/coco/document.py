"""Our own COCO documents: their parts, and the compressed form in dataset versions. Written by ``writer.py``."""

import gzip
import hashlib
import io
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from webapp.formats.masks.segmentation import Box, Segmentation

GZIP_FORMAT = 31
"""Of zlib: gzip, with the largest window."""
OWN_FORMAT = "image-recognition coco 1"
"""Value of `info.format` by which the reader recognises our exports: their crowds and unused categories are kept."""

HASH_ENTRY = re.compile(rb'"sha256":"([0-9a-f]{64})"')
HASH_ENTRY_LENGTH = 76


@dataclass(frozen=True, slots=True)
class ExportImage:
    """One photo; `sha256` is that of the bytes that were uploaded."""

    file_name: str
    width: int
    height: int
    sha256: str
    split: str
    no_object: bool = False
    size: int = 0
    """Bytes of the stored file, for VIA."""
    original_name: str = ""
    """In the model, where the export gives it another name."""


@dataclass(frozen=True, slots=True)
class ExportShape:
    """One label; the fields as in ParsedShape."""

    category: str
    segmentation: Segmentation
    bbox: Box
    area: float
    iscrowd: bool = False
    is_box: bool = False


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no blanks. Raises ValueError for NaN and infinity, which JSON does not
    know."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class FrozenDocument:
    """A sink for a document's bytes: hashes and compresses them.

    The gzip header has no time, so that equal documents give equal bytes.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._packer = zlib.compressobj(6, wbits=GZIP_FORMAT)
        self._packed = bytearray()

    def write(self, data: bytes) -> None:
        """The next bytes."""
        self._hash.update(data)
        self._packed += self._packer.compress(data)

    def close(self) -> tuple[str, bytes]:
        """SHA-256 of the document, hexadecimal, and the document compressed. Once, at the end."""
        self._packed += self._packer.flush()
        return self._hash.hexdigest(), bytes(self._packed)


def decompress_document(data: bytes) -> dict[str, Any]:
    """Decompress a document. Only for output of FrozenDocument: the size is not limited."""
    document: dict[str, Any] = json.loads(gzip.decompress(data))
    return document


def photo_hashes(data: bytes) -> set[str]:
    """SHA-256 of each photo in what FrozenDocument wrote, read piece by piece."""
    found: set[str] = set()
    rest = b""
    with gzip.open(io.BytesIO(data)) as document:
        while piece := document.read(2**20):
            text = rest + piece
            found.update(match.group(1).decode() for match in HASH_ENTRY.finditer(text))
            # An entry may continue in the next piece; finding one twice does not matter.
            rest = text[-HASH_ENTRY_LENGTH:]
    return found
