"""Imports of labels that several files make up: YOLO sets, masks, a CSV of photos; zipped, as folders, and alone."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.builders import library
from tests.builders.library import photo
from tests.builders.runs import text_of
from tests.formats.files.zip_files import zipped
from tests.formats.sets.set_files import canvas, png, voc_png
from webapp.core import storage
from webapp.core.extensions import db
from webapp.exchange.imports import data_imports, reading, single_request
from webapp.exchange.imports import files as import_files
from webapp.exchange.imports.small_files import Contents
from webapp.formats.masks.rle import decode_mask
from webapp.formats.yolo import reader
from webapp.images.intake import Upload
from webapp.models import Annotation, DetectionModel, FileKind, Image, ImageFile, Split, User
from webapp.projects import detection_models

WIDTH, HEIGHT = 80, 60
MASK = canvas((255, 10, 5, 30, 20), width=WIDTH, height=HEIGHT)
YOLO = {
    "set/data.yaml": b"train: ../train/images\nnames: [nut, bolt]\n",
    "set/train/images/a.png": photo(1),
    "set/train/labels/a.txt": b"0 0.5 0.5 0.25 0.5\n1 0.25 0.25 0.75 0.25 0.75 0.75\n7 9 9 9 9\n",
    "set/train/images/b.png": photo(2),
    "set/train/labels/b.txt": b"",
}


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> Iterator[DetectionModel]:
    with force_locale("en"):
        yield detection_models.create_model("Screws", "", administrator)


def bring(model: DetectionModel, files: dict[str, bytes], **options: Any) -> dict[str, Any]:
    """The report of an import of these files, as a script sends them together."""
    sent = [Upload(name, io.BytesIO(content)) for name, content in files.items()]
    result = single_request.import_annotations(model, Split.TRAIN, sent, [], None, **options)
    assert result.report is not None
    return result.report


def lines(report: dict[str, Any], kind: str) -> dict[str, int]:
    return {line["code"]: line["count"] for line in report[kind]}


def images(model: DetectionModel) -> dict[str, Image]:
    db.session.expire_all()
    return {
        image.filename: image for image in db.session.scalars(select(Image).where(Image.model_id == model.id))
    }


def shapes(image: Image) -> list[Annotation]:
    chosen = select(Annotation).where(Annotation.image_id == image.id).order_by(Annotation.id)
    return list(db.session.scalars(chosen))


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_a_yolo_set(model: DetectionModel, form: str) -> None:
    files = {"set.zip": zipped(*YOLO.items())} if form == "zip" else YOLO
    report = bring(model, files)
    assert (report["images"], report["annotations"], report["categories"]) == (2, 2, ["nut", "bolt"])
    assert lines(report, "skipped")["not_shares"] == 1
    found = shapes(images(model)["a.png"])
    assert [one.bbox for one in found] == [[30.0, 15.0, 20.0, 30.0], [20.0, 15.0, 40.0, 30.0]]
    assert [one.is_box for one in found] == [True, False]
    assert found[1].segmentation == [[20.0, 15.0, 60.0, 15.0, 60.0, 45.0]]


def test_yolo_labels_of_photos_that_the_model_has(model: DetectionModel) -> None:
    bring(model, {"a.png": YOLO["set/train/images/a.png"]})
    report = bring(model, {"labels/a.txt": b"0 0.5 0.5 0.25 0.5", "classes.txt": b"nut"})
    assert (report["images"], report["annotations"]) == (0, 1)
    assert shapes(images(model)["a.png"])[0].bbox == [30.0, 15.0, 20.0, 30.0]


def test_yolo_labels_without_their_photos_say_what_is_missing(model: DetectionModel) -> None:
    files = {"labels/a.txt": b"0 0.5 0.5 0.25 0.5", "classes.txt": b"nut"}
    report = bring(model, files, dry_run=True)
    assert (report["images"], report["annotations"]) == (1, 1), "what the files hold"
    report = bring(model, files | {"b.png": photo()})
    assert lines(report, "skipped") == {"photo_not_there": 1, "shape_without_photo": 1}


def mvtec() -> dict[str, bytes]:
    return {
        "screw/ground_truth/cut/000_mask.png": png(MASK),
        "screw/test/cut/000.png": photo(1),
        "screw/test/good/000.png": photo(2),
        "screw/train/good/000.png": photo(3),
    }


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_a_mask_is_no_photo_and_its_label_equals_it(model: DetectionModel, form: str) -> None:
    files = {"screw.zip": zipped(*mvtec().items())} if form == "zip" else mvtec()
    preview = bring(model, files, dry_run=True)
    assert (preview["images"], preview["annotations"], preview["categories"]) == (3, 1, ["cut"])
    assert images(model) == {}
    report = bring(model, files)
    assert (report["images"], report["annotations"], report["categories"]) == (3, 1, ["cut"])
    assert lines(report, "fixed")["mask_taken"] == 1
    there = images(model)
    labelled = {name: len(shapes(image)) for name, image in there.items()}
    assert sorted(labelled.values()) == [0, 0, 1]
    assert sorted(image.no_object for image in there.values()) == [False, True, True]
    (mask,) = (shape for image in there.values() for shape in shapes(image))
    assert isinstance(mask.segmentation, dict)
    assert np.array_equal(decode_mask(mask.segmentation), MASK // 255)


def test_voc_masks_of_a_zip(model: DetectionModel) -> None:
    objects = canvas((1, 0, 0, 20, 20), (2, 20, 0, 20, 20), width=WIDTH, height=HEIGHT)
    files = {
        "JPEGImages/a.png": photo(1),
        "SegmentationClass/a.png": voc_png(np.minimum(objects, 1)),
        "SegmentationObject/a.png": voc_png(objects),
        "labelmap.txt": b"background:0,0,0::\nnut:128,0,0::\n",
        "ImageSets/Segmentation/val.txt": b"a\n",
    }
    report = bring(model, {"set.zip": zipped(*files.items())})
    assert (report["images"], report["annotations"], report["categories"]) == (1, 2, ["nut"])
    (image,) = images(model).values()
    assert image.split == Split.VALIDATION
    found = [decode_mask(shape.segmentation) for shape in shapes(image)]
    assert np.array_equal(found[0], objects == 1) and np.array_equal(found[1], objects == 2)


def test_photos_in_a_folder_called_masks_come_in_as_photos(model: DetectionModel) -> None:
    grain = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), dtype=np.uint8)
    files = {
        "masks/a.png": png(grain),
        "masks/b.png": png(grain.T.reshape(grain.shape)),
        "images/a.png": photo(),
    }
    report = bring(model, {"set.zip": zipped(*files.items())})
    assert report["images"] == 3
    assert lines(report, "fixed").get("mask_taken") is None
    assert db.session.scalars(select(ImageFile)).all()


def test_damaged_pictures_in_a_folder_called_masks_are_damaged_photos(model: DetectionModel) -> None:
    report = bring(model, {"masks/a.png": png(MASK)[:50], "a.png": photo()})
    assert report["images"] == 1
    assert lines(report, "skipped")["photo_refused"] == 1


def test_a_csv_marks_photos_without_objects(model: DetectionModel) -> None:
    files = {"a.png": photo(1), "b.png": photo(2), "labels.csv": b"file,label\na.png,no object\nb.png,NG\n"}
    report = bring(model, files)
    assert {name: image.no_object for name, image in images(model).items()} == {"a.png": True, "b.png": False}
    assert lines(report, "skipped")["photo_category"] == 1


def test_a_folder_sent_by_the_browser_and_completed_later(client: FlaskClient, model: DetectionModel) -> None:
    def send(files: dict[str, bytes], **form: Any) -> None:
        for path, content in files.items():
            data = {"key": "a-key", "split": "train", "files": (io.BytesIO(content), path)} | form
            answer = client.post(f"/models/{model.id}/imports/files", data=data, headers=library.JSON)
            assert answer.get_json()["rejected"] == []

    files = mvtec()
    masks = {path: content for path, content in files.items() if "_mask" in path}
    send(masks | {"screw/masks/x.png": png(MASK)})
    address = client.post(f"/models/{model.id}/imports", data={"key": "a-key"}).location
    page = text_of(client.get(address))
    assert 'data-code="mask_without_photo"' in page
    send({path: content for path, content in files.items() if path not in masks})
    send({"screw/images/x.png": photo(9), "screw/labels/x.txt": b"", "screw/classes.txt": b"cut"})
    client.post(f"{address}/preview")
    page = text_of(client.get(address))
    assert 'data-code="mask_without_photo"' not in page
    assert "screw/ground_truth/cut/000_mask.png → screw/test/cut/000.png" in page
    assert "screw/masks/x.png → screw/images/x.png" in page
    client.post(address)
    assert len(images(model)) == 4
    assert sum(len(shapes(image)) for image in images(model).values()) == 2


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_yolo_labels_of_the_same_photo_under_two_names(model: DetectionModel, form: str) -> None:
    files = {
        "set/data.yaml": b"names: [nut, bolt]\n",
        "set/train/images/a.png": photo(1),
        "set/train/labels/a.txt": b"0 0.5 0.5 0.25 0.5\n",
        "set/val/images/b.png": photo(1),
        "set/val/labels/b.txt": b"1 0.25 0.25 0.25 0.25\n",
    }
    sent = {"set.zip": zipped(*files.items())} if form == "zip" else files
    for options in ({"dry_run": True}, {}):
        report = bring(model, sent, **options)
        assert (report["images"], report["annotations"]) == (1, 2)
        assert lines(report, "skipped") == {"photo_twice": 1}


def test_yolo_lists_name_photos_below_another_folder(model: DetectionModel) -> None:
    files = {
        "set/obj.data": b"classes = 1\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\n",
        "set/obj.names": b"nut\n",
        "set/train.txt": b"data/obj_train_data/a.png\n",
        "set/valid.txt": b"data/obj_valid_data/b.png\n",
        "set/obj_train_data/a.png": photo(1),
        "set/obj_train_data/a.txt": b"0 0.5 0.5 0.25 0.5\n",
        "set/obj_valid_data/b.png": photo(2),
        "set/obj_valid_data/b.txt": b"0 0.5 0.5 0.25 0.5\n",
    }
    report = bring(model, {"set.zip": zipped(*files.items())})
    assert (report["images"], report["annotations"], report["skipped"]) == (2, 2, [])
    assert {name: image.split for name, image in images(model).items()} == {
        "a.png": Split.TRAIN,
        "b.png": Split.VALIDATION,
    }


@pytest.mark.parametrize("root", ["yolo", "labels", "masks/images", "seg"])
def test_photos_in_a_folder_that_is_called_as_one_of_labels(model: DetectionModel, root: str) -> None:
    files = {
        f"{root}/data.yaml": b"names: [nut, bolt]\n",
        f"{root}/a.png": photo(1),
        f"{root}/a.txt": b"0 0.5 0.5 0.25 0.5\n",
        f"{root}/train/images/b.png": photo(2),
        f"{root}/train/labels/b.txt": b"1 0.25 0.25 0.25 0.25\n",
    }
    report = bring(model, {"set.zip": zipped(*files.items())})
    assert (report["images"], report["annotations"], report["skipped"]) == (2, 2, [])


def test_voc_lists_say_the_split_of_photos_with_boxes_alone(model: DetectionModel) -> None:
    def boxes(name: str) -> bytes:
        return (
            f"<annotation><folder>JPEGImages</folder><filename>{name}.png</filename>"
            f"<size><width>{WIDTH}</width><height>{HEIGHT}</height><depth>3</depth></size><object><name>nut</name>"
            "<bndbox><xmin>5</xmin><ymin>6</ymin><xmax>25</xmax><ymax>26</ymax></bndbox></object></annotation>"
        ).encode()

    files = {
        "VOC2012/ImageSets/Main/train.txt": b"a\n",
        "VOC2012/ImageSets/Main/nut_train.txt": b"a  1\n",
        "VOC2012/ImageSets/Main/val.txt": b"b\n",
        "VOC2012/ImageSets/Main/test.txt": b"c\n",
        **{f"VOC2012/JPEGImages/{name}.png": photo(number) for number, name in enumerate("abc")},
        **{f"VOC2012/Annotations/{name}.xml": boxes(name) for name in "ab"},
    }
    preview = bring(model, {"set.zip": zipped(*files.items())}, dry_run=True)
    assert preview["splits"] == {"train": 1, "validation": 1, "test": 1}
    report = bring(model, {"set.zip": zipped(*files.items())})
    assert (report["images"], report["annotations"], report["skipped"], report["fixed"]) == (3, 2, [], [])
    assert [images(model)[f"{name}.png"].split for name in "abc"] == [
        Split.TRAIN,
        Split.VALIDATION,
        Split.TEST,
    ]


def test_texts_of_a_zip_keep_its_order_be_they_small_or_large(model: DetectionModel) -> None:
    data_import = data_imports.create(model, Split.TRAIN, None)
    sizes = [10, reading.SMALL + 1, 20, 0, 30]
    texts = {f"{9 - number}.xml": b" " * size for number, size in enumerate(sizes)}
    data_imports.receive(data_import, Upload("set.zip", io.BytesIO(zipped(*texts.items()))))
    unpacking = reading._Reader(data_import, lambda _done, _total: None, store=True)
    unpacking.unpack()
    files = import_files.files_of(data_import, FileKind.ANNOTATIONS)
    contents = Contents(data_import.id)
    assert [file.path for file in files] == list(texts)
    assert [contents.open(file).read() for file in files] == list(texts.values())
    own = [part.name for part in storage.import_dir(data_import.id).iterdir() if part.name.isdigit()]
    assert len(own) == 2, "the zip and the large text alone are files of their own"
    unpacking.forget_derived()
    unpacking.unpack()
    files = import_files.files_of(data_import, FileKind.ANNOTATIONS)
    assert [Contents(data_import.id).open(file).read() for file in files] == list(texts.values())


def test_labels_are_read_once_where_pictures_among_them_are_photos(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"labels/{name}.png": photo(number) for number, name in enumerate("ab")}
    files |= {f"labels/{name}.txt": b"0 0.5 0.5 0.25 0.5" for name in "ab"}
    opened: list[str] = []
    read_row = reader.read_row
    monkeypatch.setattr(reader, "read_row", lambda line, *more: opened.append(line) or read_row(line, *more))
    assert bring(model, files)["annotations"] == 2
    assert len(opened) == 2
