"""Folders of photos and labels that other tools write, sent through the REST API as they are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.rest.fixtures import *  # noqa: F403
from tests.rest.sending import File, form, photo_file, walk

LABELS = {".json", ".csv", ".zip"}


@dataclass
class Outcome:
    """What a folder becomes without any option."""

    labels: dict[str, int]
    """Shapes by photo."""
    splits: dict[str, str] = field(default_factory=dict)
    """Of photos that are not for training."""
    findings: dict[str, int] = field(default_factory=dict)


OUTCOMES = {
    "07-labels-of-another-folder": Outcome(
        {"IMG_0001.png": 0}, findings={"photo_in_other_folder": 1, "shape_without_photo": 1}
    ),
    "09-zip-with-train-valid-test-folders/roboflow_layout.zip": Outcome(
        {"train0.png": 1, "valid1.png": 1, "test2.png": 1},
        splits={"valid1.png": "validation", "test2.png": "test"},
    ),
    "09-zip-with-train-valid-test-folders/coco2017_layout.zip": Outcome(
        {"0.png": 1, "1.png": 1}, splits={"1.png": "validation"}
    ),
    "15-photo-converted-or-renamed/labelme": Outcome({"part7.png": 1}, findings={"photo_matched_by_stem": 1}),
    "15-photo-converted-or-renamed/coco": Outcome({"a.jpg": 1}, findings={"photo_matched_by_stem": 1}),
    "15-photo-converted-or-renamed/roboflow": Outcome(
        {"IMG_0001.jpg": 1}, findings={"photo_matched_by_stem": 1}
    ),
}


@pytest.fixture(scope="session")
def cases(shared_data: Path) -> Path:
    folder = shared_data.parent / "cases"
    assert folder.is_dir(), f"the test data is missing: {folder}"
    return folder


def sent(path: Path) -> dict[str, list[File]]:
    """A file, or the files of a folder with their paths below it."""
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    fields: dict[str, list[File]] = {"annotations": [], "files": []}
    for file in files:
        if file.name != "README":
            name = file.relative_to(path).as_posix() if file != path else file.name
            kind = "annotations" if file.suffix in LABELS else "files"
            fields[kind].append(photo_file(name, file.read_bytes()))
    return fields


def shapes_of(api: FlaskClient, model: dict[str, Any]) -> dict[str, int]:
    photos = walk(api, f"/api/v1/models/{model['id']}/images")
    return {
        photo["filename"]: len(api.get(f"/api/v1/images/{photo['id']}/annotations").get_json()["items"])
        for photo in photos
    }


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_folder_of_another_tool(api: FlaskClient, model: dict[str, Any], cases: Path, name: str) -> None:
    expected, address = OUTCOMES[name], f"/api/v1/models/{model['id']}/imports"
    preview = api.post(f"{address}?dry_run=true", data=form(**sent(cases / name))).get_json()
    answer = api.post(address, data=form(**sent(cases / name)))
    assert answer.status_code == 201, answer.text
    report = answer.get_json()
    assert shapes_of(api, model) == expected.labels
    photos = walk(api, f"/api/v1/models/{model['id']}/images")
    splits = {photo["filename"]: photo["split"] for photo in photos if photo["split"] != "train"}
    assert splits == expected.splits
    for told in (preview, report):
        found = {line["code"]: line["count"] for kind in ("fixed", "skipped") for line in told[kind]}
        assert found == expected.findings
        assert (told["images"], told["annotations"]) == (len(photos), sum(expected.labels.values()))
    in_splits = {split: list(splits.values()).count(split) for split in ("validation", "test")}
    assert preview["splits"] == {"train": len(photos) - len(splits)} | in_splits
