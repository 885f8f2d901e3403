"""The page of the class statistics, and its table as CSV."""

import csv
import html
import io
import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.annotations.test_category_statistics import labelled_photo
from tests.builders import library
from tests.builders.runs import sign_in, text_of
from webapp.annotations import categories
from webapp.core.extensions import db
from webapp.models import DetectionModel, LibraryRun, Role, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    return detection_models.create_model("滾珠螺桿", "", administrator)


def show(client: FlaskClient, model: DetectionModel, **query: str) -> str:
    answer = client.get(f"/models/{model.id}/statistics", query_string=query)
    assert answer.status_code == HTTPStatus.OK
    return text_of(answer)


def bars(page: str, chart: str) -> dict[str, Any]:
    found = re.search(rf'id="{chart}" data-chart=\'([^\']*)\'', page)
    assert found
    options = json.loads(html.unescape(found.group(1)))
    return {"categories": options["xaxis"]["categories"], "series": options["series"]}


def rows(page: str, table: str) -> list[list[str]]:
    """The text of each cell of the body."""
    body = page[page.index(f'id="{table}"') :].split("</tbody>")[0].split("<tbody>")[1]
    cells = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>")
    return [
        [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in cells.findall(row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)
    ]


def test_the_images_page_leads_there(client: FlaskClient, model: DetectionModel) -> None:
    assert f'href="/models/{model.id}/statistics"' in client.get(f"/models/{model.id}/images").text


def test_each_emptiness_says_what_to_do(client: FlaskClient, model: DetectionModel) -> None:
    assert "No photos yet" in show(client, model)
    library.add_images(client, model.id, {"a.png": library.photo()})
    page = show(client, model)
    assert "No labels yet" in page and "data-chart" not in page and ".csv" not in page


def test_chart_and_table_tell_the_same(client: FlaskClient, model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("fig", 100), ("nut", 2000), ("nut", 20000)])
    labelled_photo(model, "b.png", [("nut", 5)], Split.TEST)
    page = show(client, model)
    assert bars(page, "balance-chart") == {
        "categories": ["nut", "fig"],
        "series": [
            {"name": "train", "data": [2, 1]},
            {"name": "validation", "data": [0, 0]},
            {"name": "test", "data": [1, 0]},
        ],
    }
    # Name, all, then labels and photos of each part, then the sizes; «2 few», as 2 are too few to learn from.
    assert rows(page, "by-category") == [
        ["fig", "1", "1 few", "1", "0", "0", "none", "0", "1", "0", "0"],
        ["nut", "3", "2 few", "1", "0", "0", "1", "1", "1", "1", "1"],
    ]
    assert sum(bars(page, "sizes-chart")["series"][0]["data"]) == 4
    assert [row[1] for row in rows(page, "by-size")] == [
        str(count) for count in bars(page, "sizes-chart")["series"][0]["data"]
    ]
    photos = show(client, model, count="photos")
    assert bars(photos, "balance-chart")["series"][0]["data"] == [1, 1]
    assert rows(photos, "by-split")[0] == ["For training train", "1", "1", "0", "0"]


def test_what_is_thin_is_said(client: FlaskClient, model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("fig", 100), *[("nut", 100)] * 10])
    labelled_photo(model, "b.png", [("nut", 5)], Split.TEST)
    page = show(client, model)
    assert "no labelled photos for checking" in page
    assert "1 category is missing from a part: <bdi>fig</bdi>" in page
    assert "1 category has fewer than 10 labels for training, which is hardly enough: <bdi>fig</bdi>" in page
    labelled_photo(model, "c.png", [("nut", 5), ("fig", 5)], Split.VALIDATION)
    labelled_photo(model, "d.png", [("fig", 5)] * 9)
    labelled_photo(model, "e.png", [("fig", 5)], Split.TEST)
    assert "statistics-warnings" not in show(client, model)


def test_the_csv_is_the_table(client: FlaskClient, model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("=HYPERLINK(1)", 100), ("刮傷", 2000)])
    answer = client.get(f"/models/{model.id}/statistics.csv")
    assert answer.mimetype == "text/csv"
    assert "%E6%BB%BE%E7%8F%A0%E8%9E%BA%E6%A1%BF" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(lines) == 6
    # Excel would run it as a formula.
    assert lines[0]["category"] == "'=HYPERLINK(1)"
    assert lines[3] == {
        "category": "刮傷",
        "split": "train",
        "photos": "1",
        "labels": "1",
        "small": "0",
        "medium": "1",
        "large": "0",
    }


def test_hostile_names_stay_text(client: FlaskClient, model: DetectionModel) -> None:
    name = "<script>'\"&#39;\u202e" + "x" * 60
    labelled_photo(model, "a.png", [(name, 100)])
    page = show(client, model)
    assert "<script>'" not in page
    assert bars(page, "balance-chart")["categories"] == [name]


def test_viewers_may_look(client: FlaskClient, model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("fig", 100)])
    sign_in(client, Role.VIEWER)
    assert "by-category" in show(client, model)
    assert client.get(f"/models/{model.id}/statistics.csv").status_code == HTTPStatus.OK


def test_a_model_in_the_trash_has_none(client: FlaskClient, model: DetectionModel) -> None:
    client.post(f"/models/{model.id}/delete", data={"confirm": model.name})
    for path in ("statistics", "statistics.csv"):
        assert client.get(f"/models/{model.id}/{path}").status_code == HTTPStatus.NOT_FOUND


def test_a_category_without_any_label_is_named(client: FlaskClient, model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("fig", 100)])
    assert "no label at all" not in show(client, model)
    categories.ensure(model, ["scratch"])
    assert re.search("1 category has no label at all:.{0,80}scratch", show(client, model))


def test_doubled_labels_are_found_removed_and_brought_back(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    library.annotated_images(client, model.id, "a.png")  # two equal figs
    address = f"/models/{model.id}/statistics"
    assert "Look for doubled labels" in text_of(client.get(address))
    start = f"/models/{model.id}/doubled-labels"
    assert client.post(start).location == f"{address}#doubled-labels"
    assert "1 label is there twice · 1 photo: a.png (1)" in _plain(client.get(address).text)
    client.post(start, data={"remove": "1"})
    assert "1 doubled label removed · 1 photo: a.png (1)" in _plain(client.get(address).text)
    run = db.session.scalars(select(LibraryRun).order_by(LibraryRun.id.desc())).first()
    assert run
    client.post(f"{start}/{run.id}/undo")
    assert "The labels of 1 photo are back." in _plain(client.get(address).text)
    client.post(start)
    sign_in(client, Role.VIEWER)
    assert "Keep one of each" not in client.get(address).text
    assert client.post(start).status_code == HTTPStatus.FORBIDDEN
    assert client.post(f"{start}/{run.id}/undo").status_code == HTTPStatus.FORBIDDEN


def _plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))
