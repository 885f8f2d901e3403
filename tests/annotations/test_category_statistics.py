"""Counts of photos and labels by category, split and size."""

from collections.abc import Sequence

import pytest
from flask_openapi3 import OpenAPI
from redis.exceptions import ConnectionError as RedisGone

from tests.images.seeded import add_photo
from webapp.annotations import categories, category_statistics
from webapp.annotations.category_statistics import ImagesOf
from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.models import Annotation, Category, DetectionModel, Image, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def labelled_photo(
    model: DetectionModel, filename: str, shapes: Sequence[tuple[str, float]], split: Split = Split.TRAIN
) -> Image:
    """Of 80 x 60 pixels, with shapes of these categories and areas."""
    ids = categories.ensure(model, [name for name, _area in shapes])
    image = add_photo(
        model,
        filename,
        split=split,
        labelled=True,
        category_ids=sorted({ids[name] for name, _area in shapes}),
    )
    for name, area in shapes:
        db.session.add(
            Annotation(
                image_id=image.id, category_id=ids[name], segmentation=[], bbox=[0, 0, 1, 1], area=area
            )
        )
    db.session.commit()
    return image


def test_each_category_is_counted_by_split_and_size(model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("fig", 1023), ("fig", 1024), ("nut", 9215)])
    labelled_photo(model, "b.png", [("fig", 9216)])
    labelled_photo(model, "c.png", [("nut", 1)], Split.TEST)
    fig, nut = category_statistics.of_model(model).categories
    assert [(fig.photos[split], fig.labels(split)) for split in Split] == [(2, 3), (0, 0), (0, 0)]
    assert [(nut.photos[split], nut.labels(split)) for split in Split] == [(1, 1), (0, 0), (1, 1)]
    assert [fig.of_size(size) for size in category_statistics.SIZES] == [1, 1, 1]
    assert [nut.of_size(size) for size in category_statistics.SIZES] == [1, 1, 0]


def test_the_histogram_holds_every_label_once(model: DetectionModel) -> None:
    whole = 80 * 60
    areas = [
        0,
        whole * 0.0001,
        whole * 0.0004,
        whole * 0.0399**2,
        whole * 0.1,
        whole * 0.64**2,
        whole,
        9 * whole,
    ]
    labelled_photo(model, "a.png", [("fig", area) for area in areas])
    statistics = category_statistics.of_model(model)
    #                         <1 1–2 2–4 4–8 8–16 16–32 32–64 ≥64 percent of the side
    assert statistics.sides == [1, 1, 2, 0, 0, 1, 0, 3]
    assert sum(statistics.sides) == statistics.labels == len(areas)


def test_photos_are_told_by_what_is_known_of_them(model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("fig", 10)])
    add_photo(model, "b.png", labelled=True, no_object=True)
    add_photo(model, "c.png", split=Split.TEST)
    db.session.commit()
    statistics = category_statistics.of_model(model)
    assert statistics.splits[Split.TRAIN] == ImagesOf(2, 2, 1)
    assert (statistics.splits[Split.TEST].unlabelled, statistics.splits[Split.VALIDATION]) == (1, ImagesOf())
    assert statistics.empty_splits == [Split.VALIDATION, Split.TEST]


def test_a_category_is_missing_where_others_are_labelled(model: DetectionModel) -> None:
    labelled_photo(model, "a.png", [("fig", 10), *[("nut", 10)] * category_statistics.FEW])
    labelled_photo(model, "b.png", [("nut", 10)], Split.TEST)
    db.session.add(Category(model_id=model.id, name="never", color="#000000", position=9))
    db.session.commit()
    statistics = category_statistics.of_model(model)
    # Nothing is labelled for validation, so that is no fault of a category.
    assert [(one.category.name, one.missing) for one in statistics.missing] == [("fig", [Split.TEST])]
    assert [one.category.name for one in statistics.rare] == ["fig"]
    assert [one.category.name for one in statistics.unused] == ["never"]


def test_counts_that_are_kept_follow_every_change(model: DetectionModel) -> None:
    first = labelled_photo(model, "a.png", [("fig", 10)])
    second = labelled_photo(model, "b.png", [("nut", 10)], Split.TEST)

    def figures() -> list[tuple[str, dict[Split, int]]]:
        db.session.expire_all()
        return [
            (one.category.name, {split: one.labels(split) for split in Split if one.labels(split)})
            for one in category_statistics.of_model(model).categories
        ]

    assert figures() == [("fig", {Split.TRAIN: 1}), ("nut", {Split.TEST: 1})]
    # Two photos that change places leave every number of photos as it was.
    image_moves.move(model, Image.id == first.id, Split.TEST)
    image_moves.move(model, Image.id == second.id, Split.TRAIN)
    assert figures() == [("fig", {Split.TEST: 1}), ("nut", {Split.TRAIN: 1})]
    db.session.add(
        Annotation(image_id=first.id, category_id=first.category_ids[0], segmentation=[], bbox=[], area=1)
    )
    first.annotations_version += 1
    db.session.commit()
    assert figures() == [("fig", {Split.TEST: 2}), ("nut", {Split.TRAIN: 1})]
    db.session.delete(second)
    categories.list_categories(model)[0].name = "date"
    db.session.commit()
    assert figures() == [("date", {Split.TEST: 2}), ("nut", {})]


def test_what_has_not_changed_is_not_counted_again(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled_photo(model, "a.png", [("fig", 10)])
    before = category_statistics.of_model(model)

    def refuse(_model: DetectionModel) -> None:
        raise AssertionError("counted again")

    monkeypatch.setattr(category_statistics, "_counts", refuse)
    assert category_statistics.of_model(model) == before


def test_without_redis_they_are_counted_each_time(
    model: DetectionModel, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def get(self, _key: str) -> None:
            raise RedisGone

    labelled_photo(model, "a.png", [("fig", 10)])
    monkeypatch.setitem(clean_app.extensions, "redis", Gone())
    assert category_statistics.of_model(model).labels == 1
