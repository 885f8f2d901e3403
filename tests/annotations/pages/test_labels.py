"""The editor's door to a photo's labels: read as they are, saved with a version, mended and refused with the place."""

import gzip
from contextvars import Context
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import sign_in
from webapp.annotations import categories
from webapp.annotations import store as annotation_store
from webapp.core.extensions import db
from webapp.formats.masks.rle import polygons_to_rle
from webapp.models import DetectionModel, Image, Role, User
from webapp.projects import detection_models

SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]
BOW_TIE = [10, 10, 30, 30, 30, 10, 10, 30]


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def photo(client: FlaskClient, model: DetectionModel) -> Image:
    """A photo of 80 × 60 pixels without labels."""
    library.add_images(client, model.id, {"new.png": library.photo(77)})
    return db.session.scalars(db.select(Image)).one()


@pytest.fixture
def nut(model: DetectionModel) -> int:
    """The id of a category."""
    ids = categories.ensure(model, ["nut"])
    db.session.commit()
    return ids["nut"]


def address(photo: Image) -> str:
    return f"/models/{photo.model_id}/images/{photo.id}/labels"


def put(client: FlaskClient, photo: Image, version: int, *shapes: dict[str, Any], **more: Any) -> Any:
    return client.put(address(photo), json={"version": version, "shapes": list(shapes), **more})


def polygon(category: int, *flats: list[float]) -> dict[str, Any]:
    return {"category": category, "segmentation": list(flats)}


def shapes_of(client: FlaskClient, photo: Image) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = client.get(address(photo)).get_json()["shapes"]
    return shapes


def test_labels_come_back_as_they_were_saved(client: FlaskClient, photo: Image, nut: int) -> None:
    mask = polygons_to_rle([SQUARE], 80, 60)
    box = {"category": nut, "segmentation": None, "bbox": [1.5, 2, 10, 20], "is_box": True}
    sent = [polygon(nut, SQUARE), box, {"category": nut, "segmentation": mask, "suggested": True}]
    answer = put(client, photo, 0, *sent)
    assert answer.get_json() == {"version": 1, "mended": [], "stored": []}
    labels = client.get(address(photo)).get_json()
    assert (labels["version"], labels["no_object"]) == (1, False)
    first, second, third = labels["shapes"]
    assert first["segmentation"] == [SQUARE] and not first["is_box"]
    assert (second["bbox"], second["is_box"]) == ([1.5, 2, 10, 20], True)
    assert (third["segmentation"], third["suggested"]) == (mask, True)
    # A browser draws polygons: the mask comes with its outline, and goes back without it.
    assert sorted(third["outline"][0]) == sorted(map(float, SQUARE))


def test_no_object_is_a_label_and_is_taken_back(client: FlaskClient, photo: Image) -> None:
    assert put(client, photo, 0, no_object=True).status_code == HTTPStatus.OK
    db.session.refresh(photo)
    assert (photo.no_object, photo.labelled) == (True, True)
    assert put(client, photo, 1).status_code == HTTPStatus.OK
    db.session.refresh(photo)
    assert (photo.no_object, photo.labelled) == (False, False)


def test_a_save_from_an_older_version_is_refused(client: FlaskClient, photo: Image, nut: int) -> None:
    put(client, photo, 0, polygon(nut, SQUARE))
    answer = put(client, photo, 0)
    assert (answer.status_code, answer.get_json()["code"]) == (
        HTTPStatus.PRECONDITION_FAILED,
        "annotations_changed",
    )
    assert len(shapes_of(client, photo)) == 1


def test_a_stale_save_that_says_what_it_was_made_from_is_no_conflict_where_nothing_changed(
    client: FlaskClient, photo: Image, nut: int
) -> None:
    mine, theirs = polygon(nut, SQUARE), polygon(nut, [40, 10, 60, 10, 60, 30])
    put(client, photo, 0, mine)
    # Its answer was lost: the same is sent once more.
    answer = put(client, photo, 0, mine, base={"shapes": []})
    assert (answer.status_code, answer.get_json()["version"]) == (HTTPStatus.OK, 1)
    # The version has gone on, the labels have not.
    answer = put(client, photo, 0, mine, theirs, base={"shapes": [mine]})
    assert (answer.status_code, answer.get_json()["version"]) == (HTTPStatus.OK, 2)
    assert len(shapes_of(client, photo)) == 2


