"""Cases of what tools leave open or write wrongly, through an import over REST: each ends as its README says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageOps

from tests.formats.shared_data import SHARED_DATA
from tests.rest.fixtures import separate_requests  # noqa: F401
from tests.rest.sending import form, photo_file, walk
from webapp.formats.masks.rle import decode_mask, polygons_to_rle

CASES = SHARED_DATA.parent / "cases"
LABELS = {".json", ".csv"}


def case(name: str) -> Path:
    """The folder of a case."""
    folder = CASES / name
    assert folder.is_dir(), f"the case is missing: {folder}"
    return folder


def bring(api: FlaskClient, folder: Path, *names: str, query: str = "") -> dict[str, Any]:
    """The report of an import of these files of a folder, of all without names, into a new model."""
    files = [folder / name for name in names] or [path for path in folder.iterdir() if path.name != "README"]
    sent = form(
        annotations=[photo_file(path.name, path.read_bytes()) for path in files if path.suffix in LABELS],
        files=[photo_file(path.name, path.read_bytes()) for path in files if path.suffix not in LABELS],
    )
    model = api.post("/api/v1/models", json={"name": " ".join([folder.name, *names, query])}).get_json()
    answer = api.post(f"/api/v1/models/{model['id']}/imports{query}", data=sent)
    assert answer.status_code == 201, answer.text
    report: dict[str, Any] = answer.get_json()
    return report | {"model": model["id"]}


def shapes_of(api: FlaskClient, report: dict[str, Any]) -> list[dict[str, Any]]:
    """The labels of the only photo."""
    (photo,) = walk(api, f"/api/v1/models/{report['model']}/images")
    items: list[dict[str, Any]] = api.get(f"/api/v1/images/{photo['id']}/annotations").get_json()["items"]
    return items


def remarks(report: dict[str, Any], kind: str) -> set[str]:
    return {line["code"] for line in report[kind]}


def questions(report: dict[str, Any]) -> dict[str, tuple[int, str | None]]:
    """Count and default of each."""
    return {question["name"]: (question["count"], question["default"]) for question in report["questions"]}


@pytest.mark.parametrize(
    ("tool", "query", "default"),
    [
        ("labelme", "", "raw"),
        ("labelme", "?orientation=raw", "raw"),
        ("coco_upright_but_raw_size", "", "upright"),
        ("coco", "?orientation=raw", "upright"),
    ],
)
def test_labels_of_a_turned_photo_lie_on_what_they_were_drawn_on(
    api: FlaskClient, tool: str, query: str, default: str
) -> None:
    folder = case("03-exif-photo-labelled-in-raw-coordinates") / tool
    assert questions(bring(api, folder, query="?dry_run=true")) == {"orientation": (1, default)}
    (shape,) = shapes_of(api, bring(api, folder, query=query))
    with Image.open(next(folder.glob("*.jpg"))) as photo:
        pixels = np.asarray(ImageOps.exif_transpose(photo)).astype(int)
    height, width = pixels.shape[:2]
    inside = decode_mask(polygons_to_rle(shape["segmentation"], width, height)).astype(bool)
    is_red = pixels[..., 0] - pixels[..., 1] > 100
    assert (inside & is_red).sum() / (inside | is_red).sum() > 0.9


@pytest.mark.parametrize(("labels", "lines"), [("a.json", 2), ("via.json", 1)])
def test_an_open_line_is_never_closed_to_an_area(api: FlaskClient, labels: str, lines: int) -> None:
    report = bring(api, case("11-line-becomes-an-area"), labels, "a.png")
    assert (report["images"], report["annotations"]) == (1, 0)
    assert {line["code"]: line["count"] for line in report["skipped"]} == {"line": lines}


@pytest.mark.parametrize(("labels", "lines"), [("a.json", 2), ("via.json", 1)])
def test_an_open_line_becomes_the_area_of_the_width_that_is_asked_for(
    api: FlaskClient, labels: str, lines: int
) -> None:
    folder = case("11-line-becomes-an-area")
    assert questions(bring(api, folder, labels, "a.png", query="?dry_run=true")) == {
        "lines": (lines, "leave_out")
    }
    shapes = shapes_of(api, bring(api, folder, labels, "a.png", query="?lines=4"))
    lengths = [np.hypot(90, 2) + np.hypot(2, 58), np.hypot(80, 5)][:lines]
    assert [shape["area"] for shape in shapes] == pytest.approx([4 * length for length in lengths], rel=0.03)


def test_coordinates_from_0_to_1_are_multiplied(api: FlaskClient) -> None:
    report = bring(api, case("12-normalised-coordinates"))
    (shape,) = shapes_of(api, report)
    assert shape["bbox"] == pytest.approx([12, 8, 48, 32])
    assert "normalised" in remarks(report, "fixed")


def test_a_crowd_beside_objects_stays_a_crowd(api: FlaskClient) -> None:
    folder = case("18-genuine-coco-crowd")
    assert questions(bring(api, folder, query="?dry_run=true")) == {"crowd": (1, "crowd")}
    assert [shape["iscrowd"] for shape in shapes_of(api, bring(api, folder))] == [0, 1]
    asked = bring(api, folder, query="?crowd=object")
    assert [shape["iscrowd"] for shape in shapes_of(api, asked)] == [0, 0]


@pytest.mark.parametrize(
    ("labels", "category", "remark"),
    [
        ("no_categories.json", "object", "category_missing"),
        ("with_categories.json", "scratch", "category_only"),
    ],
)
def test_a_shape_without_a_category_is_kept(
    api: FlaskClient, labels: str, category: str, remark: str
) -> None:
    report = bring(api, case("22-via-coco-with-null-category"), labels, "a.png")
    assert (report["annotations"], report["categories"]) == (1, [category])
    assert remark in remarks(report, "fixed")
