"""A photo in tiles is labelled like any other: what is drawn on it lies where it was seen."""

import io
from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from playwright.sync_api import Browser, Page

from embedded.waiting import wait_until
from tests.browser.conftest import picture
from tests.browser.live_app import signed_in
from tests.browser.stage import drag, on_screen, stored
from tests.builders.library import all_images
from webapp.annotations import categories
from webapp.images import intake, tiles
from webapp.images.intake import Upload
from webapp.models import Image, Split, User
from webapp.projects import detection_models

WIDTH, HEIGHT = 3000, 2000
SQUARE = (2400, 1500, 2700, 1700)
COLOUR_AT = """
({x, y}) => {
  const canvas = document.querySelector("#stage .openseadragon-canvas canvas:not(.stage-canvas)");
  const place = canvas.getBoundingClientRect();
  const share = canvas.width / place.width;
  return [...canvas.getContext("2d").getImageData((x - place.x) * share, (y - place.y) * share, 1, 1).data];
}
"""


@pytest.fixture
def photo(administrator: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Image]:
    """Blue, with a red square; in tiles although it is small."""
    monkeypatch.setattr(tiles, "LARGE_PIXELS", 1_000_000)
    model = detection_models.create_model("Castings", "", administrator)
    categories.ensure(model, ["pit"])
    whole = Picture.new("RGB", (WIDTH, HEIGHT), (40, 60, 200))
    whole.paste((200, 30, 30), SQUARE)
    buffer = io.BytesIO()
    whole.save(buffer, "PNG")
    intake.add_images(model, Split.TRAIN, [Upload("casting.png", buffer)])
    (image,) = all_images(model)
    tiles.cut(image.file, "8")
    yield image
    tiles.remove_of(image.sha256)


def colour_at(page: Page, x: float, y: float) -> list[int]:
    return page.evaluate(COLOUR_AT, {"x": x, "y": y})


def test_it_is_seen_and_labelled_in_tiles(clean_app: OpenAPI, browser: Browser, photo: Image) -> None:
    with signed_in(clean_app, browser, viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"/models/{photo.model_id}/annotate?photo={photo.id}")
        left, top, right, lower = SQUARE
        ((x, y),) = on_screen(page, ((left + right) / 2, (top + lower) / 2))
        wait_until(lambda: colour_at(page, x, y)[0] > 150, "the square is seen", 15)
        assert colour_at(page, x, y)[:3] == pytest.approx([200, 30, 30], abs=12)
        assert not any(url.endswith(photo.sha256) for url in asked), "the whole photo was loaded"
        page.keyboard.press("b")
        drag(page, *on_screen(page, (left, top), (right, lower)))
        (box,) = stored(page, photo, 1)
        assert box.bbox == pytest.approx([left, top, right - left, lower - top], abs=3)
        page.keyboard.press("}")
        picture(page, "large-photo")
