"""Whatever the header of a weights file says, it is read or refused, in no time and without an error of ours."""

import io
import json
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from webapp.formats.torch_file import TorchFile, TorchFileError
from webapp.formats.weights_file import read_weights_header
from webapp.formats.weights_metadata import METADATA_KEY, MetadataError, WeightsFileError, WeightsMetadata
from webapp.formats.weights_numbers import not_finite

GOOD = json.loads(WeightsMetadata("efficientnet_lite0_fpn", ["nut"], {}, "abc", 7).to_json())
HUGE = 10**400
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["\x00", "\ud800", HUGE, "x" * 100_000, "F32", "U8", [0, 8], [2]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
much = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def file_with(path: Path, header: bytes | str, data: bytes = bytes(8)) -> Path:
    raw = header if isinstance(header, bytes) else header.encode("utf-8", "surrogatepass")
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + data)
    return path


def tensor(**changes: Any) -> str:
    return json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes})


@given(
    entry=st.fixed_dictionaries({"dtype": VALUES, "shape": VALUES, "data_offsets": VALUES}), name=st.text()
)
@much
def test_any_tensor_is_read_or_refused(tmp_path: Path, entry: dict[str, Any], name: str) -> None:
    try:
        header = read_weights_header(file_with(tmp_path / "a", json.dumps({name: entry})))
    except WeightsFileError:
        return
    assert sum(each.end - each.begin for each in header.tensors.values()) == 8


@given(changes=st.dictionaries(st.sampled_from([*GOOD, "other"]), VALUES, min_size=1, max_size=3))
@much
def test_any_metadata_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        metadata = WeightsMetadata.from_json(json.dumps(GOOD | changes))
    except MetadataError:
        return
    assert 0 <= metadata.iteration < 2**31
    for text in (metadata.architecture, metadata.dataset_version, *metadata.categories):
        assert text.isprintable() and len(text) <= 200
    json.dumps(metadata.parameters, allow_nan=False)


