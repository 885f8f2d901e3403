"""Label files of each format come in with their photos, in a zip or a tar, through one call."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.formats.cvat.cvat_files import POLYGON, cvat
from tests.formats.files.tar_files import entry, tarred
from tests.formats.files.zip_files import zipped
from tests.formats.labelstudio.label_studio_files import POLYGON as PERCENT
from tests.formats.labelstudio.label_studio_files import annotation, export, record, result, task
from tests.formats.voc.voc_files import voc, voc_object
from tests.rest.sending import assert_problem, form, photo_file, walk

LABELS = {
    "CVAT": ("annotations.xml", "images/a.jpg", cvat(POLYGON)),
    "Pascal VOC": ("Annotations/a.xml", "JPEGImages/a.jpg", voc(voc_object())),
    "Label Studio": ("project-1.json", "images/0a1b2c3d-a.jpg", export(task(annotation(result())))),
    "JSON-MIN": ("min.json", "a.jpg", export(record(PERCENT | {"polygonlabels": ["date"]}))),
}


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((100, 80)).save(buffer, "JPEG")
    return buffer.getvalue()


def send(api: FlaskClient, model: dict[str, Any], content: bytes, name: str, query: str = "") -> Any:
    address = f"/api/v1/models/{model['id']}/imports{query}"
    return api.post(address, data=form(annotations=photo_file(name, content)))


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("packed", ["zip", "tar", "tgz"])
def test_labels_and_photos_in_one_archive(
    api: FlaskClient, model: dict[str, Any], name: str, packed: str
) -> None:
    path, photo_path, labels = LABELS[name]
    files = ((photo_path, photo()), (path, labels))
    mode = {"tar": "w", "tgz": "w:gz"}
    content = zipped(*files) if packed == "zip" else tarred(*files, mode=mode[packed])
    preview = send(api, model, content, f"set.{packed}", "?dry_run=true").get_json()
    assert (preview["images"], preview["annotations"], preview["skipped"]) == (1, 1, [])
    # The content says what a file is, and not its name.
    report = send(api, model, content, "set.bin").get_json()
    assert (report["images"], report["annotations"], report["categories"]) == (1, 1, ["date"])
    (image,) = walk(api, f"/api/v1/models/{model['id']}/images")
    (item,) = api.get(f"/api/v1/images/{image['id']}/annotations").get_json()["items"]
    assert item["bbox"] == [10, 10, 20, 20]


def test_what_a_tar_must_not_hold_is_reported_beside_the_rest(
    api: FlaskClient, model: dict[str, Any]
) -> None:
    link = entry("link.jpg", kind=b"2", target="/etc/passwd")
    content = tarred(
        ("../out.jpg", photo()), (link, b""), ("a.jpg", photo()), ("annotations.xml", cvat(POLYGON))
    )
    report = send(api, model, content, "set.tar").get_json()
    assert (report["images"], report["annotations"]) == (1, 1)
    (line,) = (line for line in report["skipped"] if line["code"] == "file_refused")
    assert line["count"] == 2
    assert {example.split(":")[0] for example in line["examples"]} == {"link.jpg", "out.jpg"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xml", b"<annotations><image>", "This is not XML (line 1"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY x "y">]><annotations>&x;</annotations>', "entities"),
        ("a.xml", b"<html/>", "no annotations that are known"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(600), "a method that is not read"),
        ("a.tgz", tarred(("a.jpg", photo()), mode="w:gz")[:300], "damaged or cut off"),
    ],
)
def test_what_cannot_be_read_says_why(
    api: FlaskClient, model: dict[str, Any], name: str, content: bytes, says: str
) -> None:
    assert says in assert_problem(send(api, model, content, name), 422, "file_refused")["detail"]
