"""Quirks of YOLO sets as tools write them, one test each: layouts, names of classes, lines, splits."""

import pytest

from tests.formats.sets.set_files import HEIGHT, WIDTH, boxes, codes, only, photos, read
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.options import QuestionName, ReadOptions

BOX = "0 0.5 0.5 0.2 0.4\n"
AS_BOX = [40.0, 15.0, 20.0, 20.0]
POLYGON = "1 0.1 0.2 0.3 0.2 0.3 0.6\n"
NAMES = "names: [nut, bolt]\n"

LAYOUTS = {
    "beside the photo": ("a.txt", "a.jpg", "data.yaml"),
    "ultralytics: labels mirror images": ("labels/train/a.txt", "images/train/a.jpg", "data.yaml"),
    "roboflow: images and labels in each split": ("train/labels/a.txt", "train/images/a.jpg", "data.yaml"),
    "all below one folder": ("set/labels/a.txt", "set/images/a.png", "set/data.yaml"),
    "capitals": ("Labels/A.TXT", "Images/a.JPG", "Data.yaml"),
    "photos without folders": ("set/labels/train/a.txt", "a.jpg", "set/data.yaml"),
    "labels without folders": ("a.txt", "set/images/a.jpg", "data.yaml"),
    "suffix of the photo kept": ("labels/a.jpg.txt", "images/a.jpg", "data.yaml"),
    "a name with dots": ("labels/a_jpg.rf.01ab.txt", "images/a_jpg.rf.01ab.jpg", "data.yaml"),
    "yaml in a folder of its own": ("labels/a.txt", "images/a.jpg", "config/set.yml"),
}


