"""Result, report, record and comparison of training runs."""

from http import HTTPStatus

import flask_babel
import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from tests.training import test_intervals, tested
from webapp.contracts import intervals
from webapp.core.extensions import db
from webapp.images import faults as image_faults
from webapp.images import trash as image_trash
from webapp.models import DetectionModel, Image, Role, RunStatus, Split, TrainingRun, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.projects.trash import KEPT
from webapp.training import evaluations
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training.evaluations import ComparableFigures
from webapp.training.pages import context
from webapp.training.progress import LeftOut
from webapp.training.record import history as training_history
from webapp.training.record import trash as training_trash
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


@pytest.fixture
def run(model: DetectionModel, administrator: User) -> TrainingRun:
    run = runs.finished_training(model, administrator)
    photo = db.session.scalars(db.select(Image)).first()
    assert photo is not None
    tested.store(run, photo.sha256)
    return run


def test_photos_that_were_left_out_are_named(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    left_out = LeftOut("IMG <1>.png", "train", image_faults.fault_document("photo_missing"))
    training_progress.add_left_out(run.id, [left_out])
    training_runs.change_state(run.id, (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    for page in ("/panel", "/result", "/report"):
        text = runs.text_of(client.get(f"/training-runs/{run.id}{page}"))
        assert "1 photo could not be used" in text
        assert "IMG &lt;1&gt;.png" in text
        assert "missing or damaged" in text


def test_it_opens_at_the_advised_threshold(client: FlaskClient, run: TrainingRun) -> None:
    run.weights[-1].thresholds = {"fig": 0.3, "date": 0.3}
    db.session.commit()
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "Misses 1 of 3 objects, 1 false alarm<" in page
    assert "In use: 0.30 (advised, a good balance on photos it did not learn from)" in page
    run.weights[-1].thresholds = None
    db.session.commit()
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "Misses 1 of 3 objects, 0 false alarms" in page
    assert "In use: 0.50 (the usual value, as these weights advise none)" in page


def test_the_threshold_speaks_in_shop_terms(client: FlaskClient, run: TrainingRun) -> None:
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result?threshold=0.3"))
    assert "Misses 1 of 3 objects, 1 false alarm<" in page
    client.post("/preferences/language", data={"lang": "zh_Hant_TW"})
    flask_babel.refresh()  # the test's app context outlives its requests
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result?threshold=0.3"))
    assert "3 個物件漏掉 1 個，誤報 1 個" in page


@pytest.fixture
def sure_run(run: TrainingRun) -> TrainingRun:
    """A run as it is stored since there are intervals and conclusions."""
    run.intervals, run.conclusion = tested.INTERVALS, tested.CONCLUSION
    db.session.commit()
    return run


def test_the_result_says_what_it_is_worth_and_how_sure_that_is(
    client: FlaskClient, sure_run: TrainingRun
) -> None:
    for page in (f"/training-runs/{sure_run.id}/result", f"/training-runs/{sure_run.id}/report"):
        text = runs.text_of(client.get(f"{page}?threshold=0.3"))
        assert "Finds 2 of 3; no false alarm on 2 photos" in text
        assert "Too few test photos to tell how good it is." in text
        assert "Judging by 2 test photos, the true AP lies between 41.2 and 89.5." in text
        assert "6 more would halve this interval." in text
        # Beside AP and AP50, in the table of all figures, and at the threshold.
        assert 'title="95 % interval">(41–90)' in text
        assert "(70–100)" in text
        assert "(30–92)" in text
        assert "10–90%" in text
        assert "0.00–2.80" in text
    record = runs.text_of(client.get(f"/models/{sure_run.model_id}/record"))
    assert "Finds 2 of 3; no false alarm on 2 photos" in record
    assert record.count("(41–90)") == 2
    card = runs.text_of(client.get("/"))
    assert "Finds 2 of 3; no false alarm on 2 photos" in card
    assert "(41–90)" in card


def test_a_run_of_before_is_shown_without_intervals(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.finished_training(model, administrator)
    before = {name: value for name, value in tested.summary().items() if name != "intervals"}
    evaluations.store(run.id, before, [])
    db.session.commit()
    for page in ("result", "report", "threshold-panel"):
        answer = client.get(f"/training-runs/{run.id}/{page}")
        assert answer.status_code == HTTPStatus.OK
        assert "95 % interval" not in runs.text_of(answer)
    assert client.get("/").status_code == HTTPStatus.OK
    other = runs.finished_training(model, administrator)
    page = runs.text_of(client.get(f"/models/{model.id}/compare?run={run.id}&run={other.id}"))
    assert "on the same test photos" not in page


def test_two_runs_on_the_same_photos_are_compared_with_an_interval(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    compared = []
    for gain, noise in ((0.0, 0.0), (2.0, 2.0), (0.2, 20.0)):
        run = runs.finished_training(model, administrator)
        resampled = intervals.pack({"segm AP": test_intervals.figure(gain, noise)})
        evaluations.store(run.id, tested.summary(), [], ComparableFigures("a", resampled))
        compared.append(run.id)
    db.session.commit()
    first, second, third = compared
    address = f"/models/{model.id}/compare"
    page = runs.text_of(client.get(f"{address}?run={first}&run={second}"))
    assert "Better than run 1 on the same test photos" in page
    assert "+2." in page
    assert "Too few test photos to tell" not in page
    page = runs.text_of(client.get(f"{address}?run={first}&run={third}"))
    assert "Too few test photos to tell; 6 more would halve the interval." in page


def test_the_panel_of_a_threshold_says_what_it_means(client: FlaskClient, run: TrainingRun) -> None:
    answer = client.get(f"/training-runs/{run.id}/threshold-panel?threshold=0.3")
    page = runs.text_of(answer)
    assert "Misses 1 of 3 objects, 1 false alarm<" in page
    assert 'name="threshold" min="0" max="1" step="0.01" value="0.30"' in page
    assert "10–90%" in page  # recall of all
    assert page.count("3–100%") == 2  # precision of figs, recall of dates
    assert answer.headers["HX-Trigger"] == "threshold:moved"
    above = runs.text_of(client.get(f"/training-runs/{run.id}/threshold-panel?threshold=0.9"))
    assert "Misses 2 of 3 objects, 0 false alarms<" in above
    assert above.count("3–100%") == 1


def test_the_worst_photos_follow_the_threshold(client: FlaskClient, run: TrainingRun) -> None:
    address = f"/training-runs/{run.id}/worst-photos"
    at_half = runs.text_of(client.get(f"{address}?threshold=0.5"))
    assert "b.jpg" in at_half
    assert "a.jpg" not in at_half
    assert "Missed: 1" in at_half
    assert "False alarms: fig 0.40" in runs.text_of(client.get(f"{address}?threshold=0.3"))


def test_a_test_photo_is_shown_small(client: FlaskClient, run: TrainingRun) -> None:
    answer = client.get(f"/training-runs/{run.id}/test-photos/0")
    assert answer.mimetype == "image/webp"
    assert client.get(f"/training-runs/{run.id}/test-photos/99").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("threshold", ["nan", "inf", "-3", "x", "1e999"])
def test_a_strange_threshold_does_no_harm(client: FlaskClient, run: TrainingRun, threshold: str) -> None:
    for page in ("result", "worst-photos", "threshold-panel"):
        assert (
            client.get(f"/training-runs/{run.id}/{page}?threshold={threshold}").status_code == HTTPStatus.OK
        )


def test_a_run_of_before_says_that_it_has_no_thresholds(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.finished_training(model, administrator)
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "This run was tested before thresholds and photos were kept." in page
    assert client.get(f"/training-runs/{run.id}/threshold-panel").status_code == HTTPStatus.NOT_FOUND


def test_the_report_has_all_and_a_place_to_sign(client: FlaskClient, run: TrainingRun) -> None:
    training_history.describe_run(run, "First", "For the audit")
    page = runs.text_of(client.get(f"/training-runs/{run.id}/report"))
    for words in (
        "Training report",
        "First",
        "For the audit",
        "b.jpg",
        "Learning rate",
        "Date and signature",
    ):
        assert words in page


def test_name_and_note_are_kept_and_found(client: FlaskClient, run: TrainingRun) -> None:
    client.post(
        f"/training-runs/{run.id}/describe", data={"name": " Night  shift ", "note": "with <b>lamp</b>"}
    )
    page = runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    assert "Run 1 · Night shift" in page
    assert "with &lt;b&gt;lamp&lt;/b&gt;" in page
    address = f"/models/{run.model_id}/record"
    assert "Night shift" in runs.text_of(client.get(f"{address}?q=lamp"))
    assert "No run is like that" in runs.text_of(client.get(f"{address}?q=100%25"))


def test_too_long_a_name_is_refused(client: FlaskClient, run: TrainingRun) -> None:
    client.post(f"/training-runs/{run.id}/describe", data={"name": "x" * 101})
    assert db.session.get_one(TrainingRun, run.id).name == ""


def test_the_record_sorts_and_filters(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    for ap in (50.0, 90.0, None):
        metrics = {"segm": {"AP": ap}, "bbox": {"AP": ap}} if ap else None
        status = RunStatus.COMPLETED if ap else RunStatus.STOPPED
        runs.finished_training(model, administrator, status, metrics)
    wanted = training_history.Filter(sort="accuracy")
    assert [run.number for run in training_history.list_history(model, wanted, 0, 9)] == [2, 1, 3]
    wanted = training_history.Filter(status="stopped")
    assert [run.number for run in training_history.list_history(model, wanted, 0, 9)] == [3]
    assert client.get(f"/models/{model.id}/record?sort=x&status=y&page=-1").status_code == HTTPStatus.OK


def test_runs_are_compared_side_by_side(
    client: FlaskClient, model: DetectionModel, run: TrainingRun, administrator: User
) -> None:
    other = training_runs.start(model, administrator, {"learning_rate": 0.01, "iterations": 20})
    training_runs.request_stop(other)
    page = runs.text_of(client.get(f"/models/{model.id}/compare?run={run.id}&run={other.id}"))
    assert "Compare runs" in page
    assert "0.01" in page
    assert "Mirror photos" not in page
    assert f"/models/{model.id}/compare/losses" in page
    assert f'name="run" value="{other.id}"' in page


def test_the_losses_of_several_runs_lie_over_each_other(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    one, other = (runs.running_training(model, administrator, done=done) for done in (4, 6))
    other.name = "<b>slow</b>"
    db.session.commit()
    address = f"/models/{model.id}/compare/losses?run={one.id}&run={other.id}&average=1"
    page = runs.text_of(client.get(f"{address}&curve=training_loss"))
    assert '"name": "Run 1"' in page
    assert "\\u003cb\\u003eslow" in page
    assert '"tickAmount": 5' in page
    assert page.count('"y": 1.5}') == 2
    assert '"y": 1.65}' not in page
    assert client.get(f"{address}&curve=x").status_code == HTTPStatus.OK
    assert (
        client.get(f"/models/{model.id}/compare/losses?run={one.id}").status_code
        == HTTPStatus.UNPROCESSABLE_ENTITY
    )


def test_one_run_alone_is_not_compared(client: FlaskClient, run: TrainingRun) -> None:
    answer = client.get(f"/models/{run.model_id}/compare?run={run.id}&run=999")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Tick two to 6 runs" in runs.text_of(answer)


def test_a_deleted_run_hides_its_weights_and_comes_back(client: FlaskClient, run: TrainingRun) -> None:
    model = run.model
    client.post(f"/training-runs/{run.id}/delete")
    assert client.get(f"/training-runs/{run.id}/result").status_code == HTTPStatus.NOT_FOUND
    assert in_use.of_model(model) is None
    assert detection_models.trained([model.id]) == set()
    assert "Deleted runs" in runs.text_of(client.get(f"/models/{model.id}/record"))
    client.post(f"/training-runs/{run.id}/restore")
    assert client.get(f"/training-runs/{run.id}/result").status_code == HTTPStatus.OK
    assert in_use.of_model(model) is not None


def test_a_run_under_way_is_not_deleted(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    client.post(f"/training-runs/{run.id}/delete")
    assert training_runs.open_run(run.id).deleted_at is None


def test_the_trash_is_emptied_after_its_time(client: FlaskClient, run: TrainingRun) -> None:
    file = weights_files.file_of(run.weights[0])
    training_trash.delete_run(run, None)
    assert training_trash.purge() == 0
    run.deleted_at = now() - KEPT
    db.session.commit()
    run_id = run.id
    assert training_trash.purge() == 1
    assert db.session.get(TrainingRun, run_id) is None
    assert not file.exists()


def test_a_failed_run_is_resumed_by_its_button(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    run = runs.running_training(model, administrator)
    training_runs.fail(run.id, {"code": "disk_full", "params": {}})
    assert "Resume" in runs.text_of(client.get(f"/training-runs/{run.id}"))
    client.post(f"/training-runs/{run.id}/resume")
    assert training_runs.open_run(run.id).status == RunStatus.QUEUED
    assert client.post(f"/training-runs/{run.id}/resume").status_code == HTTPStatus.CONFLICT


def test_a_viewer_changes_nothing(client: FlaskClient, run: TrainingRun) -> None:
    runs.sign_in(client, Role.VIEWER)
    assert "Delete this run" not in runs.text_of(client.get(f"/training-runs/{run.id}/result"))
    for verb in ("delete", "restore", "describe", "resume"):
        assert client.post(f"/training-runs/{run.id}/{verb}").status_code == HTTPStatus.FORBIDDEN


def test_the_result_begins_with_what_a_foreman_understands(
    client: FlaskClient, sure_run: TrainingRun
) -> None:
    page = runs.text_of(client.get(f"/training-runs/{sure_run.id}/result"))
    parts = (
        "Finds 2 of 3; no false alarm on 2 photos",
        'id="worst"',
        'class="pair-drawing"',
        'id="charts"',
        'id="threshold-panel"',
        'id="technical"',
    )
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    for part in ("worst", "charts", "threshold-panel", "technical"):
        assert f'<a href="#{part}">' in page
    technical = page[page.index('id="technical"') :]
    assert "All figures" in technical and "Learning rate" in technical
    assert '<details class="fold"' in technical and '<details class="fold" open' not in technical


def test_the_same_photos_stand_side_by_side_in_a_comparison(
    client: FlaskClient, model: DetectionModel, run: TrainingRun, administrator: User
) -> None:
    other = runs.finished_training(model, administrator)
    photo = db.session.scalars(db.select(Image)).first()
    assert photo is not None
    tested.store(other, photo.sha256)
    page = runs.text_of(client.get(f"/models/{model.id}/compare?run={run.id}&run={other.id}"))
    same = page[page.index("The same photos") : page.index("What differs")]
    assert same.count('class="same-photo"') == 1
    for each in (run, other):
        assert f'href="/training-runs/{each.id}/test-photos/' in same
        assert f"Run {each.number} · Missed:" in same


def test_a_comparison_names_the_photos_that_came_and_the_weights_a_run_began_with(
    client: FlaskClient, model: DetectionModel, run: TrainingRun, administrator: User
) -> None:
    gone = db.session.scalars(db.select(Image).order_by(Image.id)).first()
    assert gone is not None
    name = gone.filename
    image_trash.delete_images(model, Image.id == gone.id, administrator)
    other = training_runs.start(
        model, administrator, {"iterations": 20}, run.weights[0].id, allow_empty=set(Split)
    )
    training_runs.request_stop(other)
    page = runs.text_of(client.get(f"/models/{model.id}/compare?run={run.id}&run={other.id}"))
    differs = page[page.index("What differs") :]
    assert f"Photos of run {other.number} beside those of run {run.number}" in differs
    assert f'<strong>1 went</strong> <span class="soft">{name}</span>' in differs
    assert "Started from" in differs


def test_of_the_lengths_of_a_run_the_one_that_decided_is_listed(
    model: DetectionModel, administrator: User
) -> None:
    def lengths(**values: float) -> set[str]:
        run = training_runs.start(model, administrator, values)
        training_runs.request_stop(run)
        return {one["name"] for one in context.parameters_of(run)} & set(context.LENGTHS)

    assert lengths(time_budget_minutes=2) == {"time_budget_minutes"}
    assert lengths(iterations=20, time_budget_minutes=0) == {"iterations"}
