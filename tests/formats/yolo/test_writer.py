"""A YOLO set for segmentation: what its texts say of each label."""

from tests.formats.coco.test_writer import export_shape, image, ring
from tests.formats.exports.written import text, write, write_one
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.formats.masks.rle import decode_mask, encode_mask, polygons_to_rle, rectangle

YOLO = LabelFormat.YOLO
TRIANGLE = [16.0, 12.0, 32.0, 12.0, 16.0, 24.0]
OTHER = [40.0, 12.0, 60.0, 12.0, 60.0, 24.0]


def lines_of(files: dict[str, bytes]) -> list[list[float]]:
    return [list(map(float, line.split())) for line in text(files, "labels/train/0.txt").splitlines()]


def test_a_line_is_the_class_and_shares_of_the_photo() -> None:
    files, losses = write_one(YOLO, export_shape("無花果", [TRIANGLE]))
    assert text(files, "labels/train/0.txt") == "1 0.25 0.25 0.5 0.25 0.25 0.5\n"
    assert losses == {}


def test_the_yaml_names_classes_and_the_folders_of_the_splits_that_have_photos() -> None:
    photos = [(image(0), []), (image(1, split="validation"), [])]
    files, _losses = write(YOLO, photos, ["date", 'a: "b" # \u2028\U0001f600', "no"])
    assert text(files, "data.yaml") == (
        "train: images/train\nval: images/validation\nnc: 3\nnames:\n"
        '  0: "date"\n  1: "a: \\"b\\" # \\u2028\U0001f600"\n  2: "no"\n'
    )


def test_a_photo_without_objects_has_an_empty_text() -> None:
    files, losses = write(YOLO, [(image(0, no_object=True), [])])
    assert (files["labels/train/0.txt"], losses) == (b"", {})


def test_a_box_is_its_four_corners() -> None:
    files, losses = write_one(YOLO, export_shape("date", [rectangle([16.0, 12.0, 16.0, 24.0])], is_box=True))
    assert lines_of(files) == [[0, 0.25, 0.25, 0.5, 0.25, 0.5, 0.75, 0.25, 0.75]]
    assert losses == {FormatLoss.BOXES: 1}


def covers(line: list[float]) -> bytes:
    flat = [share * (48 if index % 2 else 64) for index, share in enumerate(line[1:])]
    return decode_mask(polygons_to_rle([flat], 64, 48)).tobytes()


def test_pieces_are_one_object_that_covers_the_same() -> None:
    files, losses = write_one(YOLO, export_shape("date", [TRIANGLE, OTHER]))
    (line,) = lines_of(files)
    assert covers(line) == decode_mask(polygons_to_rle([TRIANGLE, OTHER], 64, 48)).tobytes()
    assert losses == {FormatLoss.SEVERAL_POLYGONS: 1}


def test_pieces_that_overlap_cover_what_they_have_in_common() -> None:
    pieces = [
        rectangle([10.0, 10.0, 20.0, 20.0]),
        rectangle([20.0, 20.0, 20.0, 20.0]),
        rectangle([15.0, 15.0, 5.0, 5.0]),
    ]
    (line,) = lines_of(write_one(YOLO, export_shape("date", pieces))[0])
    assert covers(line) == decode_mask(polygons_to_rle(pieces, 64, 48)).tobytes()


def test_a_mask_of_pieces_with_holes_is_one_object_that_covers_the_same() -> None:
    mask = decode_mask(ring(3, 4, 5))
    mask[40:44, 50:60] = 1
    files, losses = write_one(YOLO, export_shape("date", encode_mask(mask), iscrowd=True))
    (line,) = lines_of(files)
    assert covers(line) == mask.tobytes()
    assert losses == {
        FormatLoss.MASKS: 1,
        FormatLoss.HOLES: 1,
        FormatLoss.SEVERAL_POLYGONS: 1,
        FormatLoss.CROWDS: 1,
    }