@pytest.mark.parametrize(
    "header",
    [
        "{" * 100_000,
        '{"a":' + "[" * 100_000,
        '{"__metadata__": {"a": ' + "[" * 50_000 + "]" * 50_000 + "}}",
        tensor(shape=[float("inf")]),
        tensor(shape=[float("nan")]),
        tensor(shape=[2.0]),
        tensor(shape=[True, 2]),
        tensor(shape=[-2]),
        tensor(shape=[1] * 1000 + [2]),
        tensor(shape=[HUGE] * 2000),
        tensor(shape=["2"]),
        tensor(data_offsets=[0, HUGE]),
        tensor(data_offsets=[0, 1e999]),
        tensor(data_offsets=[-8, 0]),
        tensor(dtype="F99999999999999999999"),
        tensor(dtype="F0"),
        tensor(dtype=["F32"]),
        json.dumps({"\x00": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        json.dumps({"\ud800": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        json.dumps({"a" * 600: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        json.dumps({n: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for n in "ab"}),
        json.dumps({n: {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]} for n in "a"}),
        json.dumps({"__metadata__": {METADATA_KEY: 7}}),
        json.dumps({"__metadata__": [METADATA_KEY]}),
        b"\xff\xfe{}",
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_a_hostile_header_is_refused_at_once(tmp_path: Path, header: bytes | str) -> None:
    began = time.process_time()
    with pytest.raises(WeightsFileError):
        read_weights_header(file_with(tmp_path / "a", header))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": ["nut", "nut"]},
        {"categories": ["nut\x00"]},
        {"categories": ["\ud800"]},
        {"categories": ["n" * 101]},
        {"categories": [""]},
        {"categories": ["a\nb"]},
        {"categories": [f"c{number}" for number in range(10_001)]},
        {"categories": [["nut"]]},
        {"categories": {"nut": 1}},
        {"iteration": HUGE},
        {"iteration": -1},
        {"iteration": True},
        {"iteration": 2**31},
        {"iteration": 1.5},
        {"dataset_version": "\x00"},
        {"dataset_version": "a" * 1000},
        {"architecture": "a" * 1000},
        {"parameters": {"rotation": float("nan")}},
        {"parameters": {"image_size": HUGE}},
        {"parameters": []},
        {"thresholds": {"nut": float("inf")}},
    ],
)
def test_impossible_metadata_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MetadataError):
        WeightsMetadata.from_json(json.dumps(GOOD | changes))


def test_metadata_that_are_nested_too_deeply_are_refused() -> None:
    with pytest.raises(MetadataError):
        WeightsMetadata.from_json('{"categories": ' + "[" * 100_000 + "]" * 100_000 + "}")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_number_that_is_not_finite_is_found(tmp_path: Path, kind: Any, value: float) -> None:
    numbers = np.full((3, 700_001), 65504, kind)
    path = tmp_path / "a"
    path.write_bytes(save({"a": np.ones(3, np.float32), "b": numbers, "c": np.array([7])}))
    assert not_finite(path, read_weights_header(path)) is None
    numbers[2, -1] = value
    path.write_bytes(save({"a": np.ones(3, np.float32), "b": numbers, "c": np.array([7])}))
    assert not_finite(path, read_weights_header(path)) == "b"


@pytest.mark.parametrize(("bits", "found"), [(0x7F80, "a"), (0xFFC1, "a"), (0x7F7F, None), (0x8000, None)])
def test_a_brain_float_that_is_not_finite_is_found(tmp_path: Path, bits: int, found: str | None) -> None:
    header = json.dumps({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}})
    path = file_with(tmp_path / "a", header, struct.pack("<HH", 0x3F80, bits))
    assert not_finite(path, read_weights_header(path)) == found


def checkpoint(description: bytes, numbers: bytes = bytes(8)) -> bytes:
    """A zip as ``torch.save`` writes it, with one storage."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/data.pkl", description)
        archive.writestr("a/data/0", numbers)
    return buffer.getvalue()


ONE_TENSOR = (
    b"\x80\x02}q\x00X\x01\x00\x00\x00ac" + b"torch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
    b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00K\x02\x85K\x01\x85tRs."
)


@given(
    changes=st.lists(st.tuples(st.integers(0, len(ONE_TENSOR) - 1), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, len(ONE_TENSOR)) | st.none(),
    more=st.binary(max_size=12),
)
@much
def test_any_checkpoint_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, int]], cut: int | None, more: bytes
) -> None:
    description = bytearray(ONE_TENSOR)
    for place, value in changes:
        description[place] = value
    path = tmp_path / "a.pth"
    path.write_bytes(checkpoint(bytes(description[:cut]) + more))
    try:
        with TorchFile(path) as file:
            for name, tensor in file.tensors().items():
                assert name.isascii()
                assert len(file.numbers(tensor)) == tensor.size
    except TorchFileError:
        pass


def test_the_checkpoint_that_these_were_made_of_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(checkpoint(ONE_TENSOR, struct.pack("<ff", 1, 2)))
    with TorchFile(path) as file:
        [(name, tensor)] = file.tensors().items()
        assert (name, tensor.shape, file.numbers(tensor)) == ("a", (2,), struct.pack("<ff", 1, 2))


@given(place=st.integers(0, 400), value=st.integers(0, 255), cut=st.integers(1, 500) | st.none())
@much
def test_any_damaged_zip_is_read_or_refused(tmp_path: Path, place: int, value: int, cut: int | None) -> None:
    content = bytearray(checkpoint(ONE_TENSOR))
    content[place % len(content)] = value
    path = tmp_path / "a.pth"
    path.write_bytes(content[:cut])
    try:
        with TorchFile(path) as file:
            for tensor in file.tensors().values():
                file.numbers(tensor)
    except TorchFileError:
        pass
