"""The page for developers shows every class of the components' styles, and is there for nobody else."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from webapp.core.settings import ROOT

STYLES = ROOT / "static" / "css" / "web"
OF_LIBRARIES = ("apexcharts-", "viewer-", "htmx-added")
"""Beginnings of classes that libraries give to what they make."""
INSIDE_A_MODEL = {"frame-with-rail"}
"""Of the frame of pages inside a model, which this one is not."""
_COMMENT_OR_ADDRESS = re.compile(r"/\*.*?\*/|url\([^)]*\)", re.DOTALL)
_BODY = re.compile(r"\{[^{}]*\}")


@pytest.fixture
def developer(clean_app: OpenAPI, client: FlaskClient) -> Iterator[FlaskClient]:
    before = clean_app.extensions["settings"]
    clean_app.extensions["settings"] = before.model_copy(update={"developer_pages": True})
    yield client
    clean_app.extensions["settings"] = before


def classes_of_styles() -> set[str]:
    """Of every rule of our own; Bootstrap's and the icons are written by tools."""
    files = [file for file in STYLES.glob("*.css") if file.stem not in ("bootstrap", "icons", "more_icons")]
    assert len(files) >= 5
    selectors = (_BODY.sub(" ", _COMMENT_OR_ADDRESS.sub("", file.read_text("utf-8"))) for file in files)
    found = {name for text in selectors for name in re.findall(r"\.([a-zA-Z][\w-]*)", text)}
    return {name for name in found if not name.startswith(OF_LIBRARIES)}


def test_every_class_of_the_components_is_on_the_page(developer: FlaskClient) -> None:
    page = developer.get("/components")
    assert page.status_code == 200
    shown = {word for value in re.findall(r'class="([^"]*)"', page.text) for word in value.split()}
    styled = classes_of_styles()
    assert len(styled) > 150
    assert styled - shown == INSIDE_A_MODEL


def test_without_the_setting_there_is_no_such_page(client: FlaskClient) -> None:
    assert client.get("/components").status_code == 404


def test_the_samples_are_as_long_as_names_and_numbers_may_be(developer: FlaskClient) -> None:
    from webapp.operations.pages import components

    assert len(components.NAME_OF_60) == 60
    assert components.LARGE_COUNT > 999_999
    assert str(components.LARGE_COUNT) in developer.get("/components").text
