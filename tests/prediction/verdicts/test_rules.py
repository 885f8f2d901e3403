"""OK or NG: the pure function, the sentences, and the same in SQL."""

import random

import pytest
from flask_openapi3 import OpenAPI

from tests.builders import runs
from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.shape import MaskShape
from webapp.models import Comparison, Detection, ImageState, Measure, PredictedImage, User
from webapp.prediction import detections
from webapp.prediction.verdicts import queries as verdict_queries
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import Rule, Verdict, judge

HALF = Thresholds(0.5)


def rule(category: str | None, measure: str, comparison: str, limit: float) -> Rule:
    """One that is in no table."""
    return verdict_rules.NewRule(category, Measure(measure), Comparison(comparison), limit)


def scratch(score: float = 0.9, area: float = 100, length: float = 40, width: float = 3) -> FoundObject:
    return FoundObject("scratch", score, [], area, measured=MaskShape([], length, width))


def test_no_rules_no_verdict() -> None:
    assert judge([scratch()], [], HALF).verdict is None


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [
        (rule("scratch", "count", "above", 0), Verdict.NG),
        (rule("scratch", "count", "above", 1), Verdict.OK),
        (rule("scratch", "count", "below", 2), Verdict.NG),
        (rule("screw", "count", "below", 1), Verdict.NG),
        (rule("screw", "count", "above", 0), Verdict.OK),
        (rule(None, "count", "above", 0), Verdict.NG),
        (rule("scratch", "score", "above", 0.8), Verdict.NG),
        (rule("scratch", "area", "above", 100), Verdict.OK),
        (rule("scratch", "area", "above", 99.9), Verdict.NG),
        (rule("scratch", "length", "above", 39), Verdict.NG),
        (rule("scratch", "length", "below", 40), Verdict.OK),
        (rule("scratch", "width", "below", 4), Verdict.NG),
        # No screw, so none is too small.
        (rule("screw", "area", "below", 1000), Verdict.OK),
    ],
)
def test_each_limit(limit: Rule, verdict: Verdict) -> None:
    judgement = judge([scratch()], [limit], HALF)
    assert judgement.verdict == verdict
    assert bool(judgement.reasons) == (verdict == Verdict.NG)


def test_what_lies_below_its_threshold_does_not_count() -> None:
    rules = [rule("scratch", "count", "above", 0)]
    assert judge([scratch(score=0.4)], rules, HALF).verdict == Verdict.OK
    assert judge([scratch(score=0.4)], rules, Thresholds(0.5, {"scratch": 0.3})).verdict == Verdict.NG
    assert judge([scratch(score=0.5)], rules, HALF).verdict == Verdict.NG


def test_reasons_name_the_worst(app: OpenAPI) -> None:
    rules = [
        rule("scratch", "length", "above", 30),
        rule("scratch", "count", "above", 1),
        rule(None, "count", "above", 5),
    ]
    judgement = judge([scratch(length=40), scratch(length=55)], rules, HALF)
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert [reason.sentence() for reason in judgement.reasons] == [
            "scratch: length 55 px, above 30",
            "scratch: 2 found, more than 1",
        ]
        assert verdict_rules.rule_sentence(rules[2]) == "NG with more than 5 of “any category”"
    with app.test_request_context(headers={"Cookie": "language=zh_Hant_TW"}):
        assert "scratch" in judgement.reasons[0].sentence()
        assert "length" not in judgement.reasons[0].sentence()


def test_a_reason_rounds_to_two_places(app: OpenAPI) -> None:
    judgement = judge([scratch(length=40.1278)], [rule("scratch", "length", "above", 30)], HALF)
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert judgement.reasons[0].sentence() == "scratch: length 40.13 px, above 30"


def test_sql_says_the_same(administrator: User) -> None:
    """Random rules over random photos; a wrong comparison or a forgotten threshold would show at once."""
    dice = random.Random(6)  # noqa: S311 (the same rules in each run)
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    run = runs.prediction(model, administrator, {f"{n}.jpg": runs.photo_file(n) for n in range(12)})
    photos = db.session.scalars(db.select(PredictedImage).order_by(PredictedImage.id)).all()
    for photo in photos[:-1]:
        photo.state = ImageState.DONE
        for _ in range(dice.choice([0, 1, 3])):
            drawn = {"bbox": [0, 0, 1, 1], "segmentation": {}, "outlines": []}
            sizes = {name: dice.choice([1.0, 10.0, 20.0]) for name in ("area", "length", "width")}
            category, score = dice.choice(["fig", "date"]), dice.choice([0.1, 0.5, 0.9])
            db.session.add(Detection(photo_id=photo.id, category=category, score=score, **drawn, **sizes))
    db.session.commit()
    of_images = detections.of_images([photo.id for photo in photos])
    verdicts = set()
    for _ in range(150):
        rules = [
            rule(dice.choice(["fig", "date", None]), dice.choice(list(Measure)), dice.choice(list(Comparison)),
                 dice.choice([0, 0.5, 1, 10, 15]))
            for _ in range(dice.choice([1, 2]))
        ]  # fmt: skip
        thresholds = Thresholds(
            dice.choice([0.05, 0.5, 0.7]), dice.choice([{}, {"fig": 0.3}, {"date": 0.95}])
        )
        expected = {p.id: judge(of_images[p.id], rules, thresholds).verdict for p in photos[:-1]}
        verdicts |= set(expected.values())
        for verdict, condition in (
            (Verdict.NG, verdict_queries.is_ng(rules, thresholds)),
            (Verdict.OK, verdict_queries.is_ok(rules, thresholds)),
        ):
            found = db.session.scalars(
                db.select(PredictedImage.id).where(PredictedImage.run_id == run.id, condition)
            )
            assert set(found) == {id_ for id_, value in expected.items() if value == verdict}
    assert verdicts == {Verdict.OK, Verdict.NG}
