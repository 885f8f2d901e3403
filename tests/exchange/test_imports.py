"""Imports through the whole pipeline: what other tools write, what bad input does, and who saves meanwhile."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_babel import force_locale
from flask_openapi3 import OpenAPI
from sqlalchemy import select, update

from bench.fuzz_importers.mutated_files import FORMATS, mutated
from bench.fuzz_photos.photo_kinds import KINDS
from jobs.processes import janitor
from tests.builders.library import all_images, coco, photo
from tests.formats.files.zip_files import with_symlink, zipped
from tests.formats.images.photo_files import exif, picture, saved
from webapp.annotations import categories
from webapp.annotations import store as annotation_store
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports.selection import ExportSelection
from webapp.exchange.imports import data_imports, single_request, spool
from webapp.exchange.imports import runs as import_runs
from webapp.exchange.imports import writing as import_writing
from webapp.exchange.imports.choices import Conflict, Doubles, ImportChoices
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.options import ReadOptions
from webapp.formats.coco.reader import parse_coco
from webapp.formats.exports.formats import LabelFormat
from webapp.images import intake as image_intake
from webapp.images import stored_files
from webapp.images.intake import Upload
from webapp.models import (
    Annotation,
    Category,
    DataImport,
    DetectionModel,
    Image,
    ImageFile,
    ImportFile,
    LabelSource,
    LabelVersion,
    Split,
    User,
)
from webapp.models.columns import now
from webapp.projects import detection_models


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> Iterator[DetectionModel]:
    with force_locale("en"):
        yield detection_models.create_model("Screws", "", administrator)


def bring(model: DetectionModel, files: dict[str, bytes], **options: Any) -> dict[str, Any]:
    """The report of an import of these files, as they are sent together."""
    sent = [Upload(name, io.BytesIO(content)) for name, content in files.items()]
    result = single_request.import_annotations(model, Split.TRAIN, sent, [], None, **options)
    assert result.report is not None
    return result.report


def lines(report: dict[str, Any], kind: str) -> dict[str, int]:
    return {line["code"]: line["count"] for line in report[kind]}


def labelled(model: DetectionModel) -> dict[str, int]:
    """Shapes by photo."""
    db.session.expire_all()
    rows = db.session.scalars(select(Image).where(Image.model_id == model.id))
    return {
        image.filename: len(
            db.session.scalars(select(Annotation.id).where(Annotation.image_id == image.id)).all()
        )
        for image in rows
    }


def blank(name: str, width: int, height: int) -> bytes:
    """A photo of this size, of a shade of its own."""
    image = picture(width, height)
    for place, character in enumerate(name.encode()[-width:]):
        image.putpixel((place, 0), (character, len(name) % 256, place % 256))
    return saved(image, "PNG")


@pytest.mark.parametrize(
    "name", ["roboflow_coco.json", "cvat_coco.json", "via2_project.json", "via2_annotations.json"]
)
def test_files_as_other_tools_wrote_them(model: DetectionModel, shared_data: Path, name: str) -> None:
    data = (shared_data / "messy" / name).read_bytes()
    parsed = parse_annotations(data, name)
    chosen = parsed.images[:6]
    files = {
        image.file_name: blank(image.file_name, image.width or 1000, image.height or 1000) for image in chosen
    }
    report = bring(model, {name: data} | files)
    expected = sum(len(image.shapes) for image in chosen)
    outside = lines(report, "skipped").get("outside_photo", 0)
    assert report["images"] == len(chosen)
    assert report["annotations"] == expected - outside > 0
    assert sum(labelled(model).values()) == report["annotations"]
    missing = len(parsed.images) - len(chosen)
    assert lines(report, "skipped").get("photo_not_there", 0) == missing
    if name == "roboflow_coco.json":
        assert lines(report, "skipped")["category_unused"] >= 1
    if name == "cvat_coco.json":
        assert lines(report, "fixed")["bbox_recomputed"] > 0


def test_both_formats_of_the_same_labels_are_the_same(
    model: DetectionModel, administrator: User, shared_data: Path
) -> None:
    folder = shared_data / "bsdata" / "val"
    coco_file, via_file = folder / "annotations_coco.json", folder / "annotations_via.json"
    names = [image.file_name for image in parse_coco(coco_file.read_bytes()).images][:6]
    other = detection_models.create_model("The same by VIA", "", administrator)
    found = []
    for target, labels in ((model, coco_file), (other, via_file)):
        sent = {labels.name: labels.read_bytes()}
        sent |= {Path(name).name: next(folder.rglob(Path(name).name)).read_bytes() for name in names}
        bring(target, sent)
        document = json.loads(exported(target))
        found.append(document["annotations"])
    assert len(found[0]) == len(found[1]) >= len(names)
    for first, second in zip(*found, strict=True):
        assert first["image_id"] == second["image_id"]
        # VIA keeps whole pixels.
        assert first["segmentation"][0] == pytest.approx(second["segmentation"][0], abs=0.51)


def exported(model: DetectionModel, form: LabelFormat = LabelFormat.COCO) -> bytes:
    choice = ExportSelection(None, form)
    return b"".join(label_files.chunks(label_files.write(model, choice), choice))


def test_a_via_export_imported_again_holds_the_same_labels(
    model: DetectionModel, administrator: User
) -> None:
    other = detection_models.create_model("Again", "", administrator)
    notch = [[5.5, 5, 45, 5.25, 45, 45, 20, 20, 5, 45]]
    document = json.loads(coco("a.png", "b.png", shapes=1, segmentation=notch))
    document["annotations"].append(
        {
            "id": 9,
            "image_id": 2,
            "category_id": 1,
            "segmentation": [],
            "bbox": [1, 1, 9, 9],
            "area": 81,
            "iscrowd": 0,
        }
    )
    bring(model, {"l.json": json.dumps(document).encode(), "a.png": photo(1), "b.png": photo(2)})
    via = exported(model, LabelFormat.VIA)
    bring(other, {"via.json": via, "a.png": photo(1), "b.png": photo(2)})
    assert exported(other) == exported(model)


def test_names_are_matched_in_spite_of_how_they_are_written(model: DetectionModel) -> None:
    names = [r"C:\set\A 1.JPG", "images/b(2).png", "0badcafe-c.png", "sub/folder/d.png", "not sent.png"]
    sent = {
        "a 1.jpg": photo(1),
        "b(2).png": photo(2),
        "c.png": photo(3),
        "d.png": photo(4),
        "extra.png": photo(5),
    }
    report = bring(model, {"labels.json": coco(*names, shapes=1)} | sent)
    assert labelled(model) == {"a 1.jpg": 1, "b(2).png": 1, "c.png": 1, "d.png": 1, "extra.png": 0}
    assert lines(report, "skipped") == {"photo_not_there": 1, "shape_without_photo": 1}
    assert report["photos"] == {"labelled": 4, "without_labels": 1}


def test_labelme_files_with_the_photo_inside_and_litter_of_macos(model: DetectionModel) -> None:
    def labelme(name: str, content: bytes | None) -> bytes:
        shape = {
            "label": "fig",
            "points": [[1, 1], [20, 1], [20, 20]],
            "shape_type": "polygon",
            "group_id": None,
        }
        data = base64.b64encode(content).decode() if content else None
        document = {
            "version": "5.2.1",
            "flags": {},
            "shapes": [shape],
            "imagePath": f"..\\{name}",
            "imageData": data,
        }
        return b"\xef\xbb\xbf" + json.dumps(document | {"imageHeight": 60, "imageWidth": 80}).encode()

    files = {
        "set/a.json": labelme("a.png", photo(1)),
        "set/b.json": labelme("b.png", None),
        "set/._a.json": b"\0\5\x16\7",
        "set/broken.json": labelme("c.png", b"no photo"),
        "b.png": photo(2),
    }
    report = bring(model, files)
    assert labelled(model) == {"a.png": 1, "b.png": 1}
    assert report["images"] == 2
    skipped = lines(report, "skipped")
    assert (skipped["photo_refused"], skipped["system_file"], skipped["photo_not_there"]) == (1, 1, 1)


def test_via_1_with_the_photo_inside_and_via_csv(model: DetectionModel) -> None:
    inside = "data:image/png;base64," + base64.b64encode(photo(1)).decode()
    region = {
        "shape_attributes": {"name": "rect", "x": 1, "y": 1, "width": 9, "height": 9},
        "region_attributes": {"label": "fig"},
    }
    old = {"a.png9": {"filename": "a.png", "size": 9, "base64_img_data": inside, "regions": {"0": region}}}
    head = (
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
    )
    cells = [json.dumps(value).replace('"', '""') for value in region.values()]
    table = f'{head}\nb.png,9,"{{}}",1,0,"{cells[0]}","{cells[1]}"\n'
    report = bring(model, {"old.json": json.dumps(old).encode(), "t.csv": table.encode(), "b.png": photo(2)})
    assert (labelled(model), report["categories"]) == ({"a.png": 1, "b.png": 1}, ["fig"])


def test_photos_of_one_name_in_two_folders_are_two_photos(model: DetectionModel) -> None:
    archive = zipped(
        ("cam1/1.png", photo(1)),
        ("cam2/1.png", photo(2)),
        ("cam1/l.json", coco("1.png", shapes=1)),
        ("cam2/l.json", coco("1.png", shapes=3, segmentation=[[2, 2, 30, 2, 30, 30]])),
    )
    report = bring(model, {"set.zip": archive})
    assert labelled(model) == {"1.png": 1, "cam2_1.png": 3}
    assert lines(report, "fixed")["photo_renamed"] == 1


def test_a_different_photo_of_a_name_that_is_taken_gets_its_own_labels(model: DetectionModel) -> None:
    image_intake.add_images(model, Split.TRAIN, [Upload("1.png", io.BytesIO(photo(1)))])
    bring(model, {"1.png": photo(2), "l.json": coco("1.png", shapes=2)})
    assert labelled(model) == {"1.png": 0, "1 (2).png": 2}


def test_shapes_are_scaled_cut_and_left_out_with_a_report(model: DetectionModel) -> None:
    document = json.loads(coco("a.png", "b.png", shapes=1))
    document["images"][0] |= {"width": 160, "height": 120}
    document["annotations"][1]["segmentation"] = [[70, 50, 99, 50, 99, 99]]
    outside = document["annotations"][1] | {"id": 7, "segmentation": [[200, 200, 220, 200, 220, 220]]}
    document["annotations"].append(outside)
    report = bring(model, {"l.json": json.dumps(document).encode(), "a.png": photo(1), "b.png": photo(2)})
    assert labelled(model) == {"a.png": 1, "b.png": 1}
    fixed = lines(report, "fixed")
    assert (fixed["size_differs_scaled"], fixed["clipped"]) == (1, 1)
    assert lines(report, "skipped") == {"outside_photo": 1}


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.png", "w") as member:
        for _ in range(300):
            member.write(bytes(2**20))
    return file.getvalue()


def test_a_zip_of_dangers_leaves_the_good_rest(model: DetectionModel) -> None:
    archive = io.BytesIO(with_symlink("/etc/passwd"))
    with zipfile.ZipFile(archive, "a") as added:
        added.writestr("../../../evil.png", photo(1))
        added.writestr("/etc/evil.png", photo(1))
        added.writestr("inner.zip", zipped(("a.png", photo(1))))
        added.writestr("empty.png", b"")
        added.writestr("empty.json", b"")
        added.writestr("deep.json", b"[" * 10_000)
        added.writestr("n" * 5_000 + ".png", photo(2))
        added.writestr("😀\x01.png", photo(3))
        added.writestr("good.png", photo(4))
        added.writestr("good.json", coco("good.png"))
    bring(model, {"set.zip": archive.getvalue()})
    there = labelled(model)
    assert there.pop("good.png") == 2
    assert "😀.png" in there and all(len(name) <= 200 for name in there)
    findings = db.session.scalars(select(DataImport)).one().findings or []
    said = [example for line in findings for example in line["examples"]]
    for name in ("link.jpg", "evil.png", "inner.zip", "empty.png", "empty.json", "deep.json"):
        assert any(name in example for example in said), name
    assert not list(storage.data_dir().parent.rglob("evil.png"))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.zip", bomb(), "unpacks to a multiple of its size"),
        ("a.json", b"", "The file is empty"),
        ("a.json", b"[" * 10_000, "nested too deeply"),
        ("a.json", b'{"a": ' * 10_000, "nested too deeply"),
        ("a.csv", b"a,b\n1,2\n", "no annotations that are known here"),
        ("a.xml", b"<annotation/>", "no annotations that are known here"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    model: DetectionModel, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        bring(model, {name: content})
    assert db.session.scalar(select(DataImport)) is None
    assert not storage.imports_dir().is_dir() or not list(storage.imports_dir().iterdir())


def test_a_file_over_the_limit_is_not_read(model: DetectionModel, tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(500 * 2**20)
    with (
        huge.open("rb") as stream,
        pytest.raises(UserError, match=r"huge\.json: The file is larger than 200 MB"),
    ):
        single_request.import_annotations(model, Split.TRAIN, [Upload("huge.json", stream)], [], None)


def test_a_full_disk_is_said_and_leaves_nothing(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        """As a copy that finds no room."""

        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            self.reads += 1
            if self.reads > 1:
                raise OSError(28, "No space left on device")
            return super().read(size)

    with pytest.raises(UserError) as refused:
        single_request.import_annotations(
            model, Split.TRAIN, [Upload("l.json", Full(coco("a.png")))], [], None
        )
    assert (refused.value.code, refused.value.status) == ("disk_full", 507)
    assert db.session.scalar(select(ImportFile)) is None
    assert not storage.imports_dir().is_dir() or not list(storage.imports_dir().iterdir())


def test_a_fault_while_writing_leaves_the_model_as_it_was(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(import_writing, "write", broken)
    with pytest.raises(RuntimeError):
        bring(model, {"a.png": photo(1), "l.json": coco("a.png")})
    assert (labelled(model), db.session.scalar(select(Category))) == ({}, None)


def test_labels_that_a_person_saves_meanwhile_stay(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch, administrator: User
) -> None:
    bring(model, {"a.png": photo(1), "b.png": photo(2)})
    build = import_writing.plan.build

    def saved_in_between(data_import: DataImport, choices: ImportChoices) -> Any:
        plan = build(data_import, choices)
        # The plan says that no photo is labelled; then somebody marks one before its row is held.
        db.session.execute(
            update(Image)
            .where(Image.filename == "a.png")
            .values(labelled=True, no_object=True, annotations_version=1)
        )
        return plan

    monkeypatch.setattr(import_writing.plan, "build", saved_in_between)
    report = bring(model, {"l.json": coco("a.png", "b.png")})
    assert labelled(model) == {"a.png": 0, "b.png": 2}
    assert lines(report, "skipped") == {"photo_labelled_already": 2}


def test_an_import_stands_in_the_history_of_the_labels(model: DetectionModel) -> None:
    bring(model, {"a.png": photo(1), "l.json": coco("a.png")})
    bring(
        model,
        {"l.json": coco("a.png", shapes=1, segmentation=[[1, 1, 9, 1, 9, 9]])},
        choices=ImportChoices(conflicts=Conflict.REPLACE),
    )
    image = db.session.scalars(select(Image)).one()
    assert (image.annotations_version, labelled(model)) == (2, {"a.png": 1})
    versions = db.session.scalars(select(LabelVersion).order_by(LabelVersion.version)).all()
    assert [(one.version, one.source, one.shapes) for one in versions] == [
        (1, LabelSource.IMPORT, 2),
        (2, LabelSource.IMPORT, 1),
    ]
    with pytest.raises(UserError) as refused:
        annotation_store.replace(image, [], True, 1, source=LabelSource.API, user=None)
    assert refused.value.status == 412


def test_our_own_export_brings_its_splits_back(model: DetectionModel, administrator: User) -> None:
    other = detection_models.create_model("Again", "", administrator)
    for split, name in ((Split.TEST, "t.png"), (Split.VALIDATION, "v.png")):
        sent = [Upload("l.json", io.BytesIO(coco(name))), Upload(name, io.BytesIO(photo(len(split))))]
        single_request.import_annotations(model, split, sent, [], None)
    files = {"e.json": exported(model), "t.png": photo(4), "v.png": photo(10)}
    bring(other, files)
    splits = {image.filename: image.split for image in all_images(other)}
    assert splits == {"t.png": Split.TEST, "v.png": Split.VALIDATION}
    assert exported(other) == exported(model)


def test_our_own_export_brings_categories_back_that_no_shape_has(
    model: DetectionModel, administrator: User
) -> None:
    other = detection_models.create_model("Again", "", administrator)
    bring(model, {"l.json": coco("a.png"), "a.png": photo(1)})
    categories.ensure(model, ["scratch"])
    db.session.commit()
    bring(other, {"e.json": exported(model), "a.png": photo(1)})
    assert [one.name for one in categories.list_categories(other)] == ["fig", "scratch"]
    assert exported(other) == exported(model)


def test_our_own_zip_adds_no_photo_a_second_time_that_was_stored_otherwise(model: DetectionModel) -> None:
    """A BMP is kept as PNG, a turned JPEG upright: neither has the bytes any more that were sent."""
    turned = saved(picture(60, 80), "JPEG", exif=exif(6))
    sent = {"a.bmp": saved(picture(80, 60), "BMP"), "b.jpg": turned, "l.json": coco("a.bmp", "b.jpg")}
    bring(model, sent)
    before, labels = labelled(model), exported(model)
    choice = ExportSelection(None, LabelFormat.COCO, photos=True)
    archive = b"".join(label_files.chunks(label_files.write(model, choice), choice))
    report = bring(model, {"export.zip": archive}, choices=ImportChoices(conflicts=Conflict.REPLACE))
    assert labelled(model) == before == {"a.bmp": 2, "b.jpg": 2}
    assert (report["images"], lines(report, "fixed")) == (0, {})
    assert exported(model) == labels
    # Another photo of that name is another photo.
    bring(model, {"l.json": labels, "a.bmp": saved(picture(80, 60, "L"), "BMP")})
    assert len(labelled(model)) == 3


def test_abandoned_imports_go_and_their_photos_wait_so_long(model: DetectionModel) -> None:
    data_import = data_imports.create(model, Split.TRAIN, None)
    data_imports.receive(data_import, Upload("a.png", io.BytesIO(photo(1))))
    data_imports.receive(data_import, Upload("l.json", io.BytesIO(coco("a.png"))))
    import_id = data_import.id
    db.session.execute(update(ImageFile).values(created_at=now() - 2 * stored_files.GRACE))
    db.session.commit()
    assert stored_files.free_unneeded_files() == 0
    data_imports.remove_abandoned()
    assert storage.import_dir(import_id).is_dir()
    db.session.execute(update(DataImport).values(changed_at=now() - 2 * data_imports.KEPT))
    db.session.commit()
    data_imports.remove_abandoned()
    assert not storage.import_dir(import_id).exists()
    assert db.session.scalar(select(ImportFile)) is None
    assert stored_files.free_unneeded_files() == 1
    assert data_imports.remove_abandoned in janitor.EVERY_DAY


def test_photos_that_are_not_added_are_told(model: DetectionModel) -> None:
    bring(model, {"a.png": photo(1)})
    report = bring(
        model, {"a.png": photo(1), "x/b.png": photo(2), "y/c.png": photo(2), "l.json": coco("a.png")}
    )
    assert (report["images"], lines(report, "skipped")) == (1, {"photo_known": 1, "photo_twice": 1})
    assert [line["examples"] for line in report["skipped"]] == [["a.png"], ["y/c.png = x/b.png"]]


@pytest.mark.parametrize(
    ("members", "is_small"),
    [([b"{}"] * 50, True), ([b"{}"] * 250, False), ([b" " * 9 * 2**20], False)],
    ids=["few", "many", "heavy once it is unpacked"],
)
def test_a_zip_is_small_by_what_is_in_it(model: DetectionModel, members: list[bytes], is_small: bool) -> None:
    content = zipped(*((f"{number}.json", member) for number, member in enumerate(members)))
    assert len(content) < 100_000
    data_import = data_imports.create(model, Split.TRAIN, None)
    data_imports.receive(data_import, Upload("l.zip", io.BytesIO(content)))
    assert import_runs.is_small_to_read(data_import) is is_small


def test_labels_find_a_photo_whose_name_was_cut(model: DetectionModel) -> None:
    names = ["x" * 230 + ".png", "螺" * 90 + ".png"]
    bring(model, {names[0]: photo(1), names[1]: photo(2), "l.json": coco(*names)})
    assert list(labelled(model).values()) == [2, 2]
    # Also when it came on another day.
    bring(model, {"l.json": coco(*names)}, choices=ImportChoices(conflicts=Conflict.MERGE))
    assert list(labelled(model).values()) == [2, 2]


def test_a_small_preview_leaves_nothing_behind(model: DetectionModel) -> None:
    report = bring(model, {"s.zip": zipped(("a.png", photo(1)), ("l.json", coco("a.png")))}, dry_run=True)
    assert (report["images"], report["annotations"]) == (1, 2)
    for table in (DataImport, ImportFile, ImageFile, Image, Category):
        assert db.session.scalar(select(table)) is None, table
    assert not list(storage.imports_dir().iterdir())


def test_one_photo_under_two_names_gets_each_label_once(model: DetectionModel) -> None:
    """As Roboflow writes three versions of a photo: the same bytes, shapes that start at another point."""
    square = [[10, 10, 40, 10, 40, 40, 10, 40]]
    files = {
        "a.png": photo(1),
        "b.png": photo(1),
        "l.json": coco("a.png", "b.png", shapes=1, segmentation=square),
        "m.json": coco("b.png", shapes=1, segmentation=[square[0][2:] + square[0][:2]]),
    }
    preview = bring(model, files, dry_run=True)
    assert (preview["annotations"], preview["questions"]) == (1, [])
    report = bring(model, files)
    assert (labelled(model), lines(report, "skipped")) == ({"a.png": 1}, {"duplicate": 2, "photo_twice": 1})
    bring(
        model, {"b.png": photo(1), "l.json": files["m.json"]}, choices=ImportChoices(conflicts=Conflict.MERGE)
    )
    assert labelled(model) == {"a.png": 1}, "also where the model has it"


@pytest.mark.parametrize(("doubles", "left"), [("first", 10), ("second", 60), ("both", None)])
def test_sets_of_labels_that_differ_are_asked_about(
    model: DetectionModel, doubles: str, left: int | None
) -> None:
    files = {
        "a.png": photo(1),
        "b.png": photo(1),
        "l.json": coco("a.png", shapes=1),
        "m.json": coco("b.png", shapes=1, segmentation=[[60, 10, 75, 10, 75, 40]]),
    }
    choices = ImportChoices(doubles=Doubles(doubles))
    preview = bring(model, files, dry_run=True, choices=choices)
    (question,) = preview["questions"]
    assert (question["name"], question["default"], question["answer"]) == ("doubles", "both", doubles)
    assert (question["count"], question["examples"]) == (1, ["a.png = b.png"])
    report = bring(model, files, choices=choices)
    assert report["annotations"] == preview["annotations"] == (2 if left is None else 1)
    assert lines(report, "skipped").get("label_set_left_out", 0) == (0 if left is None else 1)
    starts = sorted(one.bbox[0] for one in db.session.scalars(select(Annotation)))
    assert starts == ([10, 60] if left is None else [left])


def test_labels_of_one_photo_by_two_tools_come_once(model: DetectionModel, shared_data: Path) -> None:
    """COCO and VIA of the same photos: VIA keeps whole pixels."""
    folder = shared_data / "bsdata" / "val"
    names = [image.file_name for image in parse_coco((folder / "annotations_coco.json").read_bytes()).images][
        :5
    ]
    sent = {Path(name).name: next(folder.rglob(Path(name).name)).read_bytes() for name in names}
    single = {
        name: (folder / name).read_bytes() for name in ("annotations_coco.json", "annotations_via.json")
    }
    expected = bring(model, {"annotations_coco.json": single["annotations_coco.json"]} | sent, dry_run=True)
    report = bring(model, single | sent)
    assert report["annotations"] == expected["annotations"] > 0


def test_labelme_and_coco_of_the_same_photos_in_one_zip(model: DetectionModel) -> None:
    shape = {"label": "fig", "points": [[10, 10], [40, 10], [40, 40], [10, 40]], "shape_type": "polygon"}
    labelme = {
        "shapes": [shape],
        "imagePath": "a.png",
        "imageData": None,
        "imageHeight": 60,
        "imageWidth": 80,
    }
    archive = zipped(
        ("set/JPEGImages/a.png", photo(1)),
        ("set/labelme/a.json", json.dumps(labelme).encode()),
        ("set/annotations.json", coco("JPEGImages/a.png", shapes=1)),
    )
    report = bring(model, {"set.zip": archive})
    assert (labelled(model), lines(report, "skipped")) == ({"a.png": 1}, {"duplicate": 1})


def test_subsets_belong_to_their_folders(model: DetectionModel) -> None:
    archive = zipped(
        ("images/Train/1.png", photo(1)),
        ("images/Val/1.png", photo(2)),
        ("annotations/instances_Train.json", coco("1.png", shapes=1)),
        ("annotations/instances_Val.json", coco("1.png", shapes=3)),
    )
    bring(model, {"set.zip": archive})
    assert labelled(model) == {"1.png": 1, "Val_1.png": 3}
    assert {image.filename: image.split for image in all_images(model)} == {
        "1.png": Split.TRAIN,
        "Val_1.png": Split.VALIDATION,
    }


def test_labels_of_another_folder_do_not_land_on_a_photo_that_came_again(model: DetectionModel) -> None:
    archive = zipped(("day2/1.png", photo(2)), ("l.json", coco("day1/1.png")))
    for _again in range(2):
        report = bring(model, {"s.zip": archive})
        assert labelled(model) == {"1.png": 0}
        assert lines(report, "skipped")["photo_in_other_folder"] == 1
    # The one that lies there under the name of its folder is meant.
    bring(model, {"s.zip": zipped(("day1/1.png", photo(1)))})
    bring(model, {"l.json": coco("day1/1.png")})
    assert labelled(model) == {"1.png": 0, "day1_1.png": 2}


def test_a_photo_that_came_again_under_another_name_is_found_by_its_own(model: DetectionModel) -> None:
    bring(model, {"b.png": photo(1)})
    bring(model, {"a.png": photo(1), "l.json": coco("b.png")})
    assert labelled(model) == {"b.png": 2}


def test_a_photo_of_another_size_is_not_the_converted_one(model: DetectionModel) -> None:
    report = bring(model, {"a.jpg": photo(1, width=200, height=60), "l.json": coco("a.jpeg")})
    assert (labelled(model), lines(report, "skipped")["photo_not_there"]) == ({"a.jpg": 0}, 1)
    bring(model, {"b.png": photo(2)})
    report = bring(model, {"l.json": coco("b.bmp")})
    assert (labelled(model)["b.png"], lines(report, "fixed")) == (2, {"photo_matched_by_stem": 1})


@pytest.mark.parametrize(("split", "expected"), [(None, "validation"), (Split.TEST, "test")])
def test_one_split_for_all_wins_over_folders(
    model: DetectionModel, split: Split | None, expected: str
) -> None:
    archive = zipped(("valid/a.png", photo(1)), ("train/b.png", photo(1)), ("valid/l.json", coco("a.png")))
    report = bring(model, {"s.zip": archive}, choices=ImportChoices(split=split))
    assert [image.split.value for image in all_images(model)] == [expected]
    assert lines(report, "fixed") == ({"photo_in_two_splits": 1} if split is None else {})


def test_another_answer_reads_the_labels_again_and_keeps_the_photos(model: DetectionModel) -> None:
    archive = zipped(("a.png", photo(1)), ("._a.png", b"x"), ("l.json", coco("a.png")))
    data_import = data_imports.create(model, Split.TRAIN, None)
    data_imports.receive(data_import, Upload("s.zip", io.BytesIO(archive)))
    import_runs.start_reading(data_import, None)
    photos = db.session.scalars(select(ImportFile.id).where(ImportFile.sha256.is_not(None))).all()
    wide = ImportChoices(reading=ReadOptions(lines=3.0))
    import_runs.start_reading(data_import, None, choices=wide)
    assert spool.read(data_import.id).options == wide.reading
    assert db.session.scalars(select(ImportFile.id).where(ImportFile.sha256.is_not(None))).all() == photos
    import_runs.start_import(data_import, ImportChoices(reading=ReadOptions(lines=5.0)), None)
    report = data_import.report or {}
    assert (report["images"], report["annotations"]) == (1, 2)
    assert lines(report, "skipped") == {"system_file": 1}, "what unpacking found is said once"


def test_a_preview_of_an_older_product_is_read_again(model: DetectionModel) -> None:
    data_import = data_imports.create(model, Split.TRAIN, None)
    data_imports.receive(data_import, Upload("a.png", io.BytesIO(photo(1))))
    data_imports.receive(data_import, Upload("l.json", io.BytesIO(coco("a.png"))))
    import_runs.start_reading(data_import, None)
    folder = storage.import_dir(data_import.id)
    (folder / "read.json").write_text('{"files": [], "categories": [], "annotations_in_file": 0}')
    (folder / "names.msgpack").write_bytes(b"\x90")
    import_runs.start_import(data_import, ImportChoices(), None)
    assert labelled(model) == {"a.png": 2}


def test_characters_that_no_database_takes(model: DetectionModel) -> None:
    document = json.loads(coco("a.png", "b\x00\ud800.png", shapes=1))
    document["annotations"][0]["id"] = "\x00\ud83d"
    document["categories"].append({"id": 7, "name": "\x00\ud800"})
    document["annotations"].append({"id": "\x00\ud800", "image_id": "\ud800", "category_id": "\x00"})
    report = bring(model, {"l\x00\ud800.json": json.dumps(document).encode(), "a.png": photo(1)})
    assert (labelled(model), report["categories"]) == ({"a.png": 1}, ["fig"])


@pytest.mark.parametrize("name", FORMATS)
def test_broken_files_end_in_a_report_or_a_refusal(model: DetectionModel, name: str) -> None:
    suffix = {"zip": "zip", "via_csv": "csv"}.get(name, "json")
    for seed in range(8):
        try:
            bring(model, {f"set/l.{suffix}": mutated(name, seed), "a.jpg": photo(1), "1.jpg": photo(2)})
        except UserError as refused:
            assert refused.status == 422


def test_how_photos_were_read_is_reported(model: DetectionModel) -> None:
    photos = {"cut-out.png": KINDS["png_transparent"](), "IMG_1.HEIC": KINDS["heic"]()}
    for options in ({"dry_run": True}, {}):
        report = bring(model, {**photos, "labels.json": coco("cut-out.png", "IMG_1.HEIC")}, **options)
        [line] = [line for line in report["fixed"] if line["code"] == "photo_remark"]
        assert line["count"] == 1
        assert line["examples"][0].startswith("cut-out.png: ")
        assert "white" in line["examples"][0]
    assert report["images"] == 2


def test_what_git_lfs_left_in_place_of_a_file_is_named(model: DetectionModel) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    report = bring(model, {"a.png": photo(1), "labels.json": pointer, "README.md": b"# Photos\n"})
    named = [example for line in report["skipped"] for example in line["examples"]]
    assert any(example.startswith("labels.json") and "Git LFS" in example for example in named)
    assert any(example.startswith("README.md") and "README" in example for example in named)
