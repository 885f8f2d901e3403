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
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Protocol

METADATA_KEY = "image_recognition"
FORMAT_VERSION = 1
COCO_WEIGHTS = Path("model_zoo") / "mask_rcnn_R_50_FPN_3x.safetensors"
"""Where the default weights of ``r50_fpn`` lie below the folder of pretrained files."""

_LONGEST_HEADER = 16 * 1024 * 1024
_TYPE_BITS = re.compile(r"[A-Z]+(\d+)")
"""The digits of a type are its bits: F32, BF16, I64. One without digits (BOOL) takes a byte."""


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


class WeightsFileError(Exception):
    """The file is not a whole safetensors file. ``reason`` is a short English phrase for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class WeightsMetadata:
    """What a weights file of this product carries beside its tensors."""

    architecture: str
    categories: list[str]
    """Names by class number; the order is that of the network's outputs."""
    parameters: dict[str, Any] = field(default_factory=dict)
    dataset_version: str = ""
    iteration: int = 0
    format_version: int = FORMAT_VERSION
    thresholds: dict[str, float] | None = None
    """Advised score threshold of each category, 0 to 1: the best F1 on the validation photos. None where it is unknown:
    without labelled validation photos, and in files that are older than this entry."""
    box_from_mask: bool = False
    """Whether the box around the mask is to be taken in place of the network's: it was the better one on the
    validation photos."""

    def to_json(self) -> str:
        """The JSON for the file's header."""
        return json.dumps(self.__dict__, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "WeightsMetadata":
        """Raises ``WeightsFileError`` when something is missing or of another type."""
        try:
            found = json.loads(text)
            given = {name: found[name] for name in cls.__dataclass_fields__ if name not in _ADDED_LATER}
            metadata = cls(**given, **{name: found[name] for name in _ADDED_LATER if name in found})
        except (ValueError, KeyError, TypeError) as error:
            raise WeightsFileError(f"metadata: {error}") from error
        if metadata.format_version != FORMAT_VERSION or not metadata._types_are_right():
            raise WeightsFileError("metadata: another version or types")
        return metadata

    def _types_are_right(self) -> bool:
        return (
            isinstance(self.categories, list)
            and isinstance(self.parameters, dict)
            and isinstance(self.iteration, int)
            and isinstance(self.box_from_mask, bool)
            and self._thresholds_are_right()
            and all(
                isinstance(each, str) for each in [self.architecture, self.dataset_version, *self.categories]
            )
        )

    def _thresholds_are_right(self) -> bool:
        if self.thresholds is None:
            return True
        return isinstance(self.thresholds, dict) and all(
            name in self.categories
            and isinstance(each, int | float)
            and not isinstance(each, bool)
            and 0 <= each <= 1
            for name, each in self.thresholds.items()
        )


_ADDED_LATER = ("thresholds", "box_from_mask")
"""Entries that files of earlier versions do not have; earlier versions ignore them."""


@dataclass(frozen=True)
class WeightsHeader:
    """``metadata`` is None for a file that another product wrote; ``shapes`` has one entry a tensor."""

    metadata: WeightsMetadata | None
    shapes: dict[str, tuple[int, ...]]


def weights_kind(path: Path) -> WeightsKind:
    """Looks at the first bytes only."""
    with path.open("rb") as file:
        start = file.read(9)
    if zipfile.is_zipfile(path):
        return WeightsKind.TORCH
    return WeightsKind.SAFETENSORS if start[8:9] == b"{" else WeightsKind.UNKNOWN


def read_weights_header(path: Path) -> WeightsHeader:
    """Checks that header and file length agree. Raises ``WeightsFileError``."""
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
        header = json.loads(raw)
        own = header.pop("__metadata__", {}).get(METADATA_KEY)
        shapes = {name: _checked_shape(entry, size - 8 - length) for name, entry in header.items()}
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsFileError(f"header: {error}") from error
    if end != size - 8 - length:
        raise WeightsFileError("length of the file differs from its header")
    return WeightsHeader(WeightsMetadata.from_json(own) if own is not None else None, shapes)


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


def _checked_shape(entry: dict[str, Any], data_bytes: int) -> tuple[int, ...]:
    """The shape of one tensor. Raises ValueError when its bytes do not fit its shape or the file."""
    shape = tuple(int(length) for length in entry["shape"])
    begin, end = entry["data_offsets"]
    bits = _TYPE_BITS.match(entry["dtype"])
    expected = int(bits[1]) // 8 if bits else 1
    for length in shape:
        expected *= length
    if not 0 <= begin <= end <= data_bytes or end - begin != expected:
        raise ValueError(f"offsets {begin}..{end} for shape {shape}")
    return shape
