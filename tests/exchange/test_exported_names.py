"""Names of the photos in an export: every system unpacks them, and they lead back to their photos."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture

from tests.builders.library import photo
from tests.exchange.test_exports import label, written
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports.selection import ExportSelection
from webapp.exchange.imports import single_request
from webapp.formats.coco.document import ExportShape
from webapp.formats.exports.formats import LabelFormat
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import Annotation, DetectionModel, Image, Split, User
from webapp.projects import detection_models

NAMES = ["A.PNG", "a.bmp", "a.png", "b.tif", "con.png", "scan<1>.png", "無.png"]
"""In the order of an export. The third is called as the second is called there."""


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """Each photo has as many labels as its place in NAMES, from 1."""
    model = detection_models.create_model("Screws: <M4>", "", administrator)
    for number, name in enumerate(NAMES, start=1):
        buffer = io.BytesIO()
        kind = {".bmp": "BMP", ".tif": "TIFF"}.get(Path(name).suffix, "PNG")
        Picture.open(io.BytesIO(photo(number))).save(buffer, kind)
        [image] = image_intake.add_images(model, Split.TRAIN, [Upload(name, buffer)]).created
        label(image, [square(5.0 * step) for step in range(number)])
    db.session.commit()
    return model


HOSTILE = [
    'a:b"<c>|d?*.png',
    "com1.png",
    "dots. .png",
    "d/con/e.png",
    "\u202egpj.png",
    "tab\tline\nend.png",
    "back\\slash.png",
    "=1+1.png",
    "x" * 190 + ".png",
]
NOT_ON_WINDOWS = re.compile(
    r'[<>:"\\|?*\x00-\x1f]|[. ](/|$)|(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)|(^|/)\.\.?(/|$)',
    re.IGNORECASE,
)


@pytest.mark.parametrize("photos", [True, False])
@pytest.mark.parametrize("form", list(LabelFormat))
def test_every_name_in_every_zip_is_legal_on_windows(
    clean_app: OpenAPI, administrator: User, form: LabelFormat, photos: bool
) -> None:
    model = detection_models.create_model('Nuts: <M4> "A|B"?', "", administrator)
    uploads = [Upload(name, io.BytesIO(photo(number))) for number, name in enumerate(HOSTILE, start=1)]
    for image in image_intake.add_images(model, Split.TRAIN, uploads).created:
        label(image, [replace(square(5.0), category='hole: <1> "?"')])
    db.session.commit()
    choice = ExportSelection(format=form, photos=photos)
    assert not NOT_ON_WINDOWS.search(label_files.filename(model, choice))
    if choice.suffix != ".zip":
        return
    names = ZipFile(io.BytesIO(written(model, choice))).namelist()
    assert not photos or len(names) >= len(HOSTILE)
    assert [
        name for name in names if NOT_ON_WINDOWS.search(name) or len(name.rpartition("/")[2].encode()) > 240
    ] == []
    assert len({name.casefold() for name in names}) == len(names)


def square(x: float) -> ExportShape:
    return ExportShape("date", [[x, 1.0, x + 4, 1.0, x + 4, 9.0, x, 9.0]], [x, 1.0, 4.0, 8.0], 32.0)


def exported(model: DetectionModel, form: LabelFormat = LabelFormat.COCO) -> ZipFile:
    return ZipFile(io.BytesIO(written(model, ExportSelection(format=form, photos=True))))


def test_photos_of_an_export_are_legal_unique_and_named_by_their_content(model: DetectionModel) -> None:
    archive = exported(model)
    document = json.loads(archive.read("annotations.json"))
    names = [image["file_name"] for image in document["images"]]
    assert names == ["A.PNG", "a-2.png", "a-3.png", "b.png", "_con.png", "scan_1_.png", "無.png"]
    assert archive.namelist()[1:] == [f"photos/{name}" for name in names]
    # What got another name says the one that the model has.
    assert [image.get("original_name") for image in document["images"]] == [None, *NAMES[1:6], None]
    for name in names:
        with Picture.open(archive.open(f"photos/{name}")) as picture:
            assert picture.format == "PNG"
    # Without photos the names are those of the files that somebody has.
    alone = json.loads(written(model))
    assert [image["file_name"] for image in alone["images"]] == NAMES


@pytest.mark.parametrize(
    ("form", "document"), [(LabelFormat.COCO, "annotations.json"), (LabelFormat.VIA, "via_project.json")]
)
def test_labels_of_an_export_come_back_to_their_own_photos(
    model: DetectionModel, administrator: User, form: LabelFormat, document: str
) -> None:
    before, archive = written(model), exported(model, form)
    labels = [Upload(document, io.BytesIO(archive.read(document)))]
    db.session.query(Annotation).delete()
    db.session.query(Image).update({"labelled": False})
    db.session.commit()
    report = single_request.import_annotations(model, Split.TRAIN, labels, [], administrator).report
    assert report is not None
    assert report["annotations"] == sum(range(len(NAMES) + 1))
    assert written(model) == before


@pytest.mark.parametrize("form", [LabelFormat.COCO, LabelFormat.VIA])
def test_an_export_with_photos_makes_the_same_model_again(
    model: DetectionModel, administrator: User, form: LabelFormat
) -> None:
    data = written(model, ExportSelection(format=form, photos=True))
    other = detection_models.create_model("Screws again", "", administrator)
    sent = [Upload("export.zip", io.BytesIO(data))]
    report = single_request.import_annotations(other, Split.TRAIN, sent, [], administrator).report
    assert report is not None
    assert report["annotations"] == sum(range(len(NAMES) + 1))
    again = json.loads(written(other))
    counts = {image["file_name"]: 0 for image in again["images"]}
    by_id = {image["id"]: image["file_name"] for image in again["images"]}
    for annotation in again["annotations"]:
        counts[by_id[annotation["image_id"]]] += 1
    assert counts == {
        "A.PNG": 1, "a-2.png": 2, "a-3.png": 3, "b.png": 4, "_con.png": 5, "scan_1_.png": 6, "無.png": 7,
    }  # fmt: skip
