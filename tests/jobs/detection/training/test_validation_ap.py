"""AP on the validation photos during a training is that of the test at its end."""

from jobs.detection.evaluation.evaluator import evaluate_weights
from jobs.detection.inputs.dataset import InferenceMapper, records_of_split
from jobs.detection.inputs.left_out import LeftOutImages
from jobs.detection.network.loading import load_model
from jobs.detection.training import validation_ap
from jobs.detection.training.validation_ap import ValidationAp
from tests.jobs.detection.conftest import Dataset, TrainedRun
from webapp.contracts.suppression import Suppression


def validated(dataset: Dataset) -> Dataset:
    """The same photos, for validation."""
    images = [image | {"split": "validation"} for image in dataset.document["images"]]
    return Dataset(dataset.document | {"images": images}, dataset.folder)


def ap_of(run: TrainedRun, dataset: Dataset) -> ValidationAp:
    loaded = load_model(run.outcome.weights, device="cpu")
    records = records_of_split(dataset.document, "validation", dataset.path_of)
    mapper = InferenceMapper(loaded.cfg)
    return ValidationAp(loaded.model, mapper, records, dataset.document, LeftOutImages(), Suppression())


def test_it_is_the_ap_of_the_evaluation(learnt_by_heart: TrainedRun) -> None:
    dataset = validated(learnt_by_heart.dataset)
    measured = ap_of(learnt_by_heart, dataset)
    evaluation = evaluate_weights(
        learnt_by_heart.outcome.weights,
        dataset.document,
        "validation",
        dataset.path_of,
        suppression=Suppression(),
        device="cpu",
    )
    assert evaluation is not None
    ap = measured.measure(lambda: False)
    assert ap == evaluation.metrics["segm"]["AP"]
    assert ap > 20
    assert measured.measure(lambda: True) is None


def test_photos_without_labels_have_none(learnt_by_heart: TrainedRun) -> None:
    dataset = validated(learnt_by_heart.dataset)
    without = Dataset(dataset.document | {"annotations": []}, dataset.folder)
    assert ap_of(learnt_by_heart, without).measure(lambda: False) is None


def test_of_many_photos_some_are_looked_at() -> None:
    assert len(validation_ap.spread([{"image_id": number} for number in range(500)])) == 56
    assert validation_ap.spread([]) == []
