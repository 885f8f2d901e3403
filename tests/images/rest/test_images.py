"""Photos: add, list, fetch."""

import hashlib
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image as Picture

from bench.fuzz_photos.photo_kinds import KINDS
from tests.formats.images.photo_files import huge_png
from tests.rest.sending import add_images, assert_problem, form, photo_file, png, walk


def test_a_photo_is_added_and_fetched(api: FlaskClient, model: dict[str, Any]) -> None:
    content = png()
    answer = add_images(api, model, photo_file("folder/零件 1.png", content), split="validation")
    [added] = answer["created"]
    assert (answer["duplicates"], answer["rejected"]) == ([], [])
    assert added["filename"] == "零件 1.png"
    assert (added["split"], added["width"], added["height"]) == ("validation", 40, 30)
    assert added["sha256"] == hashlib.sha256(content).hexdigest()
    assert added["labelled"] is False
    fetched = api.get(added["url"])
    assert fetched.status_code == 200
    assert Picture.open(io.BytesIO(fetched.data)).size == (40, 30)
    again = api.get(added["url"], headers={"If-None-Match": fetched.headers["ETag"]})
    assert again.status_code == 304
    assert api.get(added["thumbnail_url"]).mimetype == "image/webp"


def test_good_photos_are_kept_beside_bad_ones(api: FlaskClient, model: dict[str, Any]) -> None:
    add_images(api, model, photo_file("known.png", png(shade=1)))
    answer = add_images(
        api,
        model,
        photo_file("good.png", png(shade=2)),
        photo_file("text.jpg", b"this is text"),
        photo_file("cut.png", png(640, 480, 3)[:200]),
        photo_file("huge.png", huge_png(40_000, 40_000)),
        photo_file("empty.png", b""),
        photo_file("again.png", png(shade=1)),
        photo_file("known.png", png(shade=4)),
    )
    # A different photo of a name that is taken is kept under another.
    assert [image["filename"] for image in answer["created"]] == ["good.png", "known (2).png"]
    assert [(found["filename"]) for found in answer["duplicates"]] == ["again.png"]
    known = walk(api, f"/api/v1/models/{model['id']}/images?q=known")
    assert answer["duplicates"][0]["image_id"] == known[0]["id"]
    assert {found["filename"]: found["code"] for found in answer["rejected"]} == {
        "text.jpg": "text",
        "cut.png": "truncated",
        "huge.png": "too_many_pixels",
        "empty.png": "empty",
    }
    assert all(found["reason"].strip() for found in answer["rejected"])


def test_all_refused_is_an_answer_too(api: FlaskClient, model: dict[str, Any]) -> None:
    answer = add_images(api, model, photo_file("text.jpg", b"text"))
    assert answer["created"] == []
    assert len(answer["rejected"]) == 1


def test_the_split_may_stand_in_the_form(api: FlaskClient, model: dict[str, Any]) -> None:
    data = form(split="test", files=photo_file("a.png", png()))
    answer = api.post(f"/api/v1/models/{model['id']}/images", data=data)
    assert answer.get_json()["created"][0]["split"] == "test"


def test_a_wrong_upload_says_what_is_missing(api: FlaskClient, model: dict[str, Any]) -> None:
    address = f"/api/v1/models/{model['id']}/images"
    for answer in (api.post(address), api.post(address, data={"files": "text"}), api.post(address, json={})):
        assert assert_problem(answer, 422, "file_missing")["field"] == "files"
    data = form(files=photo_file("a.png", png()))
    assert assert_problem(api.post(f"{address}?split=training", data=data), 422)["field"] == "split"
    data = form(split="x" * 9, files=photo_file("a.png", png()))
    assert assert_problem(api.post(address, data=data), 422)["field"] == "split"


def test_filters(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    add_images(api, labelled_model, photo_file("50%.png", png(shade=99)), split="test")
    address = f"/api/v1/models/{labelled_model['id']}/images"

    def names(query: str) -> list[str]:
        return [image["filename"] for image in walk(api, f"{address}?{query}")]

    assert names("") == ["50%.png", "1.png", "2.png", "3.png", "4.png"]
    assert names("split=train") == ["1.png", "2.png"]
    assert names("split=test&labelled=false") == ["50%.png"]
    assert names("labelled=true&limit=3") == ["1.png", "2.png", "3.png", "4.png"]
    assert names("category=nut") == ["1.png", "2.png", "3.png", "4.png"]
    assert names("category=bolt") == []
    assert names("q=%25") == ["50%.png"]
    assert names("q=_") == []


@pytest.mark.parametrize(
    "query", ["split=all", "labelled=perhaps", "limit=0", "limit=501", "limit=x", "q=%00"]
)
def test_a_wrong_filter_is_named(api: FlaskClient, model: dict[str, Any], query: str) -> None:
    body = assert_problem(api.get(f"/api/v1/models/{model['id']}/images?{query}"), 422)
    assert body["field"] == query.partition("=")[0]


def test_unknown_photos_are_not_found(api: FlaskClient) -> None:
    for what in ("file", "thumbnail", "annotations"):
        assert_problem(api.get(f"/api/v1/images/999/{what}"), 404, "not_found")


def test_a_photo_of_a_phone_with_what_became_of_it(api: FlaskClient, model: dict[str, Any]) -> None:
    answer = add_images(
        api,
        model,
        photo_file("IMG_1.HEIC", KINDS["heic_of_two"]()),
        photo_file("cut-out.png", KINDS["png_transparent"]()),
        photo_file("plain.avif", KINDS["avif"]()),
    )
    assert [image["filename"] for image in answer["created"]] == ["IMG_1.HEIC", "cut-out.png", "plain.avif"]
    assert [(remark["filename"], remark["code"]) for remark in answer["remarks"]] == [
        ("IMG_1.HEIC", "more_pictures"),
        ("cut-out.png", "transparency_on_white"),
    ]
    listed = {image["filename"]: image for image in walk(api, f"/api/v1/models/{model['id']}/images")}
    phone, cut_out, plain = (listed[image["filename"]] for image in answer["created"])
    assert phone["remarks"] == [answer["remarks"][0]["remark"]]
    assert "128 × 96" in phone["remarks"][0] and "32 × 24" in phone["remarks"][0]
    assert (len(cut_out["remarks"]), plain["remarks"]) == (1, [])
    for image in (phone, cut_out, plain):
        assert api.get(image["url"]).data.startswith(b"\x89PNG")
        assert api.get(image["thumbnail_url"]).status_code == 200


def test_what_is_no_photo_is_refused_by_its_real_name(api: FlaskClient, model: dict[str, Any]) -> None:
    files = {
        "scan.dcm": bytes(128) + b"DICM" + bytes(40),
        "a.jpg": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "README": b"# Photos of day 1\n",
        "clip.jpg": b"\0\0\0\x20ftypisom\0\0\2\0",
    }
    answer = add_images(api, model, *[photo_file(name, data) for name, data in files.items()])
    reasons = {one["filename"]: one["reason"] for one in answer["rejected"]}
    for name, said in {
        "scan.dcm": "DICOM",
        "a.jpg": "Git LFS",
        "README": "README",
        "clip.jpg": "video",
    }.items():
        assert said in reasons[name]
