"""A leak is seen where a training is started and mended by one press, and the run knows of none; all looks."""

import re

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import picture, watch
from tests.browser.live_app import signed_in
from tests.browser.looks import EVERY_LOOK, Look, faults_in
from tests.images import alike
from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.images.similar import leak_check, near_duplicates
from webapp.images.splits import parts
from webapp.models import DetectionModel, Image, LabelSource, Split, TrainingRun, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    """Four scenes in training, two of them again, turned and saved again, in the test, and one scene of its own."""
    model = detection_models.create_model("滾珠螺桿 Ball screw", "", administrator)
    for seed in range(4):
        add(model, seed, Split.TRAIN, f"screw{seed}_front.jpg")
    for seed in (0, 1):
        turned = alike.scene(seed).rotate(180)
        alike_again = alike.add(model, alike.saved_again(turned), Split.TEST, f"screw{seed}_rotated_180.jpg")
        label(alike_again)
    add(model, 8, Split.TEST, "screw8_front.jpg")
    add(model, 9, Split.VALIDATION, "screw9_front.jpg")
    while near_duplicates.compare_some(model.id):
        pass
    return model


def add(model: DetectionModel, seed: int, split: Split, name: str) -> None:
    label(alike.add(model, alike.scene(seed), split, name))


def label(image: Image) -> None:
    square = [10.0, 10.0, 60.0, 10.0, 60.0, 60.0, 10.0, 60.0]
    shape = ParsedShape("pit", [square], bbox=[10.0, 10.0, 50.0, 50.0], area=2500.0)
    annotation_store.write(
        image_model(image), [ImageAnnotations(image.id, [shape])], source=LabelSource.IMPORT, user=None
    )
    db.session.commit()


def image_model(image: Image) -> DetectionModel:
    return db.session.get_one(DetectionModel, image.model_id)


def test_a_leak_is_mended_before_the_training(
    clean_app: OpenAPI, browser: Browser, model: DetectionModel
) -> None:
    with signed_in(clean_app, browser) as context:
        page = context.new_page()
        page.goto("/")
        faults = watch(page, page.url)
        page.goto(f"/models/{model.id}/train")
        check = page.locator("#leak-check")
        expect(check).to_contain_text("2 of 3 photos of the test show what a photo for training shows.")
        expect(check).to_contain_text("turned by 180°")
        expect(check.locator("img").first).to_be_visible()
        page.wait_for_load_state()
        page.get_by_role("button", name=re.compile("^Mend")).click()
        expect(check).to_contain_text("Mended: 2 photos moved.")
        assert leak_check.check(model).photos == 0
        page.get_by_role("button", name="Start training").click()
        expect(page.locator("#run-panel")).to_be_visible()
        assert faults == []
    db.session.expire_all()
    leaks = db.session.scalars(db.select(TrainingRun.leaks)).one()
    assert leaks is not None
    assert (leaks["test"], leaks["of_test"]) == (0, 5)


def look_at(page: Page, model: DetectionModel, name: str) -> list[str]:
    faults = []
    for part, path in (
        ("groups", "groups"),
        ("groups-pattern", "groups?pattern=^(screw[0-9])_"),
        ("groups-wrong", "groups?pattern=(("),
        ("parts", "parts"),
        ("folds", "folds?folds=3&seed=1&together=1&by_part=1"),
        ("split", "split?preview=1&train=60&validation=20&test=20&seed=1&by_part=1"),
        ("train", "train"),
        ("similar", "similar"),
        ("statistics", "statistics"),
    ):
        page.goto(f"/models/{model.id}/{path}")
        faults += faults_in(page, f"trust-{part}-{name}")
    return faults


@EVERY_LOOK
def test_the_pages_can_be_read_by_everybody(
    clean_app: OpenAPI, browser: Browser, administrator: User, model: DetectionModel, look: Look
) -> None:
    parts.from_names(model, "^(screw[0-9])_")
    empty = detection_models.create_model("Empty", "", administrator)
    with signed_in(clean_app, browser, **look.options) as context:
        page = context.new_page()
        assert look_at(page, model, str(look)) == []
        for path in ("groups", "parts"):
            page.goto(f"/models/{empty.id}/{path}")
            picture(page, f"trust-{path}-empty-{look}")
