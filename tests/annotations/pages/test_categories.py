"""Categories: added, renamed, recoloured, merged, deleted; no shape is lost, and who has old labels notices."""

from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import sign_in
from webapp.annotations import categories
from webapp.annotations import history as annotation_history
from webapp.core.extensions import db
from webapp.models import Annotation, Category, DetectionModel, Image, Role, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def fig(client: FlaskClient, model: DetectionModel) -> Category:
    """A category with two shapes on each of two photos."""
    library.annotated_images(client, model.id, "a.png", "b.png")
    [category] = categories.list_categories(model)
    return category


def names(model: DetectionModel) -> list[str]:
    db.session.expire_all()
    return [category.name for category in categories.list_categories(model)]


def versions() -> list[int]:
    return list(db.session.scalars(db.select(Image.annotations_version).order_by(Image.id)))


def address(category: Category, what: str = "") -> str:
    return f"/models/{category.model_id}/categories/{category.id}{what}"


def test_a_category_is_added_and_chosen(client: FlaskClient, model: DetectionModel) -> None:
    answer = client.post(f"/models/{model.id}/categories", data={"name": "  Hex   nut "})
    assert answer.status_code == HTTPStatus.OK
    [category] = categories.list_categories(model)
    assert category.name == "Hex nut"
    assert f'data-chosen="{category.id}"' in answer.text


@pytest.mark.parametrize(
    ("name", "said"), [("FIG", "already"), (" ", "needs a name"), ("x" * 101, "at most 100")]
)
def test_a_name_that_cannot_be_is_refused_beside_its_field(
    client: FlaskClient, model: DetectionModel, fig: Category, name: str, said: str
) -> None:
    answer = client.post(f"/models/{model.id}/categories", data={"name": name})
    assert answer.status_code in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert said in answer.text and 'aria-describedby="new-category-error"' in answer.text
    assert names(model) == ["fig"]


def test_renaming_keeps_the_labels_and_counts_a_version(
    client: FlaskClient, model: DetectionModel, fig: Category
) -> None:
    before = versions()
    answer = client.post(address(fig), data={"name": "Fig, dried", "color": "#112233"})
    assert answer.status_code == HTTPStatus.OK
    assert names(model) == ["Fig, dried"]
    assert (fig.color, db.session.query(Annotation).count()) == ("#112233", 4)
    assert versions() == [version + 1 for version in before]


def test_another_colour_is_no_version(client: FlaskClient, fig: Category) -> None:
    before = versions()
    client.post(address(fig), data={"name": "fig", "color": "#112233"})
    assert versions() == before
    refused = client.post(address(fig), data={"name": "fig", "color": "red"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and "Choose a colour" in refused.text


def test_a_name_in_other_capitals_is_only_a_rename(
    client: FlaskClient, model: DetectionModel, fig: Category
) -> None:
    assert client.post(address(fig), data={"name": "FIG", "color": fig.color}).status_code == HTTPStatus.OK
    assert names(model) == ["FIG"]


def test_a_threshold_that_was_set_goes_with_a_new_name(
    client: FlaskClient, model: DetectionModel, fig: Category
) -> None:
    model.thresholds = {fig.name: 0.7}
    db.session.commit()
    earlier = fig.name
    client.post(address(fig), data={"name": "Hex nut", "color": fig.color})
    db.session.expire_all()
    assert model.thresholds == {earlier: 0.7, "Hex nut": 0.7}


def test_merging_moves_every_shape_and_the_photos_are_found_by_the_new_one(
    client: FlaskClient, model: DetectionModel, fig: Category
) -> None:
    other = categories.create(model, "date")
    before = versions()
    answer = client.post(address(fig, "/merge"), data={"into": other.id})
    assert answer.status_code == HTTPStatus.OK
    assert names(model) == ["date"]
    assert set(db.session.scalars(db.select(Annotation.category_id))) == {other.id}
    assert versions() == [version + 1 for version in before]
    for image in db.session.scalars(db.select(Image)):
        assert image.category_ids == [other.id]
        assert all(
            entry.version <= image.annotations_version for entry in annotation_history.versions_of(image)
        )
    page = client.get(f"/models/{model.id}/images?category={other.id}").text
    assert "a.png" in page and "b.png" in page


def test_merging_into_nothing_itself_or_another_models_is_refused(
    client: FlaskClient, model: DetectionModel, fig: Category, administrator: User
) -> None:
    foreign = categories.create(detection_models.create_model("Other", "", administrator), "fig")
    for into in ("", str(fig.id), str(foreign.id), "99"):
        answer = client.post(address(fig, "/merge"), data={"into": into})
        assert answer.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY), into
    assert names(model) == ["fig"]


def test_an_unused_one_is_deleted_and_a_used_one_is_not(
    client: FlaskClient, model: DetectionModel, fig: Category
) -> None:
    unused = categories.create(model, "spare")
    assert "Delete, it is unused" in client.get(f"/models/{model.id}/categories").text
    assert client.post(address(unused, "/merge")).status_code == HTTPStatus.OK
    assert client.post(address(fig, "/merge")).status_code == HTTPStatus.NOT_FOUND
    assert names(model) == ["fig"]


def test_a_viewer_changes_nothing(client: FlaskClient, model: DetectionModel, fig: Category) -> None:
    sign_in(client, Role.VIEWER)
    for where in (address(fig), address(fig, "/merge"), f"/models/{model.id}/categories"):
        assert client.post(where, data={"name": "x"}).status_code == HTTPStatus.FORBIDDEN
    assert names(model) == ["fig"]
