"""Label Studio's JSON: tasks, and regions in percent of the photo."""

from typing import Any

from tests.formats.coco.test_writer import export_shape, image, ring
from tests.formats.exports.written import document, write, write_one
from webapp.formats.exports.formats import LabelFormat
from webapp.formats.exports.writer import FormatLoss
from webapp.formats.labelstudio.brush import brush_bytes
from webapp.formats.masks.rle import encode_mask, rectangle

STUDIO = LabelFormat.LABELSTUDIO
TRIANGLE = [16.0, 12.0, 32.0, 12.0, 16.0, 24.0]


def tasks(files: dict[str, bytes]) -> Any:
    return document(files, "tasks.json")


def test_a_task_names_its_photo_and_its_split() -> None:
    files, losses = write(
        STUDIO, [(image(0), []), (image(1, file_name="#1 照.jpg", split="test", no_object=True), [])]
    )
    first, second = tasks(files)
    assert first["data"] == {"image": "/data/local-files/?d=images/train/0.jpg", "split": "train"}
    assert second["data"]["image"] == "/data/local-files/?d=images/test/%231%20%E7%85%A7.jpg"
    assert second["annotations"] == [{"id": 2, "result": [], "was_cancelled": False, "ground_truth": False}]
    assert losses == {}


def test_regions_are_in_percent() -> None:
    box = export_shape("date", [rectangle([16.0, 12.0, 32.0, 6.0])], is_box=True)
    files, losses = write_one(STUDIO, export_shape("無花果", [TRIANGLE]), box)
    ((outline, rectangle_),) = [task["annotations"][0]["result"] for task in tasks(files)]
    assert outline["value"] == {
        "points": [[25, 25], [50, 25], [25, 50]], "closed": True, "polygonlabels": ["無花果"],
    }  # fmt: skip
    assert rectangle_["value"] == {
        "x": 25, "y": 25, "width": 50, "height": 12.5, "rotation": 0, "rectanglelabels": ["date"],
    }  # fmt: skip
    assert (outline["original_width"], outline["original_height"], outline["type"]) == (
        64,
        48,
        "polygonlabels",
    )
    assert losses == {}


def test_masks_and_pieces_are_drawn_by_the_brush() -> None:
    files, losses = write_one(
        STUDIO, export_shape("date", ring(3, 4, 5)), export_shape("date", [TRIANGLE, TRIANGLE])
    )
    first, second = tasks(files)[0]["annotations"][0]["result"]
    assert first["value"] == {"format": "rle", "rle": brush_bytes(ring(3, 4, 5)), "brushlabels": ["date"]}
    assert second["type"] == "brushlabels"
    assert losses == {FormatLoss.SEVERAL_POLYGONS: 1}


def test_a_zip_has_the_labelling_interface_of_its_regions() -> None:
    files, _losses = write(STUDIO, [(image(0), [])], ['<"a">'], with_photos=True)
    interface = files["labeling_config.xml"].decode()
    for tool in ("PolygonLabels", "RectangleLabels", "BrushLabels"):
        assert (
            f'<{tool} name="{tool.lower()}" toName="image"><Label value="&lt;&quot;a&quot;&gt;"/></{tool}>'
            in interface
        )


def test_the_brush_packs_runs_of_four_values_a_pixel() -> None:
    """The pixels 0 1 1 0 of a photo of 2 x 2: 4 values of 0, 8 of 255, 4 of 0."""
    header = f"{16:032b}" + f"{7:05b}" + "0010" + "0011" + "0111" + "1111"
    runs = "1" + "00" + "011" + "00000000" + "1" + "00" + "111" + "11111111" + "1" + "00" + "011" + "00000000"
    bits = header + runs
    bits += "0" * (-len(bits) % 8)
    assert bytes(brush_bytes(encode_mask([[0, 1], [1, 0]]))) == int(bits, 2).to_bytes(len(bits) // 8)
