"""The result of a prediction: thresholds, filters, verdicts, comparison, deletion; and the rules' page."""

import re
import shutil
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from webapp.contracts.score_thresholds import Thresholds
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.models import (
    Comparison,
    Detection,
    DetectionModel,
    Measure,
    PredictedImage,
    PredictionRun,
    Role,
    RunStatus,
    User,
)
from webapp.prediction import comparison as prediction_comparison
from webapp.prediction import progress as prediction_progress
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import NewRule
from webapp.projects import trash as model_trash


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    """Trained on figs and dates."""
    shutil.rmtree(storage.data_dir() / "results", ignore_errors=True)
    trained = runs.model_with_photos(administrator)
    runs.finished_training(trained, administrator)
    return trained


def predict(model: DetectionModel, user: User, *found: list[str], files: range = range(3)) -> PredictionRun:
    """A completed run; scores fall from 0.9 by 0.1 on each photo."""
    run = runs.prediction(model, user, {f"{n}.jpg": runs.photo_file(n) for n in files})
    prediction_progress.claim(run.id)
    for categories in found:
        runs.predict_next(run, categories)
    prediction_progress.finish(run.id, stopped=False)
    db.session.refresh(run)
    return run


@pytest.fixture
def run(model: DetectionModel, administrator: User) -> PredictionRun:
    """Photo 0: fig 0.9, date 0.8; photo 1: date 0.9; photo 2: nothing."""
    return predict(model, administrator, ["fig", "date"], ["date"], [])


def shown(client: FlaskClient, run: PredictionRun, **arguments: str) -> list[str]:
    """File names of the gallery."""
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}", query_string=arguments))
    return re.findall(r'<span title="(\d\.jpg)"', page)


def test_thresholds_change_what_is_shown_and_counted(client: FlaskClient, run: PredictionRun) -> None:
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert "<output data-total>3</output>" in page
    # All that was kept is in the page, so that the slider needs no answer.
    assert page.count('class="found category-') == 3
    raised = runs.text_of(client.get(f"/prediction-runs/{run.id}?threshold=0.85"))
    assert "<output data-total>2</output>" in raised
    assert len(re.findall(r'<g class="found category-\d"[^>]* hidden>', raised)) == 1
    own = runs.text_of(client.get(f"/prediction-runs/{run.id}?threshold=0.85&t1=0.5"))
    assert "<output data-total>3</output>" in own
    # What is saved follows.
    assert f"/prediction-runs/{run.id}/zip?threshold=0.85&amp;t1=0.5" in own
    csv = client.get(f"/prediction-runs/{run.id}/csv?threshold=0.85").get_data(as_text=True)
    assert csv.count(",date,") == 1


def test_the_scores_by_category_give_the_totals_at_any_threshold(
    client: FlaskClient, run: PredictionRun
) -> None:
    page = client.get(f"/prediction-runs/{run.id}").get_data(as_text=True)
    [scores] = re.findall(r"data-scores='(\[.*?\])'", page)
    fig, date = (list(map(int, one.split(","))) for one in re.findall(r"\[([\d, ]+)\]", scores))
    assert len(fig) == 101
    assert (sum(fig[90:]), sum(fig[91:]), sum(date[80:]), sum(date[81:])) == (1, 0, 2, 1)


def test_filters(client: FlaskClient, model: DetectionModel, run: PredictionRun) -> None:
    verdict_rules.add_rule(model, NewRule("date", Measure.COUNT, Comparison.ABOVE, 0))
    assert shown(client, run) == ["0.jpg", "1.jpg", "2.jpg"]
    assert shown(client, run, category="0") == ["0.jpg"]
    assert shown(client, run, category="1") == ["0.jpg", "1.jpg"]
    assert shown(client, run, to="0.85") == ["0.jpg"]
    assert shown(client, run, verdict="NG") == ["0.jpg", "1.jpg"]
    assert shown(client, run, verdict="OK") == ["2.jpg"]
    assert shown(client, run, verdict="OK", threshold="0.85") == ["0.jpg", "2.jpg"]
    assert shown(client, run, category="7", verdict="x", threshold="y") == ["0.jpg", "1.jpg", "2.jpg"]
    nothing = runs.text_of(client.get(f"/prediction-runs/{run.id}?category=0&threshold=0.95"))
    assert "No photo fits this filter" in nothing


