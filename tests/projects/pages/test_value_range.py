"""The page of a model's value range."""

import html
import io
import re

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.builders.library import add_images, photo
from tests.builders.runs import sign_in, text_of
from tests.formats.images.deep_files import camera, png
from webapp.core.extensions import db
from webapp.models import DetectionModel, Role, User
from webapp.projects import detection_models


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    return detection_models.create_model("Casting", "", administrator)


def pictures(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'src="(/photos/[^"]+)"', page)]


def brightness(client: FlaskClient, address: str) -> float:
    answer = client.get(address)
    assert answer.status_code == 200
    return float(np.asarray(Image.open(io.BytesIO(answer.data))).mean())


def test_it_says_what_holds_and_where_it_comes_from(client: FlaskClient, model: DetectionModel) -> None:
    address = f"/models/{model.id}/value-range"
    add_images(client, model.id, {"plain.png": photo()})
    assert "No photo needs the setting" in text_of(client.get(address))
    ways = [f"/models/{model.id}/images", f"/models/{model.id}/edit"]
    assert [address in client.get(way).text for way in ways] == [False, True]
    add_images(client, model.id, {"deep.png": png(camera(900))})
    assert [address in client.get(way).text for way in ways] == [True, True]
    page = text_of(client.get(address))
    assert "0 – 1023 (10 bits)" in page
    assert "proposed from the first photos" in page
    assert "values 0 – 900" in page


def test_the_preview_shows_before_and_after_and_saves_nothing(
    client: FlaskClient, model: DetectionModel
) -> None:
    add_images(client, model.id, {"deep.png": png(camera(900))})
    address = f"/models/{model.id}/value-range/preview"
    before, after = pictures(client.get(f"{address}?choice=12").text)
    assert brightness(client, before) == pytest.approx(4 * brightness(client, after), rel=0.05)
    before, _after = pictures(client.get(f"{address}?choice=numbers&low=0&high=500").text)
    assert "cut off" in client.get(f"{address}?choice=numbers&low=0&high=500").text
    refused = client.get(f"{address}?choice=numbers&low=9&high=x")
    assert refused.status_code == 200
    assert "Give two numbers" in refused.text
    db.session.refresh(model)
    assert model.chosen_range is None


def test_a_saved_range_changes_the_addresses_of_photos(client: FlaskClient, model: DetectionModel) -> None:
    [added] = add_images(client, model.id, {"deep.png": png(camera(900))})["created"]
    pages = [f"/models/{model.id}/images", f"/models/{model.id}/images/{added['id']}"]
    before = [pictures(client.get(page).text) for page in pages]
    answer = client.post(f"/models/{model.id}/value-range", data={"choice": "14", "low": "", "high": ""})
    assert answer.status_code == 302
    after = [pictures(client.get(page).text) for page in pages]
    assert before[0] and after[0] and before[0] != after[0]
    assert brightness(client, before[0][0]) > 10 * brightness(client, after[0][0])
    assert "set for this model" in client.get(f"/models/{model.id}/value-range").text


def test_a_wrong_range_is_refused_beside_the_field(client: FlaskClient, model: DetectionModel) -> None:
    data = {"choice": "numbers", "low": "50", "high": "3"}
    answer = client.post(f"/models/{model.id}/value-range", data=data)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert 'value="50"' in answer.text


def test_a_range_that_no_model_uses_is_not_kept_on_the_disk(
    client: FlaskClient, model: DetectionModel
) -> None:
    [added] = add_images(client, model.id, {"deep.png": png(camera(900))})["created"]
    page = client.get(f"/models/{model.id}/images").text
    address = pictures(page)[0].split("/thumbnail")[0]
    folder = client.application.extensions["settings"].data_dir / "renditions"
    for values in ("0_500", "0_501", "nonsense"):
        answer = client.get(f"{address}?values={values}")
        assert (answer.status_code, Image.open(io.BytesIO(answer.data)).mode) == (200, "L")
    made = {path.name.split(".", 1)[1] for path in folder.rglob(f"{address.split('/')[-1]}*")}
    assert made == {"0_1023.png"}
    assert added["id"]


def test_a_viewer_may_look_and_not_save(client: FlaskClient, model: DetectionModel) -> None:
    address = f"/models/{model.id}/value-range"
    sign_in(client, Role.ANNOTATOR)
    assert client.get(address).status_code == 200
    assert client.post(address, data={"choice": "12"}).status_code == 403
