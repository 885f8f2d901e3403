"""Reads the header of a weights file, without torch, so that the web server can ask.

A safetensors file is 8 bytes of header length (little endian), the header as JSON, then the tensors. Ours
carry one more entry, ``image_recognition``, in the header.
"""

import json
import re
import shutil
import struct
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from webapp.formats.files import untrusted_json
from webapp.formats.weights_metadata import METADATA_KEY, WeightsFileError, WeightsMetadata

COCO_WEIGHTS = Path("model_zoo") / "mask_rcnn_R_50_FPN_3x.safetensors"
"""Where the default weights of ``r50_fpn`` lie below the folder of pretrained files."""

DTYPE_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1,
    "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}  # fmt: skip
"""Bytes of a number, by its type in safetensors."""
_LONGEST_HEADER = 4 * 2**20
"""Bytes; that of ``r50_fpn`` with a thousand categories has a fortieth of it."""
_MOST_DIMENSIONS = 16
_TENSOR_NAME = re.compile(r"[\x21-\x7e]{1,500}")


class WeightsKind(StrEnum):
    """What the first bytes of a file say it is."""

    SAFETENSORS = "safetensors"
    TORCH = "torch"
    """A zip that ``torch.save`` wrote: only a process with torch can say whether it holds tensors only."""
    UNKNOWN = "unknown"


class Tensor(Protocol):
    """A tensor that is written: its type as safetensors names it, its shape, and its bytes."""

    @property
    def dtype(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def size(self) -> int: ...


@dataclass(frozen=True)
class TensorPlace:
    """Where a tensor lies in its file: type as safetensors names it, shape, and bytes from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class WeightsHeader:
    """``metadata`` is None for a file that another product wrote; ``tensors`` are in the order in which they lie."""

    metadata: WeightsMetadata | None
    tensors: dict[str, TensorPlace]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor."""
        return {name: tensor.shape for name, tensor in self.tensors.items()}


def weights_kind(path: Path) -> WeightsKind:
    """Looks at the first bytes only."""
    with path.open("rb") as file:
        start = file.read(9)
    if zipfile.is_zipfile(path):
        return WeightsKind.TORCH
    return WeightsKind.SAFETENSORS if start[8:9] == b"{" else WeightsKind.UNKNOWN


def read_weights_header(path: Path) -> WeightsHeader:
    """Checks that the tensors fill the file from its header to its end.

    Raises ``WeightsFileError``, and ``MetadataError`` where our own entry cannot be right.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8:
            raise WeightsFileError("too short")
        (length,) = struct.unpack("<Q", start)
        if length > min(size - 8, _LONGEST_HEADER):
            raise WeightsFileError("header longer than the file")
        raw = file.read(length)
    try:
        header = untrusted_json.loads(raw)
        extra = header.pop("__metadata__", {})
        if not all(isinstance(value, str) for value in extra.values()):
            raise ValueError("metadata that is no text")
        tensors = {name: _place(name, entry, 8 + length) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsFileError(f"header: {error}") from error
    tensors = dict(sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)))
    end = 8 + length
    for tensor in tensors.values():
        if tensor.begin != end:
            raise WeightsFileError("tensors that overlap or leave a gap")
        end = tensor.end
    if end != size:
        raise WeightsFileError("length of the file differs from its header")
    own = extra.get(METADATA_KEY)
    return WeightsHeader(WeightsMetadata.from_json(own) if own is not None else None, tensors)


def write_weights(
    path: Path, tensors: Mapping[str, Tensor], contents: Iterable[bytes], metadata: WeightsMetadata
) -> None:
    """Write a safetensors file; `contents` are the numbers of each tensor, little endian, in row-major order.

    Raises OSError, and exceptions of `contents`.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt", METADATA_KEY: metadata.to_json()}}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.size
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [start, end]}
    with path.open("wb") as file:
        _write_header(file, header)
        for content in contents:
            file.write(content)


def copy_with_metadata(source: Path, target: Path, metadata: WeightsMetadata) -> None:
    """Write the tensors of ``source`` with other metadata. Raises OSError, ``WeightsFileError``."""
    read_weights_header(source)
    with source.open("rb") as file, target.open("wb") as copy:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        header["__metadata__"][METADATA_KEY] = metadata.to_json()
        _write_header(copy, header)
        shutil.copyfileobj(file, copy, 2**20)


def _write_header(file: BinaryIO, header: dict[str, Any]) -> None:
    raw = json.dumps(header, ensure_ascii=False).encode()
    raw += b" " * (-len(raw) % 8)
    file.write(struct.pack("<Q", len(raw)) + raw)


def _place(name: str, entry: dict[str, Any], data: int) -> TensorPlace:
    """One tensor; ``data`` is where the first begins. Raises ValueError when its bytes do not fit its shape."""
    shape, (begin, end) = tuple(entry["shape"]), entry["data_offsets"]
    if not _TENSOR_NAME.fullmatch(name) or len(shape) > _MOST_DIMENSIONS:
        raise ValueError("a tensor with such a name or so many dimensions")
    if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
        raise ValueError("shapes and offsets that are no numbers")
    expected = DTYPE_BYTES[entry["dtype"]]
    for length in shape:
        expected *= length
    if end - begin != expected:
        raise ValueError(f"offsets {begin}..{end} for shape {shape}")
    return TensorPlace(entry["dtype"], shape, data + begin, data + end)
