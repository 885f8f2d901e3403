"""Image management: photos by split, what is refused, COCO files and their reports, one photo large."""

import io
import re
import zipfile
from http import HTTPStatus
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from PIL.Image import open as open_picture

from tests.builders import library
from tests.builders.runs import sign_in, text_of
from tests.formats.images.photo_files import huge_png, picture, saved
from webapp.core import storage
from webapp.core.extensions import db
from webapp.images import intake, thumbnails
from webapp.images.browsing.paging import page_after
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.models import DetectionModel, Image, Role, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def list_images(model: DetectionModel) -> list[Image]:
    return page_after(model, ImageQuery(), Sort.UNLABELLED, None, 60).photos


def names_on(page: str) -> list[str]:
    return re.findall(r'<span class="photo-name"[^>]*>([^<]+)', page)


def test_an_empty_tab_offers_the_button_that_fills_it(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/images?split=test"))
    assert "No photos here yet" in page
    assert 'data-pick-file="#add-photos input[type=file]"' in page


def test_photos_stand_in_the_tab_they_were_sent_to(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    library.add_images(client, model.id, {"b.png": library.photo(2), "c.png": library.photo(3)}, "validation")
    page = text_of(client.get(f"/models/{model.id}/images"))
    assert names_on(page) == ["a.png"]
    counts = re.findall(r'class="tab-count">(\d+)', page)
    assert counts == ["1", "2", "0"]
    assert names_on(text_of(client.get(f"/models/{model.id}/images?split=validation"))) == ["b.png", "c.png"]


def test_photos_without_labels_stand_first_with_frame_and_word(
    client: FlaskClient, model: DetectionModel
) -> None:
    library.annotated_images(client, model.id, "a.png", "b.png")
    library.add_images(client, model.id, {"z.png": library.photo(99)})
    page = text_of(client.get(f"/models/{model.id}/images"))
    assert names_on(page) == ["z.png", "a.png", "b.png"]
    assert re.findall(r'class="photo" [^>]+ data-state="(\w+)"', page) == [
        "unlabelled",
        "labelled",
        "labelled",
    ]
    assert page.count('Unlabelled</span> <span class="photo-name"') == 1


def test_a_thumbnail_is_asked_for_once_by_a_browser(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1, 1600, 1200)})
    page = client.get(f"/models/{model.id}/images").text
    [address] = re.findall(r'<img src="([^"]*thumbnail[^"]*)"', page)
    answer = client.get(address)
    assert answer.mimetype == "image/webp"
    assert {"private", "immutable", "max-age=31536000"} == set(answer.headers["Cache-Control"].split(", "))
    with open_picture(io.BytesIO(answer.data)) as thumbnail:
        assert thumbnail.size == (320, 240)


@pytest.mark.parametrize("cut", [8, 20, 60])
def test_a_photo_that_was_damaged_on_the_disk_has_no_thumbnail_and_says_why(
    client: FlaskClient, model: DetectionModel, cut: int
) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    image = db.session.scalars(db.select(Image)).one()
    thumbnails.finish()
    storage.thumbnail_path(image.sha256).unlink(missing_ok=True)
    stored = intake.file_path(image.file)
    stored.write_bytes(stored.read_bytes()[:cut])
    answer = client.get(f"/photos/{image.sha256}/thumbnail")
    assert answer.status_code == 404
    assert "missing or damaged" in text_of(answer)


