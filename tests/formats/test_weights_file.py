"""What a weights file says of itself."""

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from webapp.formats.weights_file import copy_with_metadata, read_weights_header
from webapp.formats.weights_metadata import METADATA_KEY, BoxRule, WeightsFileError, WeightsMetadata

PLAIN = WeightsMetadata("efficientnet_lite0_fpn", ["刮痕", "dent"], {"image_size": 96}, "abc", 7)


def written(path: Path, text: str) -> Path:
    """A file with two tensors and this text as its metadata."""
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
    path.write_bytes(save(tensors, metadata={"format": "pt", METADATA_KEY: text}))
    return path


def test_files_of_earlier_versions_advise_nothing(tmp_path: Path) -> None:
    later = ("thresholds", "box_from_mask", "refined", "mask_share", "soft_edges")
    text = {k: v for k, v in json.loads(PLAIN.to_json()).items() if k not in later}
    metadata = read_weights_header(written(tmp_path / "old", json.dumps(text))).metadata
    assert metadata == PLAIN
    assert (PLAIN.thresholds, PLAIN.boxes) == (None, BoxRule())


@pytest.mark.parametrize(
    ("entries", "boxes"),
    [
        ({"box_from_mask": True}, BoxRule(mask_share=1.0)),
        ({"box_from_mask": True, "refined": True, "mask_share": 0.5}, BoxRule(refined=True, mask_share=0.5)),
        ({"refined": True}, BoxRule(refined=True)),
        ({"soft_edges": True}, BoxRule(soft_edges=True)),
        ({"soft_edges": True, "mask_share": 0.5}, BoxRule(mask_share=0.5, soft_edges=True)),
        ({"soft_edges": True, "mask_share": 0.0}, BoxRule()),
    ],
)
def test_the_file_says_where_boxes_come_from(entries: dict[str, Any], boxes: BoxRule) -> None:
    assert replace(PLAIN, **entries).boxes == boxes


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholds": [0.5]},
        {"thresholds": {"dent": 1.01}},
        {"thresholds": {"dent": -0.01}},
        {"thresholds": {"dent": float("nan")}},
        {"thresholds": {"dent": "0.5"}},
        {"thresholds": {"dent": True}},
        {"thresholds": {"pit": 0.5}},
        {"box_from_mask": 1},
        {"refined": 1},
        {"soft_edges": 1},
        {"mask_share": 1.5},
        {"mask_share": True},
        {"mask_share": float("nan")},
    ],
)
def test_advice_of_a_stranger_is_checked(tmp_path: Path, changes: dict[str, Any]) -> None:
    text = json.dumps(json.loads(PLAIN.to_json()) | changes)
    with pytest.raises(WeightsFileError):
        read_weights_header(written(tmp_path / "wrong", text))


def test_other_metadata_leave_the_tensors_as_they_are(tmp_path: Path) -> None:
    source = written(tmp_path / "source", PLAIN.to_json())
    advised = replace(PLAIN, thresholds={"刮痕": 0.71, "dent": 0.4}, refined=True, mask_share=0.5)
    copy_with_metadata(source, tmp_path / "copy", advised)
    assert read_weights_header(tmp_path / "copy").metadata == advised
    before, after = load_file(source), load_file(tmp_path / "copy")
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    (length,) = struct.unpack("<Q", (tmp_path / "copy").read_bytes()[:8])
    assert length % 8 == 0
