"""What a training is said to need, against what ``bench.training_memory`` measured."""

import pytest
from flask_openapi3 import OpenAPI

from jobs.detection.inputs.image_cache import LIMIT_BYTES
from tests.builders import runs
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.core.errors import UserError
from webapp.models import User
from webapp.runs import training_machine
from webapp.training import memory as training_memory
from webapp.training import runs as training_runs

LITE0, R50 = Architecture.EFFICIENTNET_LITE0_FPN, Architecture.R50_FPN
MEASURED = (
    (LITE0, 128, 1, 1196),
    (LITE0, 128, 8, 1914),
    (LITE0, 320, 1, 1357),
    (LITE0, 320, 2, 1612),
    (LITE0, 320, 4, 2023),
    (LITE0, 320, 8, 2901),
    (LITE0, 640, 1, 1864),
    (LITE0, 640, 2, 2588),
    (LITE0, 640, 4, 4054),
    (LITE0, 1024, 1, 3077),
    (LITE0, 1024, 2, 4898),
    (R50, 128, 1, 2206),
    (R50, 128, 4, 2441),
    (R50, 320, 1, 2361),
    (R50, 320, 4, 2993),
    (R50, 512, 2, 3087),
    (R50, 640, 1, 2774),
    (R50, 640, 2, 3381),
    (R50, 800, 1, 3259),
    (R50, 800, 2, 4310),
)
"""Architecture, image size, batch size, MiB at the peak."""


@pytest.mark.parametrize(("architecture", "size", "batch", "measured"), MEASURED)
def test_it_is_near_what_was_measured_and_hardly_ever_below(
    architecture: Architecture, size: int, batch: int, measured: int
) -> None:
    parameters = TrainingParameters(architecture=architecture, image_size=size, batch_size=batch)
    assert 0.95 <= training_memory.of_process(parameters, batch) / 2**20 / measured <= 1.15


def test_several_processes_share_the_batch_and_without_gpus_the_memory(clean_app: OpenAPI) -> None:
    def of(batch: int, photos: int = 0) -> int:
        return training_memory.estimate(TrainingParameters(batch_size=batch), photos)

    two, six, kept = of(2), of(6), of(2, photos=10) - of(2)
    training_machine.announce(gpu=False, coco_weights=False, processes=2)
    assert of(4) == 2 * two
    assert of(4, photos=10) == 2 * (two + kept), "each keeps all photos"
    training_machine.announce(gpu=True, coco_weights=False, processes=2)
    assert of(4) == two, "of each GPU"
    training_machine.announce(gpu=True, coco_weights=False, processes=4)
    assert of(6) == two, "three processes share six evenly, four do not"
    assert of(1) < two < six


def test_photos_that_the_engine_keeps_count_up_to_its_limit(clean_app: OpenAPI) -> None:
    parameters = TrainingParameters(image_size=300)
    alone = training_memory.estimate(parameters)
    assert training_memory.estimate(parameters, photos=10) - alone == 10 * 300 * 400 * 3
    assert training_memory.estimate(parameters, photos=10**6) - alone == LIMIT_BYTES
    training_machine.announce(gpu=True, coco_weights=True)
    assert training_memory.estimate(parameters, photos=10**6) == alone, "they are not in the GPU's memory"


def test_a_run_counts_its_photos(
    clean_app: OpenAPI, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = runs.model_with_photos(administrator, train=3, validation=2)
    needed = training_memory.estimate(training_runs.defaults(model), photos=5)
    training_machine.announce(gpu=False, coco_weights=False, memory=needed)
    monkeypatch.setattr(training_memory, "RESERVE", 1.0)
    assert training_runs.start(model, administrator, {})
    training_machine.announce(gpu=False, coco_weights=False, memory=needed - 1)
    with pytest.raises(UserError) as refused:
        training_runs.start(model, administrator, {})
    assert refused.value.code == "memory_too_small"