def test_verdicts_stand_on_the_photos_with_their_reasons(
    client: FlaskClient, model: DetectionModel, run: PredictionRun
) -> None:
    verdict_rules.add_rule(model, NewRule("fig", Measure.LENGTH, Comparison.ABOVE, 20))
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert page.count('data-verdict="ng"') == 1
    assert page.count('data-verdict="ok"') == 2
    assert "fig: length 3" in page
    assert "Photos NG: <strong>1<" in page


def test_a_filter_keeps_its_pages(
    client: FlaskClient, model: DetectionModel, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.prediction.pages.results.PHOTOS_PAGE", 2)
    run = predict(model, administrator, ["fig"], [], ["fig"], ["fig"], ["fig"], files=range(5))
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}?category=0&threshold=0.6"))
    [following] = re.findall(r'rel="next" href="([^"]+)"', page)
    second = runs.text_of(client.get(following.replace("&amp;", "&")))
    assert re.findall(r'<span title="(\d\.jpg)"', second) == ["3.jpg", "4.jpg"]
    assert 'rel="next"' not in second
    [back] = re.findall(r'rel="prev" href="([^"]+)"', second)
    first = runs.text_of(client.get(back.replace("&amp;", "&")))
    assert re.findall(r'<span title="(\d\.jpg)"', first) == ["0.jpg", "2.jpg"]


def test_a_change_of_the_tools_keeps_its_address(client: FlaskClient, run: PredictionRun) -> None:
    address = f"/prediction-runs/{run.id}/panel?threshold=0.85&t0=0.85&t1=0.3&category=&from=&to="
    answer = client.get(address, headers={"HX-Request": "true"})
    assert answer.headers["HX-Replace-Url"] == f"/prediction-runs/{run.id}?threshold=0.85&t1=0.3"


def test_rules_are_made_and_removed_as_sentences(client: FlaskClient, model: DetectionModel) -> None:
    address = f"/models/{model.id}/verdict-rules"
    assert "No rules yet" in runs.text_of(client.get(address))
    sent = {"category": "fig", "measure": "width", "comparison": "above", "limit": "12.5"}
    htmx = {"HX-Request": "true"}
    assert "NG when “fig” is wider than 12.5 px" in runs.text_of(
        client.post(address, data=sent, headers=htmx)
    )
    for wrong, sentence in (
        ({"limit": "much"}, "Enter a number between 0"),
        ({"limit": "-1"}, "Enter a number between 0"),
        ({"limit": "nan"}, "Enter a number between 0"),
        ({"category": "screw"}, "no category “screw”"),
        ({"measure": "weight"}, "Choose one of the list"),
        ({"measure": "score", "limit": "2"}, "between 0 and 1"),
    ):
        refused = client.post(address, data=sent | wrong, headers=htmx)
        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert sentence in runs.text_of(refused)
    [rule] = verdict_rules.list_rules(model)
    assert client.post(f"{address}/{rule.id}/delete").status_code == HTTPStatus.FOUND
    assert verdict_rules.list_rules(model) == []
    runs.sign_in(client, Role.ANNOTATOR)
    assert client.post(address, data=sent).status_code == HTTPStatus.FORBIDDEN
    assert "Add rule" not in runs.text_of(client.get(address))