@pytest.mark.parametrize(("label", "photo", "yaml"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_photo_of_a_label_file(label: str, photo: str, yaml: str) -> None:
    reading = read({label: BOX, yaml: NAMES}, photos(photo))
    assert boxes(only(reading)) == {photo: [("nut", AS_BOX)]}
    assert reading.taken == {label, yaml}


def test_photos_of_one_name_in_two_splits_get_their_own_labels() -> None:
    files = {"data.yaml": NAMES, "train/labels/a.txt": BOX, "valid/labels/a.txt": POLYGON}
    parsed = only(read(files, photos("train/images/a.jpg", "valid/images/a.jpg")))
    found = {name: [category for category, _ in shapes] for name, shapes in boxes(parsed).items()}
    assert found == {"train/images/a.jpg": ["nut"], "valid/images/a.jpg": ["bolt"]}


def test_labels_of_another_folder_are_not_taken() -> None:
    parsed = only(read({"day1/labels/a.txt": BOX, "data.yaml": NAMES}, photos("day2/images/a.jpg")))
    assert list(boxes(parsed)) == ["day1/labels/a"], "the plan reports that it is not there"


def test_two_photos_of_one_stem_are_not_guessed() -> None:
    parsed = only(read({"a.txt": BOX, "data.yaml": NAMES}, photos("a.jpg", "a.png")))
    assert list(boxes(parsed)) == ["a"], "the plan reports that it fits two"


def test_photos_of_the_model_are_labelled_too() -> None:
    parsed = only(read({"a.txt": BOX, "classes.txt": "nut\n"}, [], in_model=photos("a.jpg")))
    assert boxes(parsed) == {"a.jpg": [("nut", AS_BOX)]}


NAME_FILES = {
    "list": ("data.yaml", "names: ['nut', 'bolt']"),
    "list in lines": ("dataset.yaml", "path: ../x\nnames:\n  - nut\n  - bolt\nnc: 2"),
    "by number": ("data.yaml", "names:\n  0: nut\n  1: bolt"),
    "by number as text": ("data.yaml", "names: {'0': nut, '1': bolt}"),
    "classes.txt": ("classes.txt", "nut\nbolt\n"),
    "classes.txt among the labels": ("labels/classes.txt", "nut\r\nbolt"),
    "obj.names": ("obj.names", "nut\nbolt\n"),
    "darknet": ("_darknet.labels", "nut\nbolt"),
    "byte order mark": ("classes.txt", "\ufeffnut\nbolt"),
}


@pytest.mark.parametrize(("file", "text"), NAME_FILES.values(), ids=NAME_FILES)
def test_the_names_of_classes(file: str, text: str) -> None:
    parsed = only(read({"labels/a.txt": BOX + POLYGON, file: text}, photos("images/a.jpg")))
    assert parsed.categories == ["nut", "bolt"]
    assert codes(parsed, "fixed") == {}


def test_names_that_yaml_takes_for_values_stay_text() -> None:
    parsed = only(read({"a.txt": BOX + POLYGON, "data.yaml": "names: [no, 1.0]"}, photos("a.jpg")))
    assert parsed.categories == ["no", "1.0"]


def test_names_in_big5() -> None:
    names = "螺絲\n".encode("cp950")
    assert only(read({"a.txt": BOX, "classes.txt": names}, photos("a.jpg"))).categories == ["螺絲"]


@pytest.mark.parametrize(
    "yaml",
    [
        "names: !!python/object/apply:os.system {a: touch broken}",
        "names: [a, *b]",
        "a: &a [*a]\nnames: [x]\n? [1]\n: 2",
        "[" * 5_000,
        "names: {a: {b: [c]}, 0: [nut]}",
    ],
    ids=["object", "alias of nothing", "recursive", "deep", "odd"],
)
def test_a_hostile_yaml_names_nothing(yaml: str) -> None:
    parsed = only(read({"a.txt": BOX, "data.yaml": yaml}, photos("a.jpg")))
    assert parsed.categories == ["class 0"]


def test_a_class_without_a_name_gets_one_and_a_remark() -> None:
    parsed = only(read({"a.txt": BOX + "3 0.5 0.5 0.1 0.1", "data.yaml": NAMES}, photos("a.jpg")))
    assert parsed.categories == ["nut", "class 3"]
    assert codes(parsed, "fixed") == {"class_unnamed": 1}
    assert codes(parsed, "skipped") == {"category_unused": 1}


def test_each_set_has_its_own_names() -> None:
    files = {"one/a.txt": BOX, "one/classes.txt": "nut", "two/b.txt": BOX, "two/classes.txt": "bolt"}
    reading = read(files, photos("one/a.jpg", "two/b.jpg"))
    assert [one.parsed.categories for one in reading.sets] == [["nut"], ["bolt"]]
    assert [one.path for one in reading.sets] == ["one/classes.txt", "two/classes.txt"]


def test_a_set_without_names_does_not_take_those_of_another() -> None:
    files = {"one/a.txt": BOX, "one/classes.txt": "nut", "two/b.txt": BOX}
    reading = read(files, photos("one/a.jpg", "two/b.jpg"))
    assert [one.parsed.categories for one in reading.sets] == [["nut"], ["class 0"]]


LINES = {
    "box": ("0 0.5 0.5 0.2 0.4", AS_BOX, True, {}),
    "polygon": ("0 0.4 0.3 0.6 0.3 0.6 0.7", AS_BOX, False, {}),
    "oriented box": ("0 0.4 0.3 0.6 0.3 0.6 0.7 0.4 0.7", AS_BOX, False, {}),
    "class as a decimal": ("0.0 0.5 0.5 0.2 0.4", AS_BOX, True, {}),
    "tabs": ("0\t0.5\t0.5\t0.2\t0.4", AS_BOX, True, {}),
    "commas": ("0, 0.5, 0.5, 0.2, 0.4", AS_BOX, True, {}),
    "exponents": ("0 5e-1 5E-1 2.0e-1 .4", AS_BOX, True, {}),
    "an odd coordinate": ("0 0.4 0.3 0.6 0.3 0.6 0.7 0.9", AS_BOX, False, {"odd_coordinates": 1}),
    "closed": ("0 0.4 0.3 0.6 0.3 0.6 0.7 0.4 0.3", AS_BOX, False, {"polygon_closed": 1}),
    "whole photo": ("0 0.5 0.5 1.000001 1.000001", [0.0, 0.0, float(WIDTH), float(HEIGHT)], True, {}),
}


@pytest.mark.parametrize(("line", "bbox", "is_box", "fixed"), LINES.values(), ids=LINES)
def test_lines(line: str, bbox: list[float], is_box: bool, fixed: dict[str, int]) -> None:
    parsed = only(read({"a.txt": line, "classes.txt": "nut"}, photos("a.jpg")))
    (shape,) = parsed.images[0].shapes
    assert boxes(parsed) == {"a.jpg": [("nut", bbox)]}
    assert shape.is_box is is_box
    assert codes(parsed, "fixed") == fixed


BROKEN = {
    "too few": ("0 0.5 0.5", "row_unreadable"),
    "words": ("0 nut 0.5 0.2 0.4", "row_unreadable"),
    "no class": ("x 0.5 0.5 0.2 0.4", "row_unreadable"),
    "negative class": ("-1 0.5 0.5 0.2 0.4", "row_unreadable"),
    "absurd class": ("123456789 0.5 0.5 0.2 0.4", "row_unreadable"),
    "nan": ("0 nan 0.5 0.2 0.4", "not_numbers"),
    "infinite": ("0 0.5 1e999 0.2 0.4", "not_numbers"),
    "pixels": ("0 320 240 64 48", "not_shares"),
    "no size": ("0 0.5 0.5 0 0.4", "no_area"),
    "on a line": ("0 0.1 0.1 0.2 0.2 0.3 0.3", "no_area"),
}


@pytest.mark.parametrize(("line", "code"), BROKEN.values(), ids=BROKEN)
def test_lines_that_are_left_out(line: str, code: str) -> None:
    parsed = only(read({"a.txt": BOX + line, "classes.txt": "nut"}, photos("a.jpg")))
    assert boxes(parsed) == {"a.jpg": [("nut", AS_BOX)]}
    assert codes(parsed, "skipped") == {code: 1}
    finding = next(one for one in parsed.skipped if one.code == code)
    assert finding.examples == ["a.txt:2"]


BESIDE = {
    "confidence": ("0 0.5 0.5 0.2 0.4 0.93", "names: [nut]", "confidence"),
    "key points": ("0 0.5 0.5 0.2 0.4 0.1 0.1 2 0.2 0.2 1", "names: [nut]\nkpt_shape: [2, 3]", "keypoints"),
}


@pytest.mark.parametrize(("line", "yaml", "name"), BESIDE.values(), ids=BESIDE)
def test_what_is_not_kept_of_a_line_is_said(line: str, yaml: str, name: str) -> None:
    parsed = only(read({"a.txt": line, "data.yaml": yaml}, photos("a.jpg")))
    assert boxes(parsed) == {"a.jpg": [("nut", AS_BOX)]}
    assert [one.code for one in parsed.skipped] == ["attribute_not_kept"]
    assert name in parsed.skipped[0].examples[0]


def test_oriented_boxes_of_dota_are_in_pixels_and_say_the_name() -> None:
    text = "imagesource:GoogleEarth\ngsd:0.14\n40 15 60 15 60 35 40 35 storage-tank 1\n"
    parsed = only(read({"labelTxt/a.txt": text}, photos("images/a.png")))
    assert boxes(parsed) == {"images/a.png": [("storage-tank", AS_BOX)]}
    assert codes(parsed, "skipped") == {"attribute_not_kept": 1}


def test_a_line_whose_category_is_no_name_is_not_read() -> None:
    text = "0 0.5 0.5 0.2 0.4\n2 0.4 0.3 0.6 0.3 0.6 0.7 0.4 \x00\n"
    parsed = only(read({"data.yaml": NAMES, "labels/a.txt": text}, photos("images/a.jpg")))
    assert codes(parsed, "skipped")["row_unreadable"] == 1
    assert "" not in parsed.categories


def test_an_empty_file_is_a_photo_without_objects_which_is_asked_once() -> None:
    files = {"data.yaml": NAMES, "labels/a.txt": BOX, "labels/b.txt": "", "labels/c.txt": "\n"}
    sent = photos("images/a.jpg", "images/b.jpg", "images/c.jpg")
    parsed = only(read(files, sent))
    (question,) = parsed.questions
    assert (question.name, question.count) == (QuestionName.EMPTY, 2)
    assert codes(parsed, "skipped") == {"category_unused": 1, "empty_unlabelled": 2}
    assert question.examples == ["images/b.jpg", "images/c.jpg"]
    assert [image.no_object for image in parsed.images] == [False, False, False]
    parsed = only(read(files, sent, options=ReadOptions(empty="no_object")))
    assert [image.no_object for image in parsed.images] == [False, True, True]


def test_a_file_of_broken_lines_is_not_asked_about() -> None:
    files = {"classes.txt": "nut", "a.txt": BOX, "b.txt": "0 0.5 0.5 0 0"}
    assert only(read(files, photos("a.jpg", "b.jpg"))).questions == []


def test_lists_say_the_split() -> None:
    files = {
        "obj.names": "nut",
        "obj.data": "classes = 1\ntrain = data/train.txt\nnames = data/obj.names",
        "obj_train_data/a.txt": BOX,
        "obj_train_data/b.txt": BOX,
        "train.txt": "data/obj_train_data/a.jpg\n",
        "valid.txt": "C:\\data\\obj_train_data\\b.jpg\r\ndata/obj_train_data/gone.jpg\n",
    }
    reading = read(files, photos("obj_train_data/a.jpg", "obj_train_data/b.jpg"))
    splits = {image.file_name: image.split for image in only(reading).images}
    assert splits["obj_train_data/a.jpg"] == "train"
    assert splits["obj_train_data/b.jpg"] == "validation"
    assert splits["data/obj_train_data/gone.jpg"] == "validation", "the plan reports that it is not there"
    assert reading.taken == set(files)


def test_folders_of_the_yaml_say_the_split() -> None:
    files = {
        "data.yaml": "train: ../part1/images\nval: ./part2/images\nnames: [nut]",
        "part1/labels/a.txt": BOX,
        "part2/labels/b.txt": BOX,
    }
    parsed = only(read(files, photos("part1/images/a.jpg", "part2/images/b.jpg", "part2/images/c.jpg")))
    splits = {image.file_name: image.split for image in parsed.images}
    assert splits == {
        "part1/images/a.jpg": "train",
        "part2/images/b.jpg": "validation",
        "part2/images/c.jpg": "validation",
    }
    assert parsed.questions[0].examples == ["part2/images/c.jpg"], "listed without labels"


def test_two_label_files_of_one_photo_do_not_double_its_shapes() -> None:
    parsed = only(
        read({"labels/a.txt": BOX, "images/a.txt": BOX, "classes.txt": "nut"}, photos("images/a.jpg"))
    )
    assert boxes(parsed) == {"images/a.jpg": [("nut", AS_BOX)]}
    assert codes(parsed, "skipped") == {"duplicate": 1}


NO_SET = {
    "a readme": {"README.txt": "Exported by a tool.\nSee https://example.test"},
    "a caption": {"a.txt": "a photo of a nut"},
    "figures of something else": {"measured.txt": "1 20.5 30.5 40 50\n2 3 4 5 6"},
    "a yaml of something else": {"compose.yaml": "services: {web: {image: x}}"},
    "names alone": {"classes.txt": "nut"},
}


@pytest.mark.parametrize("files", NO_SET.values(), ids=NO_SET)
def test_other_texts_are_left_to_others(files: dict[str, bytes | str]) -> None:
    reading = read(files, photos("a.jpg"))
    assert reading.sets == []
    assert reading.taken == set()


def test_a_readme_beside_a_set_is_left_to_others() -> None:
    reading = read({"README.txt": "Made by a tool.", "a.txt": BOX, "classes.txt": "nut"}, photos("a.jpg"))
    assert "README.txt" not in reading.taken


def test_shares_of_ten_digits_come_back_to_the_millionth_of_a_pixel() -> None:
    size = {"width": 4032, "height": 3024}
    points = [(1234.567891, 17.25), (4031.999999, 0.000001), (2000.1, 3023.5)]
    shares = " ".join(f"{x / 4032:.12f} {y / 3024:.12f}" for x, y in points)
    parsed = only(read({"a.txt": f"0 {shares}", "classes.txt": "nut"}, photos("a.jpg", **size)))
    (image,) = parsed.images
    (shape,) = fit_to_image(image, 4032, 3024).shapes
    assert isinstance(shape.segmentation, list)
    assert shape.segmentation[0] == [value for point in points for value in point]
