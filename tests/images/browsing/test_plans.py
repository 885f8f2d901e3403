"""No query of the gallery reads or counts more rows than a page shows, however many photos there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import event, insert, select, text

from tests.conftest import EMPTY_ALL_TABLES, PASSWORD
from tests.images.seeded import add_photo
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.images.browsing.uncertain import UncertaintyWalk
from webapp.images.browsing.walk import LOOKED_THROUGH, ImageWalk
from webapp.models import DetectionModel, Image, Split, Uncertainty, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.web.filters.image_filter import PAGE_SIZE

EMAIL = "admin@factory.test"
PHOTOS = 20_000
GALLERY_SORTS = (Sort.UNLABELLED, Sort.NAME, Sort.NEWEST, Sort.OLDEST)
"""Those its field offers."""
ROWS_OF_A_PAGE = 6 * (PAGE_SIZE + 1)
"""A page, from a branch for each split and mark at most."""
FILTERS = ("", "labelled=no", "labelled=yes", "reviewed=yes", "reviewed=no", "from=2026-11-02", "category=1")
PAGED = ("image", "image_file", "image_name", "image_category", "image_count", "uncertainty")


@pytest.fixture(scope="module")
def filled_app(app: OpenAPI) -> Iterator[OpenAPI]:
    """The application with one account and one model with many photos, for all tests of this file."""
    with app.app_context():
        db.session.execute(text(EMPTY_ALL_TABLES))
        db.session.commit()
        app.extensions["redis"].flushdb()
        add_many_photos(users.create_first_administrator(EMAIL, PASSWORD))
        yield app
        db.session.remove()


@pytest.fixture
def model(filled_app: OpenAPI) -> DetectionModel:
    return db.session.scalars(select(DetectionModel)).one()


@pytest.fixture
def client(filled_app: OpenAPI) -> FlaskClient:
    """A browser that is signed in."""
    browser = filled_app.test_client()
    assert browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}).status_code == 302
    return browser


def add_many_photos(administrator: User) -> None:
    """As rows alone."""
    model = detection_models.create_model("Screws", "", administrator)
    add_photo(model, "first.jpg")
    db.session.execute(
        text(
            "INSERT INTO image_file (sha256, suffix, width, height, size, created_at) "
            "SELECT md5('a' || n) || md5('b' || n), '.jpg', 80, 60, 1, now() FROM generate_series(1, :count) n"
        ),
        {"count": PHOTOS},
    )
    db.session.execute(
        text(
            "INSERT INTO image (model_id, sha256, filename, split, labelled, no_object, annotations_version, "
            "category_ids, review, review_note, created_at) "
            "SELECT :model, md5('a' || n) || md5('b' || n), n || '.jpg', :split, n % 2 = 0, false, 0, "
            "CASE n % 2 WHEN 0 THEN ARRAY[1] ELSE ARRAY[]::integer[] END, "
            "CASE n % 3 WHEN 0 THEN 'reviewed' ELSE 'open' END, '', "
            "timestamptz '2026-11-01' + n * interval '1 minute' FROM generate_series(1, :count) n"
        ),
        {"model": model.id, "split": Split.TRAIN.value, "count": PHOTOS},
    )
    db.session.commit()
    db.session.commit()
    # What autovacuum does by itself: it also says which rows an index alone may answer for.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def noted_plans() -> Iterator[list[dict[str, Any]]]:
    """The plan of each SELECT, as it was carried out."""
    plans: list[dict[str, Any]] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            with connection.connection.cursor() as other:
                other.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters)
                plans.append(other.fetchone()[0][0]["Plan"])

    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def rows_read(plan: dict[str, Any]) -> int:
    """Of the tables that grow with the photos, also those that were thrown away."""
    return sum(
        round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
        for node in nodes(plan)
        if node.get("Relation Name") in PAGED
    )


def test_a_page_reads_no_more_rows_than_it_shows(client: FlaskClient, model: DetectionModel) -> None:
    middle = db.session.scalar(db.select(Image.id).order_by(Image.id).offset(PHOTOS // 2))
    for sort, query, place in product(GALLERY_SORTS, FILTERS, ("", f"&at={middle}")):
        address = f"/models/{model.id}/images?split=train&sort={sort}&{query}{place}"
        with noted_plans() as plans:
            assert client.get(address).status_code == 200
        assert plans, "queries were seen"
        worst = max(plans, key=rows_read)
        # What the indexes of names do not hold in order is looked through.
        also = LOOKED_THROUGH if sort is Sort.NAME and query.startswith(("reviewed", "from")) else 0
        assert rows_read(worst) <= ROWS_OF_A_PAGE + also, (address, rows_read(worst), worst)


def test_a_part_of_the_name_is_tried_on_indexes(model: DetectionModel) -> None:
    for sort, name in product(GALLERY_SORTS, ("0.jpg", "nowhere", "777")):
        with noted_plans() as plans:
            ImageWalk(model, ImageQuery(name=name, split=Split.TRAIN), sort).ids(None, PAGE_SIZE)
        scans = [node for plan in plans for node in nodes(plan) if node.get("Relation Name") == "image"]
        followed = {node["Node Type"] for node in scans if node["Actual Rows"] > LOOKED_THROUGH}
        assert followed <= {"Index Only Scan"}, (sort, name)


def test_what_to_teach_first_is_read_from_indexes(model: DetectionModel) -> None:
    unlabelled = db.session.scalars(select(Image.id).where(~Image.labelled).order_by(Image.id)).all()
    seen = unlabelled[: len(unlabelled) // 2]
    db.session.execute(
        insert(Uncertainty),
        [
            {"image_id": one, "model_id": model.id, "value": one % 10 / 10, "created_at": now()}
            for one in seen
        ],
    )
    db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    for split, backward in product((None, Split.TRAIN), (False, True)):
        # From the very end backward the unseen photos are picked out of all: that alone reads more.
        further = [] if backward else [None, unlabelled[len(seen) + 100]]
        for place in (seen[0], seen[-1], unlabelled[-1], *further):
            position = Position.of(db.session.get_one(Image, place)) if place else None
            with noted_plans() as plans:
                UncertaintyWalk(model, ImageQuery(split=split), backward).ids(position, PAGE_SIZE)
            worst = max(plans, key=rows_read)
            assert rows_read(worst) <= ROWS_OF_A_PAGE, (split, backward, place, rows_read(worst), worst)


def test_what_is_counted_is_kept_and_not_counted(client: FlaskClient, model: DetectionModel) -> None:
    with noted_plans() as plans:
        page = client.get(f"/models/{model.id}/images").text
    assert f'class="tab-count">{PHOTOS + 1:,}<' in page
    counting = [node for plan in plans for node in nodes(plan) if node["Node Type"] == "Aggregate"]
    counted = {node.get("Relation Name") for aggregate in counting for node in nodes(aggregate)}
    assert not counted & {"image", "image_file", "image_name", "image_category"}