def test_a_filter_by_labels_and_by_name(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a1.png", "b1.png")
    library.add_images(client, model.id, {"a2.png": library.photo(99)})
    address = f"/models/{model.id}/images"
    assert names_on(text_of(client.get(f"{address}?labelled=no"))) == ["a2.png"]
    assert names_on(text_of(client.get(f"{address}?labelled=yes&q=A"))) == ["a1.png"]
    nothing = text_of(client.get(f"{address}?q=%25"))
    assert "No photo fits" in nothing and "Show all" in nothing


def test_pages_follow_each_other_without_gap_or_repeat(client: FlaskClient, model: DetectionModel) -> None:
    names = [f"p{n:03}.png" for n in range(70)]
    library.add_images(client, model.id, {name: library.photo(n) for n, name in enumerate(names)})
    library.import_coco(client, model.id, library.coco(*names[:9], shapes=1))
    seen, address = [], f"/models/{model.id}/images"
    while address:
        page = client.get(address).text
        seen.append(names_on(page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert [len(page) for page in seen] == [60, 10]
    assert [name for page in seen for name in page] == names[9:] + names[:9]


def test_an_address_that_was_tampered_with_shows_the_first_page(
    client: FlaskClient, model: DetectionModel
) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    for after in ("x", "1", "1-", "2-5", "0-99999999999999999999", "0-²", "--"):
        answer = client.get(f"/models/{model.id}/images?after={after}&split=nowhere&labelled=maybe")
        assert names_on(answer.text) == ["a.png"], after


def test_bad_files_are_refused_one_by_one_and_the_good_ones_kept(
    client: FlaskClient, model: DetectionModel
) -> None:
    whole = saved(picture(400, 300), "JPEG")
    answer = library.add_images(
        client,
        model.id,
        {
            "good.png": library.photo(1),
            "notes.jpg": b"this is no picture",
            "cut.jpg": whole[: len(whole) // 2],
            "huge.png": huge_png(40_000, 40_000),
            "empty.jpg": b"",
            "also good.jpg": whole,
        },
    )
    assert [photo["filename"] for photo in answer["created"]] == ["good.png", "also good.jpg"]
    reasons = {photo["filename"]: photo["reason"] for photo in answer["rejected"]}
    assert set(reasons) == {"notes.jpg", "cut.jpg", "huge.png", "empty.jpg"}
    assert "not a picture" in reasons["notes.jpg"]
    assert "cut off" in reasons["cut.jpg"]
    assert "40000 × 40000 pixels" in reasons["huge.png"]
    assert "empty" in reasons["empty.jpg"]
    assert [photo.filename for photo in list_images(model)] == ["good.png", "also good.jpg"]


def test_a_file_over_the_limit_is_refused(
    client: FlaskClient, clean_app: OpenAPI, model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean_app.extensions["settings"], "max_photo_mb", 1)
    large = library.photo(1) + bytes(2**20)
    answer = library.add_images(client, model.id, {"large.png": large, "small.png": library.photo(2)})
    assert [photo["filename"] for photo in answer["created"]] == ["small.png"]
    assert "larger than 1 MB" in answer["rejected"][0]["reason"]


def test_the_same_photo_stands_in_one_split_only(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1)}, "validation")
    answer = library.add_images(client, model.id, {"again.png": library.photo(1)}, "train")
    assert answer["created"] == []
    assert answer["duplicates"] == [
        {"filename": "again.png", "image_id": 1, "where": "already in validation"}
    ]


def test_without_scripts_a_page_tells_what_became_of_each_file(
    client: FlaskClient, model: DetectionModel
) -> None:
    library.add_images(client, model.id, {"there.png": library.photo(1)}, "test")
    files = {"new.png": library.photo(2), "again.png": library.photo(1), "bad.png": b"no"}
    data = {"split": "train", "files": [(io.BytesIO(content), name) for name, content in files.items()]}
    page = text_of(client.post(f"/models/{model.id}/images", data=data))
    assert re.search(r"<td>bad\.png</td><td>.*?refused</span> This is not a picture", page)
    assert re.search(r"<td>again\.png</td><td>.*?already there</span> For the test: there\.png", page)
    assert re.search(r"<td>new\.png</td><td>.*?added", page)


def test_a_split_that_does_not_exist_is_refused_in_the_form_that_was_asked_for(
    client: FlaskClient, model: DetectionModel
) -> None:
    data = {"split": "nowhere", "files": [(io.BytesIO(library.photo(1)), "a.png")]}
    answer = client.post(f"/models/{model.id}/images", data=data, headers=library.JSON)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.get_json()["detail"] == "Choose where the photos go: train, validation or test."
    assert list_images(model) == []


def test_a_photo_may_be_the_body_itself(client: FlaskClient, model: DetectionModel) -> None:
    address = f"/models/{model.id}/images"
    query = {"split": "train", "filename": "滾珠 1.png"}
    headers = {"Accept": "application/json", "Content-Type": "image/png"}
    answer = client.post(address, query_string=query, headers=headers, data=library.photo(1))
    assert [one["filename"] for one in answer.get_json()["created"]] == ["滾珠 1.png"]
    again = client.post(address, query_string=query, headers=headers, data=library.photo(1))
    assert [one["filename"] for one in again.get_json()["duplicates"]] == ["滾珠 1.png"]
    broken = client.post(
        address, query_string=query | {"filename": "b.png"}, headers=headers, data=library.photo(2)[:50]
    )
    assert [one["filename"] for one in broken.get_json()["rejected"]] == ["b.png"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("c.png", library.photo(3))
    headers["Content-Type"] = "application/zip"
    zipped = client.post(
        address, query_string=query | {"filename": "c.zip"}, headers=headers, data=archive.getvalue()
    )
    assert [one["filename"] for one in zipped.get_json()["runs"]] == ["c.zip"]


def test_real_photos_with_their_coco_file(
    client: FlaskClient, model: DetectionModel, shared_data: Path
) -> None:
    folder = shared_data / "fruits_nuts"
    files = sorted((folder / "data" / "images").glob("*.jpg"))
    added = library.add_images(client, model.id, {file.name: file.read_bytes() for file in files})
    assert len(added["created"]) == len(files) == 18
    report = text_of(library.import_coco(client, model.id, (folder / "data" / "trainval.json").read_bytes()))
    assert re.search(r"165</div>\s*<div class=\"tile-label\">labels taken", report)
    assert "date · fig · hazelnut" in report
    assert "18 unlabelled" not in client.get(f"/models/{model.id}/images").text


def test_a_photo_is_shown_with_its_labels_drawn(client: FlaskClient, model: DetectionModel) -> None:
    first, second = library.annotated_images(client, model.id, "a.png", "b.png")
    page = text_of(client.get(f"/models/{model.id}/images/{first}"))
    assert 'viewBox="0 0 80 60"' in page
    assert page.count('<polygon points="10,10 40,10 40,40 10,40"/>') == 2
    assert 'aria-label="a.png: 2 labels"' in page
    assert f'rel="next" href="/models/{model.id}/images/{second}?split=train"' in page
    assert 'rel="prev"' not in page


def test_a_mask_is_drawn_as_a_picture(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    # 80 x 60 pixels column by column: nothing, 100 pixels of the object, the rest.
    rle = {"size": [60, 80], "counts": [600, 100, 4100]}
    answer = library.import_coco(client, model.id, library.coco("a.png", shapes=1, segmentation=rle))
    assert answer.status_code == HTTPStatus.OK
    page = client.get(f"/models/{model.id}/images/1").text
    address = re.search(r'<image href="(/models/1/images/1/masks/1\.png[^"]*)"', page)
    assert address
    mask = client.get(address.group(1).replace("&amp;", "&"))
    assert mask.mimetype == "image/png"
    with library.open_picture(mask.data) as drawn:
        assert drawn.size == (80, 60)
        alpha = drawn.convert("RGBA").getchannel("A")
        assert (alpha.getpixel((0, 0)), alpha.getpixel((10, 0))) == (0, 130)
        assert sum(alpha.histogram()[1:]) == 100
    assert client.get("/models/1/images/1/masks/9.png").status_code == HTTPStatus.NOT_FOUND


def test_a_photo_of_another_model_is_not_found(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    other = detection_models.create_model("Axle", "", administrator)
    (photo,) = library.annotated_images(client, model.id, "a.png")
    assert client.get(f"/models/{other.id}/images/{photo}").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/models/{other.id}/imports/1").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/models/{model.id}/images/999").status_code == HTTPStatus.NOT_FOUND


def test_names_cannot_break_out_of_the_page(client: FlaskClient, model: DetectionModel) -> None:
    name = "'><img src=x onerror=alert(1)>&.png"
    library.add_images(client, model.id, {name: library.photo(1)})
    image = db.session.scalars(db.select(Image)).one()
    for path in ("images", f"images/{image.id}", "annotate"):
        page = client.get(f"/models/{model.id}/{path}").text
        assert "<img src=x" not in page


def test_a_viewer_sees_photos_and_adds_none(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    sign_in(client, Role.VIEWER)
    page = client.get(f"/models/{model.id}/images").text
    assert names_on(page) == ["a.png"] and "data-upload" not in page
    for path in ("images", "imports"):
        data = {"split": "train", "files": [(io.BytesIO(library.photo(2)), "b.png")]}
        assert client.post(f"/models/{model.id}/{path}", data=data).status_code == HTTPStatus.FORBIDDEN
    assert len(list_images(model)) == 1


def test_an_annotator_adds_photos(client: FlaskClient, model: DetectionModel) -> None:
    sign_in(client, Role.ANNOTATOR)
    assert len(library.add_images(client, model.id, {"a.png": library.photo(1)})["created"]) == 1


def test_the_labels_of_a_page_are_outlines_of_few_points(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    (labelled,) = library.annotated_images(client, model.id, "a.png")
    other = library.add_images(client, model.id, {"z.png": library.photo(99)})["created"][0]["id"]
    address = f"/models/{model.id}/images/outlines?ids={labelled},{other},x"
    drawn = client.get(address).get_data(as_text=True)
    assert re.findall('hx-target="(.*?)"', drawn) == [f"#frame-{labelled}"]
    outlines = re.findall('<polygon points="(.*?)"', drawn)
    assert len(outlines) == 2
    assert all(len(points.split()) == 4 for points in outlines)
    page = client.get(f"/models/{model.id}/images").get_data(as_text=True)
    assert f'id="frame-{labelled}"' in page
    assert f"/models/{model.id}/images/outlines?ids=" in page
    stranger = detection_models.create_model("Nut", "", administrator)
    stranger_to_it = client.get(f"/models/{stranger.id}/images/outlines?ids={labelled}")
    assert "polygon" not in stranger_to_it.get_data(as_text=True)