def test_two_versions_are_put_together_and_drawn(client: FlaskClient, photo: Image, nut: int) -> None:
    base = [polygon(nut, SQUARE), {"category": nut, "segmentation": polygons_to_rle([SQUARE], 80, 60)}]
    put(client, photo, 0, *base)
    box = {"category": nut, "bbox": [40, 10, 20, 20], "is_box": True}
    put(client, photo, 1, base[1], box)
    moved = polygon(nut, [value + 5 for value in SQUARE])
    answer = put(client, photo, 1, moved, base[1], base={"shapes": base})
    assert answer.status_code == HTTPStatus.PRECONDITION_FAILED
    conflict = answer.get_json()
    assert (conflict["version"], len(conflict["shapes"])) == (2, 2)
    mask, there, mine = conflict["both"]
    assert mask["segmentation"] == base[1]["segmentation"]
    assert sorted(mask["outline"][0]) == sorted(map(float, SQUARE)), "a browser draws it by its outline"
    assert (there["bbox"], mine["segmentation"]) == (box["bbox"], moved["segmentation"])
    drawn = conflict["drawn"]
    assert drawn.count("2 shapes") == 2
    assert drawn.count("<path") == 4
    assert 'data-keep="mine"' in drawn and 'data-keep="theirs"' in drawn
    assert len(shapes_of(client, photo)) == 2


@pytest.mark.parametrize(
    ("flat", "what", "parts"),
    [
        (BOW_TIE, ["crossed"], 2),
        ([-20, 10, 30, 10, 30, 30], ["outside"], 1),
        ([70, 50, 95, 50, 70, 75, 95, 75], ["crossed", "outside"], 1),
        ([10, 10, 20, 10, 30, 10], ["gone"], 0),
        ([100, 100, 130, 100, 130, 130], ["gone"], 0),
    ],
)
def test_what_was_drawn_badly_is_mended_and_said(
    client: FlaskClient, photo: Image, nut: int, flat: list[float], what: list[str], parts: int
) -> None:
    answer = put(client, photo, 0, polygon(nut, SQUARE), polygon(nut, flat)).get_json()
    assert answer["mended"] == [{"index": 1, "what": one} for one in what]
    kept = shapes_of(client, photo)[1:]
    assert len(kept) == min(parts, 1)
    for shape in kept:
        assert len(shape["segmentation"]) == parts
        left, top, width, height = shape["bbox"]
        assert left >= 0 and top >= 0 and left + width <= 80 and top + height <= 60


def test_a_shape_that_came_crossed_from_a_file_stays_as_it_came(
    client: FlaskClient, photo: Image, nut: int
) -> None:
    library.import_coco(client, photo.model_id, library.coco("new.png", shapes=1, segmentation=[BOW_TIE]))
    [shape] = shapes_of(client, photo)
    assert shape["segmentation"] == [BOW_TIE]
    version = client.get(address(photo)).get_json()["version"]
    kept = {name: shape[name] for name in ("segmentation", "bbox", "iscrowd", "is_box")}
    answer = put(client, photo, version, kept | {"category": nut})
    assert answer.get_json()["mended"] == []
    assert shapes_of(client, photo)[0]["segmentation"] == [BOW_TIE]


