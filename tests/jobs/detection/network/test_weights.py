"""Weights files: what is written can be read; what could run code or does not fit is refused."""

import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from jobs.detection.errors import WeightsRejected
from jobs.detection.network.architectures import build_config, load_default_weights, new_model
from jobs.detection.network.weights import check_weights, load_start_weights, read_weights, save_weights
from jobs.detection.training.trainer import train
from tests.jobs.detection.conftest import SMALL, Dataset, Recorder
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.formats.weights_file import WeightsKind, read_weights_header, weights_kind
from webapp.formats.weights_metadata import WeightsFileError, WeightsMetadata

PARAMETERS = TrainingParameters(image_size=64)


@pytest.fixture(scope="module")
def model() -> Any:
    """The small network for two categories."""
    built = new_model(build_config(PARAMETERS, 2))
    load_default_weights(built, PARAMETERS.architecture, None)
    return built


@pytest.fixture(scope="module")
def metadata() -> WeightsMetadata:
    return WeightsMetadata(
        architecture="efficientnet_lite0_fpn",
        categories=["點蝕", "crack"],
        parameters=PARAMETERS.model_dump(mode="json"),
        dataset_version="abc",
        iteration=7,
    )


@pytest.fixture(scope="module")
def weights(model: Any, metadata: WeightsMetadata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_weights(model, path, metadata)
    return path


def refused(path: Path, **wanted: Any) -> str:
    with pytest.raises(WeightsRejected) as caught:
        check_weights(path, **wanted)
    return caught.value.code


def test_what_was_saved_is_read_back(weights: Path, model: Any, metadata: WeightsMetadata) -> None:
    tensors, found = read_weights(weights)
    assert found == metadata
    state = model.state_dict()
    assert set(tensors) == set(state)
    assert all(torch.equal(tensors[name], state[name]) for name in state)
    assert [path.name for path in weights.parent.iterdir()] == ["weights.safetensors"]


def test_the_header_is_read_without_torch(weights: Path, model: Any, metadata: WeightsMetadata) -> None:
    header = read_weights_header(weights)
    assert header.metadata == metadata
    assert header.shapes == {name: tuple(each.shape) for name, each in model.state_dict().items()}


def test_own_weights_are_accepted(weights: Path, model: Any) -> None:
    report = check_weights(weights, for_prediction=True)
    assert report.architecture is Architecture.EFFICIENTNET_LITE0_FPN
    assert report.categories == ["點蝕", "crack"]
    assert report.fits == len(model.state_dict())
    assert report.not_fitting == []


def test_a_torch_file_with_tensors_only_is_accepted(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    torch.save({"model": model.state_dict()}, path)
    assert weights_kind(path) is WeightsKind.TORCH
    report = check_weights(path)
    assert report.architecture is Architecture.EFFICIENTNET_LITE0_FPN
    assert report.categories is None
    assert refused(path, for_prediction=True) == "weights_no_categories"


class RunsCode:
    """Unpickling this would make a file."""

    def __init__(self, witness: Path) -> None:
        self._witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._witness,))


@pytest.mark.parametrize("name", ["model.pkl", "model.pth", "model.safetensors"])
def test_a_pickle_never_runs_code(tmp_path: Path, name: str) -> None:
    witness = tmp_path / "it ran"
    (tmp_path / name).write_bytes(pickle.dumps({"model": RunsCode(witness)}))
    assert refused(tmp_path / name) == "weights_not_tensors"
    assert not witness.exists()


def test_a_torch_file_with_code_never_runs_it(tmp_path: Path) -> None:
    witness = tmp_path / "it ran"
    torch.save({"model": RunsCode(witness)}, tmp_path / "model.pth")
    assert refused(tmp_path / "model.pth") == "weights_not_tensors"
    assert not witness.exists()


def test_a_truncated_file_is_refused(weights: Path, tmp_path: Path) -> None:
    whole = weights.read_bytes()
    half = tmp_path / "half.safetensors"
    for length in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        half.write_bytes(whole[:length])
        assert refused(half) in ("weights_damaged", "weights_not_tensors")
        with pytest.raises(WeightsFileError):
            read_weights_header(half)


