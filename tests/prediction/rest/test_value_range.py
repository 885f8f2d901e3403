"""Photos with more than 8 bits in a prediction."""

from typing import Any

from flask.testing import FlaskClient

from tests.formats.images.deep_files import camera, png
from tests.rest.sending import form, photo_file


def test_photos_beyond_the_range_are_listed_and_no_failure(api: FlaskClient, trained: dict[str, Any]) -> None:
    address = f"/api/v1/models/{trained['id']}"
    api.patch(f"{address}/settings", json={"bit_depth": 12})
    files = [
        photo_file("within.png", png(camera(4095))),
        photo_file("says.png", png(camera(60_000), [16])),
        photo_file("beyond.png", png(camera(4096))),
    ]
    run = api.post(f"{address}/prediction-runs", data=form(files=files)).get_json()
    assert (run["total"], run["failed"]) == (3, [])
    [remark] = run["remarks"]
    assert (remark["filename"], remark["code"]) == ("beyond.png", "values_beyond")
    assert "0 to 4096" in remark["remark"]
    api.patch(f"{address}/settings", json={"bit_depth": 16})
    again = api.get(f"/api/v1/prediction-runs/{run['id']}").get_json()
    assert again["remarks"] == run["remarks"], "the run keeps its range"
    page = api.get("/api/v1/openapi.json").get_json()
    assert "remarks" in page["components"]["schemas"]["Prediction"]["properties"]