def test_the_place_of_a_fault_is_said(client: FlaskClient, photo: Image, nut: int) -> None:
    for shapes, field in (
        ([polygon(nut, SQUARE), polygon(nut + 99, SQUARE)], "items[1].category"),
        ([{"category": nut, "segmentation": {"size": [60, 80], "counts": [5]}}], "items[0].segmentation"),
        ([polygon(nut, [1, 2, 3, 4, 5, 6, 7])], "items[0].segmentation[0]"),
    ):
        answer = put(client, photo, 0, *shapes)
        assert (answer.status_code, answer.get_json()["field"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, field)
    for body in (b"", b"[]", b'{"version": "x", "shapes": []}', b"\xff"):
        answer = client.put(address(photo), data=body, content_type="application/json")
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, body
    assert client.get(address(photo)).get_json()["version"] == 0


def test_a_photo_of_another_model_is_not_found(
    client: FlaskClient, photo: Image, administrator: User
) -> None:
    other = detection_models.create_model("Other", "", administrator)
    assert client.get(f"/models/{other.id}/images/{photo.id}/labels").status_code == HTTPStatus.NOT_FOUND


def test_a_viewer_reads_and_does_not_write(client: FlaskClient, photo: Image, nut: int) -> None:
    sign_in(client, Role.VIEWER)
    assert client.get(address(photo)).status_code == HTTPStatus.OK
    assert put(client, photo, 0, polygon(nut, SQUARE)).status_code == HTTPStatus.FORBIDDEN


def test_who_is_signed_out_is_led_to_the_sign_in(client: FlaskClient, photo: Image, nut: int) -> None:
    client.delete_cookie("session")
    where = address(photo)
    # In a context of its own: the fixtures' one remembers who was signed in.
    answer = Context().run(client.put, where, json={"version": 0, "shapes": []})
    assert answer.status_code == HTTPStatus.FOUND


def test_ten_thousand_shapes_and_no_more(client: FlaskClient, photo: Image, nut: int) -> None:
    many = [polygon(nut, SQUARE)] * (annotation_store.MAX_SHAPES + 1)
    assert put(client, photo, 0, *many).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert put(client, photo, 0, *many[1:]).status_code == HTTPStatus.OK
    assert len(shapes_of(client, photo)) == annotation_store.MAX_SHAPES


def test_what_is_stored_otherwise_than_it_was_sent_is_answered(
    client: FlaskClient, photo: Image, nut: int
) -> None:
    gone = [10, 10, 10.1, 10, 10, 10.1]
    answer = put(client, photo, 0, polygon(nut, SQUARE), polygon(nut, BOW_TIE), polygon(nut, gone)).get_json()
    here = shapes_of(client, photo)
    assert [one["index"] for one in answer["stored"]] == [1, 2]
    assert [one["shape"] for one in answer["stored"]] == [here[1], None]
    assert len(here[1]["segmentation"]) == 2
    again = put(client, photo, answer["version"], *here).get_json()
    assert again["stored"] == [], "the repaired shape stays editable and is stored as it is"


def test_a_shape_with_a_hole_is_stored_as_a_mask_and_shown_by_its_rings(
    client: FlaskClient, photo: Image, nut: int
) -> None:
    hole = [15, 15, 25, 15, 25, 25, 15, 25]
    sent = {"category": nut, "outline": [SQUARE, hole]}
    [stored] = put(client, photo, 0, sent).get_json()["stored"]
    assert stored["shape"] == shapes_of(client, photo)[0]
    assert stored["shape"]["segmentation"]["size"] == [60, 80]
    assert len(stored["shape"]["outline"]) == 2
    moved = {
        **sent,
        "outline": [[value + 5 for value in flat] for flat in stored["shape"]["outline"]],
        "mask": True,
    }
    [stored] = put(client, photo, 1, moved).get_json()["stored"]
    assert sorted(stored["shape"]["bbox"]) == [15, 15, 20, 20]
    refused = put(client, photo, 2, {"category": nut, "outline": [[1, 2, 3]]})
    assert (refused.status_code, refused.get_json()["field"]) == (422, "items[0].outline")


def test_labels_come_compressed_to_a_browser_that_reads_it(
    client: FlaskClient, photo: Image, nut: int
) -> None:
    put(client, photo, 0, *(polygon(nut, SQUARE) for _number in range(50)))
    plain = client.get(address(photo))
    sent = client.get(address(photo), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers and sent.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent.data) == plain.data and len(sent.data) < len(plain.data) / 4
    assert "Accept-Encoding" in sent.headers["Vary"] and "no-store" in sent.headers["Cache-Control"]
