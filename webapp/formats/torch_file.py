"""Reads the tensors of a file that ``torch.save`` wrote (PyTorch 1.6 and later), without torch and without unpickling.

The file is a zip: ``data.pkl`` describes the objects as a pickle, ``data/<key>`` holds the numbers of each storage. A
pickle is a program, and unpickling runs it. Here its instructions are only looked at, one by one, and those that
describe dictionaries of tensors are followed; nothing is imported or called, and any other object is refused.

The format: ``torch.serialization`` and ``torch._weights_only_unpickler`` of PyTorch.
"""

import pickletools
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from webapp.formats.files.archive import DEFAULT_LIMITS, ArchiveRejected, check_directory

MAX_DESCRIPTION = 8 * 2**20
"""Bytes of ``data.pkl``; that of a Mask R-CNN with its optimizer has a quarter of one MiB."""
MAX_DIMENSIONS = 16
DTYPES = {
    "FloatStorage": ("F32", 4), "HalfStorage": ("F16", 2), "BFloat16Storage": ("BF16", 2), "DoubleStorage": ("F64", 8),
    "LongStorage": ("I64", 8), "IntStorage": ("I32", 4), "ShortStorage": ("I16", 2), "CharStorage": ("I8", 1),
    "ByteStorage": ("U8", 1), "BoolStorage": ("BOOL", 1),
}  # fmt: skip
"""Names in safetensors and bytes of a number, by the class of the storage."""
IGNORED = {
    "torch Size", "torch device", "numpy dtype", "_codecs encode", "numpy.core.multiarray scalar",
    "numpy._core.multiarray scalar",
}  # fmt: skip
"""What a checkpoint may hold beside its tensors, e.g. the best metric so far; not read."""
_PLAIN = {
    "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "BINFLOAT", "FLOAT", "BINUNICODE", "SHORT_BINUNICODE",
    "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES",
}  # fmt: skip
"""Instructions whose argument is the value."""
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_UNREADABLE = (
    ArchiveRejected,
    zipfile.BadZipFile,
    struct.error,
    OverflowError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
"""Exceptions of zipfile and pickletools, and of instructions that do not fit their operands."""


class TorchFileError(Exception):
    """The file is damaged, or no file of ``torch.save``. ``reason`` is a short English phrase for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotTensorsOnly(TorchFileError):
    """The file describes other objects than tensors; ``reason`` is their name."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A class or function that the pickle names: ``module name``. Never imported."""

    text: str


@dataclass(frozen=True, slots=True)
class _Storage:
    dtype: str
    item_bytes: int
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor: a part of a storage. `offset` and `strides` count numbers."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def dtype(self) -> str:
        """As safetensors names it."""
        return self.storage.dtype

    @property
    def size(self) -> int:
        """Bytes of its numbers."""
        size = self.storage.item_bytes
        for side in self.shape:
            size *= side
        return size


class TorchFile:
    """An open file; a context manager. `content` is what was saved, with ``StoredTensor`` for tensors."""

    def __init__(self, path: Path) -> None:
        """Raises NotTensorsOnly, or TorchFileError where it cannot be read."""
        self._last = "", b""
        """Key and bytes of the storage that was read last."""
        self._size = path.stat().st_size
        try:
            with path.open("rb") as file:
                check_directory(file, DEFAULT_LIMITS)
            self._zip = zipfile.ZipFile(path)
        except _UNREADABLE as error:
            raise TorchFileError(str(error)) from error
        try:
            self._folder = self._find_folder()
            self.content = _content(self._zip.read(f"{self._folder}data.pkl"))
        except _UNREADABLE as error:
            self.close()
            raise TorchFileError(str(error)) from error
        except BaseException:
            self.close()
            raise

    def _find_folder(self) -> str:
        entries = self._zip.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise TorchFileError("packed: torch.save does not pack")
        described = [entry for entry in entries if entry.filename.rpartition("/")[2] == "data.pkl"]
        if len(described) != 1 or described[0].file_size > MAX_DESCRIPTION:
            raise TorchFileError(f"{len(described)} descriptions")
        folder = described[0].filename.removesuffix("data.pkl")
        orders = {entry.filename for entry in entries} & {f"{folder}byteorder"}
        if orders and self._zip.read(f"{folder}byteorder") != b"little":
            raise TorchFileError("another byte order")
        return folder

    def tensors(self) -> dict[str, StoredTensor]:
        """The state dictionary, also below ``model`` as Detectron2 writes it. Raises TorchFileError."""
        found = self.content
        if isinstance(found, dict) and isinstance(found.get("model"), dict):
            found = found["model"]
        if not isinstance(found, dict):
            raise TorchFileError("no state dictionary")
        tensors = {name: one for name, one in found.items() if isinstance(one, StoredTensor)}
        if not tensors or len(tensors) != len(found) or not all(str(name).isascii() for name in tensors):
            raise TorchFileError("no state dictionary")
        if max(sum(one.size for one in tensors.values()), _bytes_read(tensors.values())) > 2 * self._size:
            raise TorchFileError("tensors of more numbers than the file has")
        return {str(name): tensor for name, tensor in tensors.items()}

    def numbers(self, tensor: StoredTensor) -> bytes:
        """The bytes of a tensor in row-major order. Raises TorchFileError."""
        storage = tensor.storage
        last = tensor.offset + sum(
            (side - 1) * stride for side, stride in zip(tensor.shape, tensor.strides, strict=True)
        )
        if 0 in tensor.shape:
            return b""
        raw = self._read(storage.key)
        if len(raw) != storage.count * storage.item_bytes or last >= storage.count:
            raise TorchFileError("a storage of another size")
        stored = np.frombuffer(raw, f"V{storage.item_bytes}")[tensor.offset :]
        strides = [stride * storage.item_bytes for stride in tensor.strides]
        return np.lib.stride_tricks.as_strided(stored, tensor.shape, strides, writeable=False).tobytes()

    def _read(self, key: str) -> bytes:
        """A storage; several tensors one after the other may be parts of one."""
        if self._last[0] != key:
            try:
                self._last = key, self._zip.read(f"{self._folder}data/{key}")
            except _UNREADABLE as error:
                raise TorchFileError(str(error)) from error
        return self._last[1]

    def close(self) -> None:
        """Close it."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _content(description: bytes) -> Any:
    """What the instructions describe. Raises NotTensorsOnly, and what instructions out of place lead to."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    argument: Any
    for opcode, argument, _position in pickletools.genops(description):
        name = opcode.name
        if name in _PLAIN:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name == "MARK":
            marks.append(len(stack))
        elif name in {"BINPUT", "LONG_BINPUT", "PUT"}:
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in {"BINGET", "LONG_BINGET", "GET"}:
            stack.append(memo[argument])
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name in _TUPLES:
            stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
        elif name in {"TUPLE", "LIST", "SETITEMS", "APPENDS"}:
            _gather(name, stack, _taken(stack, marks.pop()))
        elif name in {"SETITEM", "APPEND"}:
            _gather(f"{name}S", stack, _taken(stack, len(stack) - (2 if name == "SETITEM" else 1)))
        elif name == "GLOBAL":
            stack.append(_Name(argument))
        elif name == "STACK_GLOBAL":
            stack[-2:] = [_Name(f"{stack[-2]} {stack[-1]}")]
        elif name == "BINPERSID":
            stack.append(_storage(stack.pop()))
        elif name == "REDUCE":
            arguments = stack.pop()
            stack[-1] = _made(stack[-1], arguments)
        elif name == "BUILD":  # the version of each layer, which state dictionaries carry along
            stack.pop()
        elif name == "STOP":
            return stack.pop()
        elif name not in {"PROTO", "FRAME"}:
            raise NotTensorsOnly(name)
    raise ValueError("no end")


def _bytes_read(tensors: Iterable[StoredTensor]) -> int:
    """Of all storages, as often as ``TorchFile.numbers`` reads them for these tensors."""
    storages = [tensor.storage for tensor in tensors]
    before = [None, *storages]
    return sum(
        one.count * one.item_bytes
        for one, other in zip(storages, before, strict=False)
        if other is None or other.key != one.key
    )


def _taken(stack: list[Any], start: int) -> list[Any]:
    taken = stack[start:]
    del stack[start:]
    return taken


def _gather(name: str, stack: list[Any], values: list[Any]) -> None:
    """Make a collection of the values, or put them into the one below."""
    if name == "TUPLE":
        stack.append(tuple(values))
    elif name == "LIST":
        stack.append(values)
    elif name == "APPENDS":
        stack[-1].extend(values)
    else:
        for key, value in zip(values[0::2], values[1::2], strict=True):
            # Other keys, e.g. tuples of tuples, can take for ever to be hashed.
            if not isinstance(key, (str, int)):
                raise NotTensorsOnly(f"a key of type {type(key).__name__}")
            stack[-1][key] = value


def _storage(reference: Any) -> _Storage:
    kind, storage_type, key, _location, count = reference
    module, _, name = storage_type.text.partition(" ")
    if kind != "storage" or module not in {"torch", "torch.storage"} or not isinstance(key, str):
        raise NotTensorsOnly(str(storage_type.text))
    if name not in DTYPES:
        raise NotTensorsOnly(name)
    return _Storage(*DTYPES[name], key, _count(count))


def _made(made_by: Any, arguments: Any) -> Any:
    """What a call would give, of the few that tensors need."""
    name = made_by.text
    if name == "collections OrderedDict":
        if arguments:
            raise NotTensorsOnly(name)
        return {}
    if name in {"torch._utils _rebuild_parameter", "torch._utils _rebuild_parameter_with_state"}:
        return arguments[0]
    if name == "torch._utils _rebuild_tensor_v2":
        storage, offset, shape, strides = arguments[:4]
        if not isinstance(storage, _Storage) or not len(shape) == len(strides) <= MAX_DIMENSIONS:
            raise ValueError("a tensor without a storage")
        return StoredTensor(storage, _count(offset), tuple(map(_count, shape)), tuple(map(_count, strides)))
    if name in IGNORED:
        return None
    raise NotTensorsOnly(name)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**48:
        raise ValueError(f"{value!r} numbers")
    return value
