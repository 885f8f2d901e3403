"""What a training is started with: defaults that depend on machine and data, and whether it fits into memory."""

import logging
from collections.abc import Iterator

import pytest
from flask_babel import force_locale
from flask_openapi3 import OpenAPI

from tests.builders import runs
from webapp.contracts.training_defaults import DataFacts
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, User
from webapp.projects import detection_models
from webapp.runs import training_machine
from webapp.training import defaults as training_defaults
from webapp.training import log as training_log
from webapp.training import memory as training_memory
from webapp.training import runs as training_runs
from webapp.training import samples as training_samples
from webapp.training.parameter_fields import describe
from webapp.training.parameter_words import CHOICES, GROUP_LABELS, GROUPS, HELP, LABELS

GIGABYTE = 2**30


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


@pytest.fixture(autouse=True)
def _in_english(clean_app: OpenAPI) -> Iterator[None]:
    with force_locale("en"):
        yield


def test_every_parameter_has_its_words(clean_app: OpenAPI) -> None:
    names = set(TrainingParameters.model_fields)
    assert names == set(LABELS) == set(HELP) == set(GROUPS)
    for entry in describe(TrainingParameters()):
        assert entry["group"] in GROUP_LABELS
        if entry["choices"]:
            assert set(entry["choices"]) == set(CHOICES[entry["name"]])
        elif entry["type"] != "boolean":
            assert entry["minimum"] is not None and entry["maximum"] is not None


def test_the_size_of_the_labels_decides_the_image_size_and_says_so(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = runs.model_with_photos(administrator)
    facts = training_defaults.facts_of(model)
    assert (facts.photos, facts.width, facts.height) == (2, 80, 60)
    assert facts.small and f"{round(facts.small)} px" in training_defaults.reasons(model)["image_size"]
    pits = DataFacts(120, 1540, 645, small=38, large=105)
    monkeypatch.setattr(training_defaults, "facts_of", lambda _model: pits)
    chosen = training_defaults.product_defaults(model)
    assert chosen.time_budget_minutes == 10
    assert (chosen.image_size, chosen.window_size, chosen.anchor_size) == (704, 320, 16)
    reasons = training_defaults.reasons(model)
    assert "38 px: the network sees them at 29 px" in reasons["image_size"]
    assert "windows" in reasons["window_size"]


def test_labels_that_stay_small_are_named(administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    model = runs.model_with_photos(administrator)
    pores = DataFacts(40, 600, 600, small=8, large=12)
    monkeypatch.setattr(training_defaults, "facts_of", lambda _model: pores)
    assert "closer photos" in training_defaults.reasons(model)["image_size"]


def test_iterations_or_epochs_win_over_the_time(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    assert training_runs.checked_parameters(model, {}).time_budget_minutes == 10
    assert training_runs.checked_parameters(model, {"time_budget_minutes": 2}).iterations_for(5) == 0
    both = {"iterations": 9, "time_budget_minutes": 2}
    assert training_runs.checked_parameters(model, both).iterations_for(5) == 9
    assert training_runs.checked_parameters(model, {"epochs": 2}).iterations_for(4) == 4
    training_runs.save_defaults(model, {"iterations": 30})
    assert training_runs.checked_parameters(model, {}).iterations_for(5) == 30
    assert training_runs.checked_parameters(model, {"time_budget_minutes": 2}).iterations_for(5) == 0


def test_defaults_that_were_saved_before_there_were_times_count(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    model.training_defaults = {"iterations": 250, "epochs": 0}
    db.session.commit()
    assert training_runs.checked_parameters(model, {}).iterations_for(5) == 250


def test_the_device_decides_the_architecture_and_says_so(model: DetectionModel) -> None:
    assert "no GPU" in training_defaults.reasons(model)["architecture"]
    training_machine.announce(gpu=True, coco_weights=True)
    assert training_defaults.product_defaults(model).architecture is Architecture.R50_FPN
    assert "has a GPU" in training_defaults.reasons(model)["architecture"]
    training_machine.announce(gpu=True, coco_weights=False)
    assert training_defaults.product_defaults(model).architecture is Architecture.EFFICIENTNET_LITE0_FPN
    assert "not installed" in training_defaults.reasons(model)["architecture"]


def test_epochs_count_iterations_by_the_photos() -> None:
    assert TrainingParameters(epochs=3, batch_size=2).iterations_for(training_photos=5) == 8
    assert TrainingParameters(iterations=7).iterations_for(training_photos=5) == 7


def test_a_run_with_epochs_knows_its_iterations(clean_app: OpenAPI, administrator: User) -> None:
    fruits = runs.model_with_photos(administrator)
    assert training_runs.start(fruits, administrator, {"epochs": 5, "batch_size": 1}).iterations == 10


def test_what_does_not_fit_into_memory_is_refused_with_what_would(
    clean_app: OpenAPI, administrator: User
) -> None:
    fruits = runs.model_with_photos(administrator)
    training_machine.announce(gpu=False, coco_weights=False, memory=4 * GIGABYTE)
    with pytest.raises(UserError) as refused:
        training_runs.start(fruits, administrator, {"batch_size": 16, "image_size": 800})
    assert refused.value.code == "memory_too_small"
    settings = refused.value.details["would_fit"]
    assert settings
    for change in settings:
        parameters = TrainingParameters(**({"batch_size": 16, "image_size": 800} | change))
        assert training_memory.fits(parameters)
        assert str(change.get("batch_size", change.get("image_size"))) in refused.value.message
    assert training_runs.start(fruits, administrator, {"batch_size": 2}).id


def test_memory_that_is_not_known_refuses_nothing(clean_app: OpenAPI) -> None:
    assert training_memory.fits(TrainingParameters(batch_size=64, image_size=2048))


def test_the_log_of_a_run_is_kept_and_read_from_its_end(clean_app: OpenAPI) -> None:
    assert training_log.tail(7) == []
    for word in ("first", "second"):
        with training_log.writing(7):
            logging.getLogger("jobs").warning(word)
    logging.getLogger("jobs").warning("outside")
    assert [line.rpartition(" ")[2] for line in training_log.tail(7)] == ["first", "second"]
    assert len(training_log.tail(7, lines=1)) == 1


def test_samples_are_listed_and_cut(clean_app: OpenAPI) -> None:
    assert training_samples.newest(7) == []
    training_samples.folder(7).mkdir(parents=True)
    for iteration in range(1, 31):
        for index in range(2):
            (training_samples.folder(7) / training_samples.file_name(iteration, index)).touch()
    training_samples.forget_old(7)
    assert len(training_samples.list_samples(7)) == 2 * training_samples.KEPT
    training_samples.forget_after(7, 25)
    assert [sample.iteration for sample in training_samples.newest(7)] == [25, 25]
    assert training_samples.path(7, "0000025-1.jpg") is not None
    assert training_samples.path(7, "../training.log") is None
