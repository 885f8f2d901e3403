"""Photos with more than 8 bits among those of an import."""

import io
from typing import Any

from flask.testing import FlaskClient
from PIL import Image

from tests.formats.files.zip_files import zipped
from tests.formats.images.deep_files import camera, png, tiff
from tests.rest.sending import coco, form, photo_file


def findings(report: dict[str, Any]) -> dict[str, list[str]]:
    return {line["code"]: line["examples"] for line in report["fixed"] if line["code"].startswith("values")}


def test_preview_and_report_say_the_range_and_what_lies_beyond(
    api: FlaskClient, model: dict[str, Any]
) -> None:
    address = f"/api/v1/models/{model['id']}"

    def send(query: str, *names: str, **photos: bytes) -> dict[str, Any]:
        files = [photo_file(f"{name}.png", data) for name, data in photos.items()]
        answer = api.post(f"{address}/imports{query}", data=form(files=files, annotations=coco(list(names))))
        return answer.get_json()

    twelve = {"a": png(camera(900)), "b": png(camera(3000)), "c": png(camera(700, colours=3), [10])}
    names = ("a.png", "b.png", "c.png")
    said = {"values_shown": ["a.png (0–4095)", "b.png (0–4095)", "c.png (0–1023)"]}
    assert findings(send("?dry_run=true", *names, **twelve)) == said
    assert api.get(f"{address}/settings").get_json()["value_range_in_use"] is None, (
        "a preview changes nothing"
    )
    assert findings(send("", *names, **twelve)) == said
    assert api.get(f"{address}/settings").get_json()["value_range_in_use"] == [0, 4095]
    api.patch(f"{address}/settings", json={"bit_depth": 10})
    assert findings(send("", "d.png", d=png(camera(1024)))) == {"values_beyond": ["d.png (0–1024)"]}


def test_photos_of_a_zip_are_kept_and_exported_as_they_were(api: FlaskClient, model: dict[str, Any]) -> None:
    address = f"/api/v1/models/{model['id']}"
    data = tiff(camera(4095, colours=3))
    archive = zipped(("images/part.tif", data), ("labels.json", coco(["part.tif"])[0].read()))
    answer = api.post(f"{address}/imports", data=form(annotations=photo_file("set.zip", archive)))
    assert findings(answer.get_json()) == {"values_shown": ["part.tif (0–4095)"]}
    [image] = api.get(f"{address}/images").get_json()["items"]
    assert api.get(image["url"]).data == data
    assert Image.open(io.BytesIO(api.get(image["thumbnail_url"]).data)).mode == "RGB"
    exported = api.get(f"{address}/export?format=coco&photos=true").data
    assert data in exported, "photos are stored in the zip without compression"