def test_a_run_is_deleted_with_its_files(
    client: FlaskClient, run: PredictionRun, model: DetectionModel
) -> None:
    folder = storage.results_dir(run.id)
    assert folder.is_dir()
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert 'data-dialog="delete-run"' in page
    assert "Delete this prediction?" in page
    address = f"/prediction-runs/{run.id}"
    answer = client.post(f"{address}/delete")
    assert answer.location == f"/models/{model.id}/predict"
    assert not folder.exists()
    assert db.session.query(PredictedImage).count() == db.session.query(Detection).count() == 0
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND


def test_a_run_under_way_is_not_deleted(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(model, administrator, {"a.jpg": runs.photo_file(1)})
    assert client.post(f"/prediction-runs/{run.id}/delete").status_code == HTTPStatus.CONFLICT
    assert client.get(f"/prediction-runs/{run.id}").status_code == HTTPStatus.OK


def test_a_model_is_not_deleted_under_a_run(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(model, administrator, {"a.jpg": runs.photo_file(1)})
    prediction_progress.claim(run.id)
    answer = client.post(f"/models/{model.id}/delete", data={"confirm": model.name})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "A prediction of this model is under way" in runs.text_of(answer)
    runs.predict_next(run, ["fig"])
    prediction_progress.finish(run.id, stopped=False)
    model_trash.delete_model(model, model.name, administrator)
    assert client.get(f"/prediction-runs/{run.id}").status_code == HTTPStatus.NOT_FOUND


def test_two_runs_of_the_same_photos_are_compared(
    client: FlaskClient, model: DetectionModel, run: PredictionRun, administrator: User
) -> None:
    alone = runs.text_of(client.get(f"/prediction-runs/{run.id}/compare"))
    assert "No other prediction has these photos" in alone
    other = predict(model, administrator, ["date", "fig"], ["date"], ["fig"])
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}/compare?with={other.id}"))
    # The boxes are the same: photo 0 has another order of scores, photo 2 a new fig, photo 1 is left out.
    assert re.findall(r"<h2>(\d\.jpg)</h2>", page) == ["0.jpg", "2.jpg"]
    assert page.count("<strong>new</strong>") == 1
    assert client.get(f"/prediction-runs/{run.id}/compare?with={run.id}").status_code == HTTPStatus.NOT_FOUND


def found(category: str, score: float, x: float) -> FoundObject:
    return FoundObject(category, score, [x, 0, 10, 10], 100)


def test_what_changed_between_two_runs() -> None:
    before = [found("fig", 0.9, 0), found("fig", 0.9, 20), found("fig", 0.9, 40), found("fig", 0.9, 60),
              found("fig", 0.2, 80)]  # fmt: skip
    after = [found("fig", 0.92, 1), found("date", 0.9, 20), found("fig", 0.6, 40), found("date", 0.8, 100),
             found("fig", 0.3, 80)]  # fmt: skip
    half = Thresholds(0.5)
    changes = prediction_comparison.compare(before, after, half, half)
    places = [(one.before and one.before.bbox[0], one.after and one.after.bbox[0]) for one in changes]
    assert [(one.change.value, *place) for one, place in zip(changes, places, strict=True)] == [
        ("category", 20, 20),
        ("score", 40, 40),
        ("gone", 60, None),
        ("new", None, 100),
    ]
    assert changes[0].iou == pytest.approx(1)
    assert prediction_comparison.compare(before, before, half, half) == []
    assert len(prediction_comparison.compare([], after, half, half)) == 4


def test_the_live_page_shows_speed_and_the_newest_results(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(
        model, administrator, {f"{n}.jpg": runs.photo_file(n) for n in range(5)} | {"bad.jpg": b"x"}
    )
    prediction_progress.claim(run.id)
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert "Newest results" not in page
    assert "bad.jpg</td><td>This is not a picture" in page
    for _photo in range(3):
        runs.predict_next(run, ["fig"])
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}/panel"))
    assert re.findall(r'<span title="(\d\.jpg)"', page) == ["2.jpg", "1.jpg", "0.jpg"]
    assert re.search(r'big-number">\d+\.\d\d</div> <div class="soft">Photos a second', page)
    assert run.status == RunStatus.RUNNING