def test_a_header_that_lies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lies.safetensors"
    header = b'{"a":{"dtype":"F32","shape":[1000,1000],"data_offsets":[0,4]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"1234")
    assert refused(path) == "weights_damaged"
    path.write_bytes(struct.pack("<Q", 2**60) + header + b"1234")
    assert refused(path) == "weights_damaged"


def test_a_number_that_is_not_finite_is_refused(weights: Path, tmp_path: Path) -> None:
    tensors = load_file(weights)
    tensors["roi_heads.box_predictor.cls_score.bias"][0] = float("inf")
    save_file(tensors, tmp_path / "inf.safetensors")
    assert refused(tmp_path / "inf.safetensors") == "weights_damaged"


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    save_file({"layer.weight": torch.zeros(3, 3)}, tmp_path / "other.safetensors")
    assert refused(tmp_path / "other.safetensors") == "weights_no_architecture"


def test_weights_of_the_other_architecture_are_refused(weights: Path) -> None:
    assert refused(weights, architecture=Architecture.R50_FPN) == "weights_other_architecture"


def test_a_tensor_of_another_shape_is_refused(
    weights: Path, metadata: WeightsMetadata, tmp_path: Path
) -> None:
    tensors = load_file(weights)
    tensors["backbone.fpn_lateral2.weight"] = torch.zeros(1)
    header = {"image_recognition": metadata.to_json()}
    save_file(tensors, tmp_path / "wrong.safetensors", metadata=header)
    assert refused(tmp_path / "wrong.safetensors") == "weights_other_architecture"


def test_parameters_out_of_range_are_refused(model: Any, metadata: WeightsMetadata, tmp_path: Path) -> None:
    wrong: list[dict[str, Any]] = [{"image_size": -1}, {"command": "rm"}, {"image_size": "big"}]
    for number, parameters in enumerate(wrong):
        path = tmp_path / f"{number}.safetensors"
        save_weights(model, path, WeightsMetadata("efficientnet_lite0_fpn", ["a", "b"], parameters))
        assert refused(path) == "weights_damaged"


def test_other_categories_load_what_fits_and_name_the_rest(weights: Path) -> None:
    report = check_weights(weights, categories=["a", "b", "c"])
    assert report.not_fitting == [
        "roi_heads.box_predictor.bbox_pred.bias",
        "roi_heads.box_predictor.bbox_pred.weight",
        "roi_heads.box_predictor.cls_score.bias",
        "roi_heads.box_predictor.cls_score.weight",
        "roi_heads.mask_head.predictor.bias",
        "roi_heads.mask_head.predictor.weight",
    ]


def test_as_many_but_other_categories_do_not_take_over_outputs(weights: Path, model: Any) -> None:
    same = load_start_weights(new_model(build_config(PARAMETERS, 2)), weights, ["點蝕", "crack"])
    others = load_start_weights(new_model(build_config(PARAMETERS, 2)), weights, ["crack", "dent"])
    assert same.not_loaded == []
    assert len(others.not_loaded) == 6
    assert others.loaded == same.loaded - 6


def test_the_same_categories_in_another_order_take_over_their_own_outputs(weights: Path, model: Any) -> None:
    turned = new_model(build_config(PARAMETERS, 2))
    assert load_start_weights(turned, weights, ["crack", "點蝕"]).not_loaded == []
    was, now = model.state_dict(), turned.state_dict()
    for layer, places in (
        ("box_predictor.cls_score", [1, 0, 2]),
        ("box_predictor.bbox_pred", [4, 5, 6, 7, 0, 1, 2, 3]),
        ("mask_head.predictor", [1, 0]),
    ):
        for part in ("weight", "bias"):
            name = f"roi_heads.{layer}.{part}"
            assert torch.equal(now[name], was[name][places]), name
    assert torch.equal(now["roi_heads.box_head.fc1.weight"], was["roi_heads.box_head.fc1.weight"])


def test_a_run_starts_from_an_earlier_one(shapes: Dataset, tmp_path: Path) -> None:
    first = train(shapes.job(tmp_path / "first", iterations=1, **SMALL), Recorder())
    job = shapes.job(tmp_path / "second", iterations=1, **SMALL)
    recorder = Recorder()
    train(job.__class__(**{**job.__dict__, "start_weights": first.weights}), recorder)
    assert recorder.start is not None
    assert recorder.start[3].source == "file"
    assert recorder.start[3].not_loaded == []
