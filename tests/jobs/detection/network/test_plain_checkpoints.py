"""Checkpoints of plain Detectron2: read without torch, equal to what torch reads, and never run."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.detection.network.architectures import build_config, new_model  # isort: skip  (prepares Detectron2)
import torch

from jobs.detection.network.weights import check_weights, read_weights
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.formats.torch_file import NotTensorsOnly, TorchFile, TorchFileError
from webapp.training.weights.plain_detectron2 import DoesNotFit, OtherCategories, category_names, convert

NAMES = ["date", "無花果"]


def network(architecture: Architecture = Architecture.R50_FPN) -> torch.nn.Module:
    return new_model(build_config(TrainingParameters(architecture=architecture), len(NAMES)))


def saved(content: Any, path: Path) -> Path:
    torch.save(content, path)
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As Detectron2's checkpointer writes it, with the state of a solver beside the network."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    optimizer.zero_grad()
    first = next(model.parameters())
    first.grad = torch.ones_like(first)
    optimizer.step()
    content = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": {"base_lrs": [0.1], "last_epoch": 9},
        "iteration": 9,
        "best": np.float64(0.5),
    }
    return saved(content, tmp_path_factory.mktemp("plain") / "model_final.pth")


def test_a_checkpoint_becomes_a_weights_file_with_the_same_numbers(checkpoint: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.safetensors"
    convert(checkpoint, target, NAMES)
    tensors, metadata = read_weights(target)
    wanted = torch.load(checkpoint, weights_only=False)["model"]
    assert tensors.keys() == wanted.keys()
    assert all(torch.equal(tensors[name], wanted[name]) for name in wanted)
    assert metadata is not None
    assert metadata.parameters["image_size"] == 800, "as in Detectron2's model zoo"
    assert (metadata.architecture, metadata.categories, metadata.iteration) == ("r50_fpn", NAMES, 9)
    report = check_weights(target, for_prediction=True)
    assert (report.not_fitting, report.categories) == ([], NAMES)


def test_categories_without_names_are_numbered(checkpoint: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.safetensors"
    convert(checkpoint, target)
    assert check_weights(target).categories == ["class 0", "class 1"]


def test_another_number_of_names_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(OtherCategories) as refused:
        convert(checkpoint, tmp_path / "mine.safetensors", ["date"])
    assert refused.value.count == 2


def test_a_bare_state_dictionary_and_one_of_several_gpus(tmp_path: Path) -> None:
    state = network(Architecture.EFFICIENTNET_LITE0_FPN).state_dict()
    for content in (state, {f"module.{name}": tensor for name, tensor in state.items()}):
        target = tmp_path / "mine.safetensors"
        convert(saved(content, tmp_path / "state.pth"), target, NAMES)
        assert check_weights(target, for_prediction=True).architecture is Architecture.EFFICIENTNET_LITE0_FPN


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(24.0).reshape(4, 6).t(),
        torch.arange(24.0)[3:20:2],
        torch.arange(24, dtype=torch.int64).reshape(2, 3, 4)[:, 1],
        torch.arange(7, dtype=torch.float16),
        torch.arange(7, dtype=torch.bfloat16),
        torch.tensor([True, False]),
        torch.tensor(3.5),
        torch.zeros(0, 4),
        torch.nn.Parameter(torch.ones(3)),
    ],
    ids=str,
)
def test_numbers_of_any_tensor(tensor: torch.Tensor, tmp_path: Path) -> None:
    with TorchFile(saved({"a": tensor, "b": torch.zeros(64)}, tmp_path / "a.pth")) as file:
        stored = file.tensors()["a"]
        assert stored.shape == tuple(tensor.shape)
        wanted = tensor.detach().contiguous().reshape(-1).view(torch.uint8) if tensor.numel() else tensor
        assert file.numbers(stored) == wanted.numpy().tobytes()


class Harmful:
    """What unpickling would run."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.made),)


