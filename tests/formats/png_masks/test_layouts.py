"""Layouts of mask sets as tools and public sets have them: whose mask it is, what of, and when it is none at all."""

import numpy as np
import pytest

from tests.formats.sets.set_files import Array, boxes, canvas, codes, only, photos, png, read, voc_png
from webapp.formats.annotations.options import QuestionName, ReadOptions

ONE = canvas((255, 10, 5, 30, 20))
BBOX = [10.0, 5.0, 30.0, 20.0]
EMPTY = canvas()
GRAIN = np.random.default_rng(0).integers(0, 255, ONE.shape, dtype=np.uint8)

LAYOUTS = {
    "images beside masks": ("masks/a.png", "images/a.jpg", "object"),
    "one folder down": ("set/masks/a.png", "set/images/a.jpg", "object"),
    "in splits": ("train/masks/a.png", "train/images/a.jpg", "object"),
    "splits inside": ("masks/val/a.png", "images/val/a.jpg", "object"),
    "capitals": ("Masks/A.PNG", "Images/a.jpg", "object"),
    "photos without folders": ("set/masks/a.png", "a.jpg", "object"),
    "annotations": ("annotations/a.png", "images/a.jpg", "object"),
    "a suffix in the folder": ("masks/a_mask.png", "images/a.jpg", "object"),
    "a suffix beside the photo": ("a_mask.png", "a.jpg", "object"),
    "_seg": ("x/a_seg.png", "x/a.png", "object"),
    "_label": ("x/a_label.png", "x/a.png", "object"),
    "-mask": ("x/a-mask.png", "x/a.png", "object"),
    "a prefix": ("masks/mask_a.png", "images/a.jpg", "object"),
    "supervisely": ("ds/masks_machine/a.png", "ds/img/a.jpg", "object"),
    "a category by folder": ("masks/scratch/a.png", "images/a.jpg", "scratch"),
    "a category by mirrored folder": ("masks/scratch/a.png", "images/scratch/a.jpg", "scratch"),
    "a category by suffix": ("masks/a_scratch.png", "images/a.jpg", "scratch"),
    "a category and a suffix": ("masks/a_deep_scratch_mask.png", "images/a.jpg", "deep_scratch"),
    "mvtec": ("ground_truth/scratch/000_mask.png", "test/scratch/000.png", "scratch"),
    "mvtec, all products": ("b/ground_truth/scratch/000_mask.png", "b/test/scratch/000.png", "scratch"),
    "mvtec 2": ("test_public/ground_truth/bad/0_mask.png", "test_public/bad/0.png", "bad"),
    "mvtec loco": ("ground_truth/logical/001/000.png", "test/logical/001.png", "logical"),
    "a folder of each photo": ("ab12/masks/9f3.png", "ab12/images/ab12.png", "object"),
    "bmp": ("masks/a.bmp", "images/a.jpg", "object"),
}


