"""Pages of photos: each order and filter gives every photo once, forward and back."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.images.seeded import FIRST_DAY, add_photo
from webapp.core.extensions import db
from webapp.images.browsing import paging as image_paging
from webapp.images.browsing import walk as image_walk
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.models import DetectionModel, Image, Review, Split, User
from webapp.projects import detection_models

# What to teach first is an order of unlabelled photos alone: tests/suggestions/test_suggestions.py.
ORDERS: dict[Sort, Callable[[Image], Any]] = {
    Sort.UNLABELLED: lambda image: (image.labelled, image.created_at, image.id),
    Sort.NAME: lambda image: image.filename,
    Sort.NEWEST: lambda image: (-image.created_at.timestamp(), -image.id),
    Sort.OLDEST: lambda image: (image.created_at, image.id),
}
DAY = timedelta(days=1)
COMBINED = [
    ImageQuery(split=split, labelled=labelled, category=category, name=name, since=since, reviewed=reviewed)
    for split, labelled, category, name, since, reviewed in product(
        (None, Split.TRAIN),
        (None, True, False),
        (None, 1),
        ("", "a1", "A"),
        (None, FIRST_DAY + 3 * DAY),
        (None, True, False),
    )
][::5]
"""Every fifth: in these steps each value of a part meets each value of every other."""
QUERIES = [
    *COMBINED,
    ImageQuery(),
    ImageQuery(until=FIRST_DAY + 4 * DAY),
    ImageQuery(category=77),
    ImageQuery(name="nowhere"),
]


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """Forty photos; names, days, categories, labels and reviews run across each other, days are shared."""
    model = detection_models.create_model("Screws", "", administrator)
    for number in range(40):
        labelled = number % 3 > 0
        add_photo(
            model,
            f"{'ba'[number % 2]}{number * 7 % 40}.jpg",
            day=number * 11 % 9,
            split=Split.TRAIN if number % 4 else Split.TEST,
            labelled=labelled,
            no_object=labelled and number % 5 == 0,
            category_ids=[1, 2] if labelled and number % 5 > 1 else [],
            review=list(Review)[number % 3],
        )
    db.session.commit()
    return model


WAYS = {
    "looked through": {},
    "few are sorted": {"LOOKED_THROUGH": 3, "FOLLOWED_FOR_ONE": 0},
    "many are followed": {"LOOKED_THROUGH": 3, "FOLLOWED_FOR_ONE": 0, "SORTED_AT_MOST": 2},
    "followed at once": {"LOOKED_THROUGH": 3, "FOLLOWED_FOR_ONE": 3},
}


@pytest.fixture(params=WAYS)
def _each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS[request.param].items():
        monkeypatch.setattr(image_walk, name, value)


def walk(model: DetectionModel, query: ImageQuery, sort: Sort, size: int = 11) -> list[list[Image]]:
    """Every page, from the first on."""
    page = image_paging.page_after(model, query, sort, None, size)
    assert not page.preceding
    pages = [page.photos]
    while page.following:
        page = image_paging.page_after(model, query, sort, Position.of(page.photos[-1]), size)
        assert page.preceding
        pages.append(page.photos)
    return pages


@pytest.mark.usefixtures("_each_way")
@pytest.mark.parametrize("sort", ORDERS)
def test_every_photo_comes_once_in_its_order(model: DetectionModel, sort: Sort) -> None:
    for query in QUERIES:
        fitting = db.session.scalars(select(Image).where(*query.where(model))).all()
        expected = [image.filename for image in sorted(fitting, key=ORDERS[sort])]
        seen = [image.filename for page in walk(model, query, sort) for image in page]
        assert seen == expected, query


@pytest.mark.usefixtures("_each_way")
@pytest.mark.parametrize("sort", ORDERS)
def test_the_way_back_shows_the_same_pages(model: DetectionModel, sort: Sort) -> None:
    for query in (ImageQuery(), ImageQuery(category=1), ImageQuery(name="a"), ImageQuery(reviewed=False)):
        pages = walk(model, query, sort)
        assert len(pages) > 1
        for before, page in zip(pages[-2::-1], pages[:0:-1], strict=True):
            back = image_paging.page_before(model, query, sort, Position.of(page[0]), 11)
            assert [image.id for image in back.photos] == [image.id for image in before]
            assert back.following
            assert back.preceding == (before is not pages[0])


@pytest.mark.usefixtures("_each_way")
@pytest.mark.parametrize("sort", ORDERS)
def test_a_page_begins_at_a_photo_that_was_asked_for(model: DetectionModel, sort: Sort) -> None:
    """A position is met by photos that do not fit the filter too."""
    everything = [image for page in walk(model, ImageQuery(), sort) for image in page]
    for query in (ImageQuery(), ImageQuery(category=1), ImageQuery(name="a"), ImageQuery(reviewed=False)):
        wanted = [image.id for page in walk(model, query, sort) for image in page]
        for place in (1, len(everything) // 2, len(everything) - 1):
            before = [image.id for image in everything[:place] if image.id in wanted]
            page = image_paging.page_at(model, query, sort, Position.of(everything[place]), 11)
            begin = len(before) if len(before) >= 11 else 0
            assert [image.id for image in page.photos] == wanted[begin : begin + 11], (query, place)
            assert page.preceding == (begin > 0)
            assert page.following == (begin + 11 < len(wanted))


def test_behind_the_last_photo_is_nothing(model: DetectionModel) -> None:
    *_, last = walk(model, ImageQuery(), Sort.NAME)
    page = image_paging.page_after(model, ImageQuery(), Sort.NAME, Position.of(last[-1]), 11)
    assert page.photos == []
    assert page.preceding and not page.following
    at_the_end = image_paging.last_page(model, ImageQuery(), Sort.NAME, 11)
    assert at_the_end.photos[-1].id == last[-1].id
    assert at_the_end.preceding and not at_the_end.following


def test_a_page_back_that_would_be_short_is_the_first_one(model: DetectionModel) -> None:
    first = walk(model, ImageQuery(), Sort.NAME)[0]
    near_the_start = image_paging.page_before(model, ImageQuery(), Sort.NAME, Position.of(first[3]), 11)
    assert near_the_start.photos == first
    assert not near_the_start.preceding and near_the_start.following


@pytest.mark.parametrize("sort", Sort)
def test_a_position_comes_back_from_an_address(model: DetectionModel, sort: Sort) -> None:
    query = ImageQuery()
    (first, second, *_rest) = walk(model, query, sort)
    position = Position.read(Position.of(first[-1]).token(sort), sort)
    assert position is not None
    assert image_paging.page_after(model, query, sort, position, 11).photos == second


@pytest.mark.parametrize(
    "token",
    ["", "x", "é", "W10", "WzFd", "WzEsIDIsIDNd" + "a", "bnVsbA", "Wy0xLDIsM10", "[" * 500, "WyJcdTAwMDAiXQ"],
)
def test_what_is_no_position_is_none(token: str) -> None:
    for sort in Sort:
        assert Position.read(token, sort) is None


def test_beyond_every_date_is_no_position() -> None:
    for parts in ([1, 10**30, 5], [0, 5, 2**40], [2, 5, 5], [True, "5", 5], [0, 5, -1]):
        token = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
        assert Position.read(token, Sort.OLDEST) is None
