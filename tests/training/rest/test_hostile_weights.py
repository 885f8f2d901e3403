"""Weights files that somebody made to break the server: one sentence, nothing on the disk, nothing in the list."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from tests.rest.sending import assert_problem, form, photo_file, safetensors, walk
from webapp.core import storage
from webapp.formats.weights_metadata import METADATA_KEY

DEEP = "[" * 100_000 + "]" * 100_000
HUGE = 10**400


def changed(header: Callable[[dict[str, Any]], None]) -> bytes:
    """A good file with another header."""
    good = safetensors(["nut"])
    (length,) = struct.unpack("<Q", good[:8])
    said = json.loads(good[8 : 8 + length])
    header(said)
    raw = json.dumps(said).encode()
    return struct.pack("<Q", len(raw)) + raw + good[8 + length :]


def says(**changes: Any) -> bytes:
    """A good file with other metadata."""

    def change(header: dict[str, Any]) -> None:
        own = json.loads(header["__metadata__"][METADATA_KEY])
        header["__metadata__"][METADATA_KEY] = json.dumps(own | changes)

    return changed(change)


def as_metadata(text: Any) -> bytes:
    return changed(lambda header: header["__metadata__"].update({METADATA_KEY: text}))


def one_more(**entry: Any) -> bytes:
    """A good file whose header names one more tensor."""
    return changed(lambda header: header.update(more={"dtype": "U8"} | entry))


def all_nan() -> bytes:
    """A good file with one more tensor, of numbers that are none."""
    numbers = np.full(4, np.nan, np.float32).tobytes()

    def change(header: dict[str, Any]) -> None:
        end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
        header["more"] = {"dtype": "F32", "shape": [4], "data_offsets": [end, end + len(numbers)]}

    return changed(change) + numbers


def torch_file(description: bytes, **members: bytes) -> bytes:
    """A zip as ``torch.save`` makes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", description)
        for name, content in members.items():
            archive.writestr(f"archive/data/{name}", content)
    return buffer.getvalue()


def tensor(name: bytes, sides: bytes) -> bytes:
    """Instructions for a state dictionary with one tensor."""
    return (
        b"\x80\x02}"
        + name
        + b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
        b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00" + sides + sides + b"tRs."
    )


FILES = {
    "a deep header": struct.pack("<Q", 200_000) + b"{" * 200_000,
    "deep metadata": as_metadata(DEEP),
    "a deep list in the metadata": changed(lambda header: header["__metadata__"].update(a=[[[[]]]])),
    "metadata that are a number": as_metadata(7),
    "an infinite shape": one_more(shape=[float("inf")], data_offsets=[0, 0]),
    "a negative shape": one_more(shape=[-1, 0], data_offsets=[0, 0]),
    "a huge offset": one_more(shape=[1], data_offsets=[HUGE, HUGE + 1]),
    "NUL in a category": says(categories=["nut\x00"]),
    "half a character in a category": says(categories=["\ud800"]),
    "a line end in a category": says(categories=["a\r\nb"]),
    "a long category": says(categories=["n" * 100_000]),
    "one category twice": says(categories=["nut", "nut"]),
    "a huge iteration": says(iteration=HUGE),
    "an iteration below 0": says(iteration=-1),
    "a huge picture": says(parameters={"image_size": 10**9}),
    "an infinite rotation": says(parameters={"rotation": float("inf")}),
    "parameters nobody knows": says(parameters={"x" * 100_000: 1}),
    "deep parameters": says(parameters={"rotation": json.loads("[" * 400 + "]" * 400)}),
    "NaN in the thresholds": says(thresholds={"nut": float("nan")}),
    "a long architecture": says(architecture="a" * 100_000),
    "a long version": says(dataset_version="\x00" * 100_000),
    "numbers that are none": all_nan(),
    "a checkpoint of nothing": torch_file(b"\x80\x02}."),
    "a checkpoint in itself": torch_file(b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s."),
    "a deep checkpoint": torch_file(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."),
    "a name that is no text": torch_file(tensor(b"V\\ud800\n", b"K\x04\x85")),
    "a huge tensor": torch_file(tensor(b"V\x61\n", b"\x8a\x06" + b"\xff" * 5 + b"\x00\x85")),
    "a long integer": torch_file(b"\x80\x02L" + b"9" * 6000 + b"L\n."),
    "many keys of one hash": torch_file(pickle.dumps({("a",) * 3: 1}, 2)),
    "a checkpoint without an end": torch_file(b"\x80\x02}"),
    "a cut zip": torch_file(b"\x80\x02}.")[:-10],
    "a zip of many": b"PK\x05\x06" + bytes(4) + struct.pack("<HHLL", 0xFFFF, 0xFFFF, 2**32 - 1, 0) + bytes(2),
}  # fmt: skip


def left(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_with_a_sentence(api: FlaskClient, model: dict[str, Any], name: str) -> None:
    address = f"/api/v1/models/{model['id']}/weights"
    before = left(storage.data_dir() / "weights")
    answer = api.post(address, data=form(file=photo_file("a.pth", FILES[name])))
    body = assert_problem(answer, 422)
    assert body["code"].startswith("weights_") and body["field"] == "file"
    assert len(body["detail"]) < 300
    assert left(storage.data_dir() / "weights") == before
    assert walk(api, address) == []


@pytest.mark.parametrize("names", ["nut\x00, b", "n" * 101, "a, a", "\u202enut, b"])
def test_names_of_categories_that_cannot_be_are_refused(
    api: FlaskClient, model: dict[str, Any], names: str
) -> None:
    sent = form(file=photo_file("a.pth", b"PK"), categories=names)
    body = assert_problem(api.post(f"/api/v1/models/{model['id']}/weights", data=sent), 422)
    assert (body["code"], body["field"]) == ("weights_category_names", "categories")


def test_the_good_file_that_these_were_made_of_is_taken(api: FlaskClient, model: dict[str, Any]) -> None:
    answer = api.post(
        f"/api/v1/models/{model['id']}/weights", data=form(file=photo_file("a.safetensors", says()))
    )
    assert answer.status_code == 201
