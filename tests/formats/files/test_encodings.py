"""Names and texts of Windows of Taiwan, China and Japan from before UTF-8."""

import io
import json

import pytest

from tests.formats.coco.coco_files import annotation, coco
from tests.formats.files.zip_files import with_raw_names
from tests.formats.via.via_files import labelme, labelme_shape, region, via_csv
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import FormatFault, FormatRejected
from webapp.formats.files.any_archive import open_archive
from webapp.formats.files.text_source import TextSource

TRADITIONAL = ["新資料夾/刮傷_001.jpg", "新資料夾/裂痕.jpg", "螺絲孔/側面 (2).jpg", "良品/標註.json"]
SIMPLIFIED = ["新建文件夹/划伤_001.jpg", "新建文件夹/裂纹.jpg", "螺丝孔/侧面 (2).jpg", "良品/标注.json"]
JAPANESE = ["新しいフォルダー/キズ_001.jpg", "検査/割れ.jpg", "ネジ穴/表面 (2).jpg", "良品/ｷｽﾞ.jpg"]
OLD = [("cp950", TRADITIONAL), ("gbk", SIMPLIFIED), ("cp932", JAPANESE)]


def names_in(names: list[str], encoding: str, *others: tuple[str, bytes]) -> list[str]:
    """What the photos of a zip are called whose names are in this encoding; the others are in it as well."""
    members = [(name.encode(encoding), b"photo") for name in names]
    members += [(name.encode(encoding), content) for name, content in others]
    with open_archive(io.BytesIO(with_raw_names(*members))) as archive:
        return [member.name for member in archive.members][: len(names)]


@pytest.mark.parametrize(("encoding", "names"), OLD)
def test_all_names_of_a_zip_are_in_the_encoding_that_makes_them_readable(
    encoding: str, names: list[str]
) -> None:
    assert names_in(names, encoding) == names
    for name in names:
        assert names_in([name], encoding) == [name]


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [("gbk", "弹簧.jpg"), ("cp950", "煥漆.jpg"), ("cp932", "崔.jpg"), ("cp932", "ｷｽ.jpg")],
)
def test_names_that_could_be_several_are_what_the_labels_call_them(
    encoding: str, name: str, escaped: bool
) -> None:
    labels = json.dumps({"imagePath": f"..\\\\{name}", "shapes": []}, ensure_ascii=escaped)
    assert names_in([name], encoding, ("labels.json", labels.encode())) == [name]


@pytest.mark.parametrize("encoding", ["gbk", "cp950", "cp932"])
def test_names_are_in_the_encoding_of_the_labels_where_these_are_in_an_old_one_too(encoding: str) -> None:
    name, label = {"gbk": ("弹簧", "划痕"), "cp950": ("煥漆", "刮傷裂痕"), "cp932": ("崔", "キズ")}[encoding]
    labels = json.dumps({"imagePath": f"{name}.jpg", "shapes": [{"label": label}]}, ensure_ascii=False)
    assert names_in([f"{name}.jpg"], encoding, ("labels.json", labels.encode(encoding))) == [f"{name}.jpg"]


def test_utf_8_without_its_flag_and_western_names_stay_what_they_are() -> None:
    names = ["照片/刮傷.jpg", "キズ.jpg", "划伤.jpg", "Größe.jpg"]
    assert names_in(names, "utf-8") == names
    for name in (*names, "café.jpg"):
        assert names_in([name], "utf-8") == [name]
    western = ["Größe.jpg", "pièce n°1.jpg", "Übersicht.jpg"]
    assert names_in(western[::2], "cp437") == western[::2]


def test_a_character_that_ends_with_a_backslash_is_no_folder() -> None:
    assert names_in(["表面/表.jpg"], "cp932") == ["表面/表.jpg"]
    assert names_in(["功能\\\\許.jpg"], "cp950") == ["功能/許.jpg"]


def texts(category: str, photo: str) -> dict[str, bytes]:
    """One shape in three formats, in UTF-8."""
    listed = {"images": [{"id": 1, "file_name": photo}], "categories": [{"id": 1, "name": category}]}
    return {
        "a.json": json.dumps(json.loads(coco(annotation(), **listed)), ensure_ascii=False).encode(),
        "b.json": json.dumps(
            json.loads(labelme(labelme_shape(label=category), imagePath=photo)), ensure_ascii=False
        ).encode(),
        "c.csv": via_csv(
            (photo, region()["shape_attributes"], json.dumps({"label": category}, ensure_ascii=False))
        ),
    }


@pytest.mark.parametrize(
    ("encoding", "category", "photo"),
    [
        ("cp950", "無花果", "照片.jpg"),
        ("gb18030", "划痕", "新建文件夹/照片.jpg"),
        ("cp932", "キズ", "写真.jpg"),
        ("cp932", "打痕", "表面_ｷｽﾞ.jpg"),
    ],
)
@pytest.mark.parametrize("filename", ["a.json", "b.json", "c.csv"])
def test_labels_in_an_old_encoding_are_understood_and_reported(
    encoding: str, category: str, photo: str, filename: str
) -> None:
    result = parse_annotations(texts(category, photo)[filename].decode().encode(encoding), filename)
    assert [(image.file_name, image.shapes[0].category) for image in result.images] == [(photo, category)]
    (finding,) = (finding for finding in result.fixed if finding.code == Fault.TEXT_ENCODING)
    assert finding.examples == [encoding]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("filename", ["a.json", "b.json", "c.csv"])
def test_unicode_with_and_without_a_mark_needs_no_remark(encoding: str, filename: str) -> None:
    result = parse_annotations(texts("刮傷", "照片.jpg")[filename].decode().encode(encoding), filename)
    assert (result.images[0].file_name, result.images[0].shapes[0].category) == ("照片.jpg", "刮傷")
    assert Fault.TEXT_ENCODING not in {finding.code for finding in result.fixed}


def test_damaged_utf_8_is_not_taken_for_gbk() -> None:
    damaged = texts("划伤", "新建文件夹.jpg")["b.json"].replace("夹".encode(), b"\xe5\xa4")
    with pytest.raises(FormatRejected) as caught:
        parse_annotations(damaged, "b.json")
    assert caught.value.code == FormatFault.NOT_TEXT


def test_the_encoding_is_found_however_late_its_characters_come() -> None:
    late = b'{"a": "' + b"x" * 3_000_000 + '", "b": "划痕"}'.encode("gbk")
    assert TextSource(late).encoding == "gb18030"