@pytest.mark.parametrize(("mask", "photo", "category"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_photo_and_the_category_of_a_mask(mask: str, photo: str, category: str) -> None:
    content = png(ONE, "BMP" if mask.endswith("bmp") else "PNG")
    reading = read({mask: content}, photos(photo, "images/other.jpg"))
    assert boxes(only(reading)) == {photo: [(category, BBOX)]}
    assert reading.masks == {mask}
    taken = next(one for one in only(reading).fixed if one.code == "mask_taken")
    assert taken.examples == [f"{mask} → {photo}"]


def test_masks_of_one_name_in_two_products_keep_to_their_own() -> None:
    files = {f"{p}/ground_truth/{d}/000_mask.png": png(ONE) for p, d in (("a", "cut"), ("b", "dent"))}
    reading = read(files, photos("a/test/cut/000.png", "b/test/dent/000.png"))
    assert [boxes(one.parsed) for one in reading.sets] == [
        {"a/test/cut/000.png": [("cut", BBOX)]},
        {"b/test/dent/000.png": [("dent", BBOX)]},
    ]


def test_photos_in_mvtecs_folder_good_show_no_object() -> None:
    sent = photos("p/test/cut/000.png", "p/test/good/000.png", "p/train/good/000.png", "q/good/1.png")
    parsed = only(read({"p/ground_truth/cut/000_mask.png": png(ONE)}, sent))
    marked = {image.file_name for image in parsed.images if image.no_object}
    assert marked == {"p/test/good/000.png", "p/train/good/000.png"}
    assert codes(parsed, "fixed")["good_folder"] == 2
    assert parsed.questions == []


def test_a_mask_for_each_object_of_a_photo() -> None:
    pieces = png(canvas((255, 1, 1, 5, 5), (255, 20, 20, 5, 5)))
    parsed = only(read({"masks/a_1.png": pieces, "masks/a_2.png": png(ONE)}, photos("images/a.jpg")))
    assert boxes(parsed) == {"images/a.jpg": [("object", [1.0, 1.0, 24.0, 24.0]), ("object", BBOX)]}


def test_a_mask_for_each_category_of_a_photo() -> None:
    files = {"masks/cut/a.png": png(ONE), "masks/dent/a.png": png(ONE), "masks/dent/b.png": png(EMPTY)}
    parsed = only(read(files, photos("images/a.jpg", "images/b.jpg")))
    assert boxes(parsed) == {"images/a.jpg": [("cut", BBOX), ("dent", BBOX)], "images/b.jpg": []}


def test_an_empty_mask_is_a_photo_without_objects_which_is_asked() -> None:
    files = {"masks/a.png": png(ONE), "masks/b.png": png(EMPTY)}
    sent = photos("images/a.jpg", "images/b.jpg")
    parsed = only(read(files, sent))
    assert [(one.name, one.examples) for one in parsed.questions] == [(QuestionName.EMPTY, ["images/b.jpg"])]
    answered = only(read(files, sent, options=ReadOptions(empty="no_object")))
    assert [image.no_object for image in answered.images] == [False, True]


def test_masks_of_photos_of_the_model() -> None:
    parsed = only(read({"masks/a_mask.png": png(ONE)}, [], in_model=photos("a.jpg")))
    assert boxes(parsed) == {"a.jpg": [("object", BBOX)]}


def test_a_mask_without_its_photo_is_said_and_is_no_photo() -> None:
    reading = read({"masks/a.png": png(ONE), "masks/b.png": png(ONE)}, photos("images/a.jpg"))
    assert codes(only(reading), "skipped") == {"mask_without_photo": 1}
    assert reading.masks == {"masks/a.png", "masks/b.png"}


def test_a_mask_of_other_proportions_is_said() -> None:
    files = {"masks/a.png": png(ONE), "masks/b.png": png(ONE[:30])}
    parsed = only(read(files, photos("images/a.jpg", "images/b.jpg")))
    assert codes(parsed, "skipped") == {"mask_size": 1}


def test_a_damaged_mask_is_said() -> None:
    reading = read(
        {"masks/a.png": png(ONE), "masks/b.png": png(ONE)[:60]}, photos("images/a.jpg", "images/b.jpg")
    )
    assert codes(only(reading), "skipped") == {"mask_unreadable": 1}
    assert "masks/b.png" in reading.masks


def test_views_for_people_are_neither_masks_nor_photos() -> None:
    files = {"ds/masks_machine/a.png": png(ONE), "ds/masks_human/a.png": png(GRAIN)}
    reading = read(files, photos("ds/img/a.jpg"))
    assert codes(only(reading), "skipped") == {"mask_picture": 1}
    assert reading.masks == set(files)


PHOTOS = {
    "photos in a folder of masks": {"masks/a.png": png(GRAIN), "masks/b.png": png(GRAIN)},
    "one photo among masks": {"masks/a.png": png(ONE), "masks/b.png": png(GRAIN)},
    "a picture of no photo": {"masks/x.png": png(ONE)},
    "a folder that says nothing": {"drawings/a.png": png(ONE)},
    "most belong to no photo": {f"labels/{name}.png": png(ONE) for name in "axyz"},
    "a colour photo": {"a_mask.png": png(np.stack([GRAIN, GRAIN.T.reshape(GRAIN.shape), GRAIN], axis=2))},
    "a soft photo": {"masks/a.png": png(np.tile(np.arange(100, dtype=np.uint8), (50, 1)))},
    "masks of people, by size": {"masks/a.png": png(ONE[:20])},
}


@pytest.mark.parametrize("files", PHOTOS.values(), ids=PHOTOS)
def test_photos_that_are_called_like_masks_stay_photos(files: dict[str, bytes]) -> None:
    reading = read(files, photos("images/a.jpg", "images/b.jpg", "a.jpg"))
    assert reading.masks == set()
    assert reading.sets == []


def test_a_photo_in_a_folder_of_labels_with_its_mask_beside_it_is_a_photo() -> None:
    reading = read({"labels/a.png": png(GRAIN), "labels/a_mask.png": png(ONE)}, photos("labels/a.png"))
    assert reading.masks == {"labels/a_mask.png"}
    assert boxes(only(reading)) == {"labels/a.png": [("object", BBOX)]}


def voc(classes: Array, objects: Array | None = None) -> dict[str, bytes | str]:
    files: dict[str, bytes | str] = {"SegmentationClass/a.png": voc_png(classes)}
    if objects is not None:
        files["SegmentationObject/a.png"] = voc_png(objects)
    return files


def test_voc_objects_take_their_class_from_the_other_mask() -> None:
    classes = canvas((3, 0, 0, 10, 10), (3, 10, 0, 10, 10), (1, 50, 20, 10, 10))
    objects = canvas((1, 0, 0, 10, 10), (2, 10, 0, 10, 10), (3, 50, 20, 10, 10))
    files = voc(classes, objects) | {
        "labelmap.txt": "background:0,0,0::\nnut:128,0,0::\nx:0,128,0::\nbolt:128,128,0::"
    }
    reading = read(files, photos("JPEGImages/a.jpg"))
    parsed = only(reading)
    assert boxes(parsed) == {
        "JPEGImages/a.jpg": [
            ("bolt", [0.0, 0.0, 10.0, 10.0]),
            ("bolt", [10.0, 0.0, 10.0, 10.0]),
            ("nut", [50.0, 20.0, 10.0, 10.0]),
        ]
    }
    assert codes(parsed, "fixed") == {"mask_taken": 2}
    assert reading.taken == {"labelmap.txt"}


def test_voc_without_objects_divides_areas_with_a_remark() -> None:
    parsed = only(read(voc(canvas((2, 0, 0, 5, 5), (2, 20, 20, 5, 5))), photos("JPEGImages/a.jpg")))
    assert boxes(parsed)["JPEGImages/a.jpg"] == [
        ("class 2", [0.0, 0.0, 5.0, 5.0]),
        ("class 2", [20.0, 20.0, 5.0, 5.0]),
    ]
    assert codes(parsed, "fixed") == {"mask_taken": 1, "mask_divided": 1, "class_unnamed": 1}


def test_vocs_void_belongs_to_no_object() -> None:
    classes = canvas((255, 9, 9, 12, 12), (5, 10, 10, 10, 10))
    objects = canvas((255, 9, 9, 12, 12), (1, 10, 10, 10, 10))
    parsed = only(read(voc(classes, objects), photos("JPEGImages/a.jpg")))
    assert boxes(parsed) == {"JPEGImages/a.jpg": [("class 5", [10.0, 10.0, 10.0, 10.0])]}
    assert codes(parsed, "skipped") == {"mask_void": 2}


def test_what_vocs_objects_leave_out_is_an_object_too() -> None:
    classes = canvas((1, 0, 0, 5, 5), (2, 20, 20, 5, 5))
    parsed = only(read(voc(classes, canvas((1, 0, 0, 5, 5))), photos("JPEGImages/a.jpg")))
    assert sorted(boxes(parsed)["JPEGImages/a.jpg"]) == [
        ("class 1", [0.0, 0.0, 5.0, 5.0]),
        ("class 2", [20.0, 20.0, 5.0, 5.0]),
    ]


def test_voc_2012_has_names_of_its_own() -> None:
    files = {f"VOCdevkit/VOC2012/{name}": content for name, content in voc(canvas((15, 0, 0, 5, 5))).items()}
    parsed = only(read(files, photos("VOCdevkit/VOC2012/JPEGImages/a.jpg")))
    assert parsed.categories == ["person"]


def test_voc_lists_say_the_split() -> None:
    files = voc(canvas((1, 0, 0, 5, 5))) | {
        "ImageSets/Segmentation/val.txt": "a\nb\n",
        "ImageSets/Main/train.txt": "a\n",
        "ImageSets/Main/nut_train.txt": "b 1\n",
    }
    reading = read(files, photos("JPEGImages/a.jpg", "JPEGImages/b.jpg"))
    splits = {image.file_name: image.split for image in only(reading).images}
    assert splits == {"JPEGImages/a.jpg": "validation", "JPEGImages/b.jpg": "validation"}
    assert len(reading.taken) == 3


def test_voc_masks_alone_are_no_photos() -> None:
    reading = read(voc(canvas((1, 0, 0, 5, 5))), [])
    assert reading.masks == {"SegmentationClass/a.png"}
    assert codes(only(reading), "skipped") == {"mask_without_photo": 1}
