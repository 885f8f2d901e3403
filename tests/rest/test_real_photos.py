"""Photos of a phone and the labels of a real tool, all in one request."""

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from tests.rest.sending import form, walk


def test_fruits_and_nuts_go_in_and_can_be_trained_on(
    api: FlaskClient, model: dict[str, Any], shared_data: Path
) -> None:
    folder = shared_data / "fruits_nuts"
    photos = sorted((folder / "data" / "images").glob("*.jpg"))
    own = f"/api/v1/models/{model['id']}"
    shapes = 0
    for split, chosen in (("train", photos[:13]), ("validation", photos[13:16]), ("test", photos[16:])):
        files = [(photo.open("rb"), photo.name) for photo in chosen]
        labels = ((folder / "data" / "trainval.json").open("rb"), "trainval.json")
        answer = api.post(f"{own}/imports?split={split}", data=form(files=files, annotations=labels))
        assert answer.status_code == 201, answer.text
        assert answer.get_json()["images"] == len(chosen)
        shapes += answer.get_json()["annotations"]
    counts = api.get(own).get_json()["counts"]
    assert counts == {"train": 13, "validation": 3, "test": 2, "unlabelled": 0}
    assert len(api.get(f"{own}/export").get_json()["annotations"]) == shapes == 165
    found = [
        len(api.get(f"/api/v1/images/{image['id']}/annotations").get_json()["items"])
        for image in walk(api, f"{own}/images?limit=5")
    ]
    assert sum(found) == shapes
    assert api.post(f"{own}/training-runs", json={"parameters": {"iterations": 5}}).status_code == 202


def test_real_labels_can_be_sent_back(api: FlaskClient, model: dict[str, Any], shared_data: Path) -> None:
    folder = shared_data / "fruits_nuts" / "data"
    photo = folder / "images" / "0.jpg"
    data = form(
        files=(photo.open("rb"), photo.name), annotations=((folder / "trainval.json").open("rb"), "a.json")
    )
    assert api.post(f"/api/v1/models/{model['id']}/imports", data=data).status_code == 201
    [image] = walk(api, f"/api/v1/models/{model['id']}/images")
    address = f"/api/v1/images/{image['id']}/annotations"
    before = api.get(address)
    after = api.put(address, json=before.get_json(), headers={"If-Match": before.headers["ETag"]})
    assert after.status_code == 200, after.text
    kept = [[item["category"], item["segmentation"], item["bbox"]] for item in after.get_json()["items"]]
    assert kept == [
        [item["category"], item["segmentation"], item["bbox"]] for item in before.get_json()["items"]
    ]