def test_a_program_is_refused_and_not_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    for content in ({"model": {"a": torch.ones(2)}, "x": Harmful(made)}, Harmful(made)):
        with pytest.raises(NotTensorsOnly):
            TorchFile(saved(content, tmp_path / "bad.pth"))
    assert not made.exists()


def zipped(description: bytes, **others: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", description)
        for name, content in others.items():
            archive.writestr(f"archive/{name}", content)
    return file.getvalue()


TENSOR = (
    b"ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI%d\ntQI%d\n(I%d\nt(I%d\nt"
    b"I00\nccollections\nOrderedDict\n)RtR"
)


@pytest.mark.parametrize(
    ("description", "error"),
    [
        (b"", TorchFileError),
        (b"\x80\x02.", TorchFileError),
        (b"\x80\x02}q\x00X\x01\x00\x00\x00a", TorchFileError),
        (b"cos\nsystem\n(S'true'\ntR.", NotTensorsOnly),
        (b"cbuiltins\neval\n(S'1'\ntR.", NotTensorsOnly),
        (b"(ios\nsystem\n.", NotTensorsOnly),
        (b"(S'a'\nios\nsystem\n.", NotTensorsOnly),
        (b"\x80\x02}((tI1\ns.", TorchFileError),
        (b"\x80\x02}))I1\ns.", NotTensorsOnly),
        (b"\x80\x02}r\xff\xff\xff\x7f.", TorchFileError),
        (pickle.dumps({"a": np.ones(3)}), NotTensorsOnly),
        (pickle.dumps(OrderedDict(a=1), 2), TorchFileError),
    ],
)
def test_descriptions_of_other_things(description: bytes, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "bad.pth"
    path.write_bytes(zipped(description))
    with pytest.raises(error), TorchFile(path) as file:
        file.tensors()


@pytest.mark.parametrize(
    ("count", "offset", "side", "stride"),
    [(4, 0, 5, 1), (4, 1, 4, 1), (4, 0, 2, 4), (8, 0, 4, 1), (4, 0, 10**9, 0)],
)
def test_a_tensor_beyond_its_storage_is_refused(
    count: int, offset: int, side: int, stride: int, tmp_path: Path
) -> None:
    path = tmp_path / "bad.pth"
    inner = TENSOR % (count, offset, side, stride)
    path.write_bytes(zipped(b"}S'a'\n" + inner + b"s.", **{"data/0": bytes(16)}))
    with pytest.raises(TorchFileError), TorchFile(path) as file:
        file.numbers(file.tensors()["a"])


def test_a_good_tensor_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "good.pth"
    path.write_bytes(zipped(b"}S'a'\n" + TENSOR % (4, 1, 3, 1) + b"s.", **{"data/0": bytes(range(16))}))
    with TorchFile(path) as file:
        assert file.numbers(file.tensors()["a"]) == bytes(range(4, 16))


def test_what_is_no_file_of_torch(tmp_path: Path) -> None:
    for content in (b"PK\x05\x06" + bytes(18), b"no zip", zipped(b"}.")[:-30]):
        path = tmp_path / "bad.pth"
        path.write_bytes(content)
        with pytest.raises(TorchFileError), TorchFile(path) as file:
            file.tensors()


def test_a_packed_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"}.")
    with pytest.raises(TorchFileError):
        TorchFile(path)


def test_another_network_is_refused(tmp_path: Path) -> None:
    for content in ({"a": torch.ones(3)}, {"roi_heads.box_predictor.cls_score.bias": torch.ones(3)}):
        with pytest.raises(DoesNotFit):
            convert(saved(content, tmp_path / "other.pth"), tmp_path / "mine.safetensors")


def test_names_as_people_type_them() -> None:
    assert category_names(" date, 無花果、nut；\nbolt ,") == ["date", "無花果", "nut", "bolt"]
    assert category_names(" ") == []
