"""Weights: a run's are fetched, others are uploaded after a look at their header."""

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from jobs.detection.network.architectures import build_config, new_model
from tests.rest.sending import assert_problem, form, photo_file, safetensors, walk
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.core import storage
from webapp.formats.weights_file import copy_with_metadata
from webapp.formats.weights_metadata import WeightsMetadata
from webapp.training.weights.expected import EXPECTED, sizes_of

COCO_CATEGORIES = ["nut", "螺栓"]


def upload(api: FlaskClient, model: dict[str, Any], content: bytes, name: str = "w.safetensors") -> Any:
    return api.post(f"/api/v1/models/{model['id']}/weights", data=form(file=photo_file(name, content)))


def files_of(folder: Path) -> set[str]:
    return {path.name for path in (folder / "weights").iterdir()}


@pytest.mark.parametrize("architecture", ["efficientnet_lite0_fpn", "r50_fpn"])
def test_a_file_that_fits_is_taken(api: FlaskClient, model: dict[str, Any], architecture: str) -> None:
    content = safetensors(COCO_CATEGORIES, architecture)
    answer = upload(api, model, content)
    taken = answer.get_json()
    assert answer.status_code == 201
    assert (taken["architecture"], taken["categories"]) == (architecture, COCO_CATEGORIES)
    assert (taken["filename"], taken["size"]) == ("w.safetensors", len(content))


def test_what_a_file_advises_is_kept(api: FlaskClient, model: dict[str, Any], tmp_path: Path) -> None:
    plain, advised = tmp_path / "plain", tmp_path / "advised"
    plain.write_bytes(safetensors(COCO_CATEGORIES))
    own = WeightsMetadata("efficientnet_lite0_fpn", COCO_CATEGORIES, thresholds={"nut": 0.3, "螺栓": 0.71})
    copy_with_metadata(plain, advised, own)
    kept = [upload(api, model, file.read_bytes()).get_json()["thresholds"] for file in (plain, advised)]
    assert kept == [None, {"nut": 0.3, "螺栓": 0.71}]


def test_uploaded_weights_start_a_run(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    small = upload(api, labelled_model, safetensors(["nut"])).get_json()
    large = upload(api, labelled_model, safetensors(["nut"], "r50_fpn")).get_json()
    address = f"/api/v1/models/{labelled_model['id']}/training-runs"
    run = api.post(address, json={"weights_id": small["id"]})
    assert (run.status_code, run.get_json()["initial_weights_id"]) == (202, small["id"])
    refused = api.post(address, json={"weights_id": large["id"]})
    assert assert_problem(refused, 422, "weights_other_architecture")["field"] == "weights_id"


def test_what_does_not_fit_is_refused(clean_app: OpenAPI, api: FlaskClient, model: dict[str, Any]) -> None:
    before = files_of(storage.data_dir())
    good = safetensors(["nut"])
    for content, code in (
        (b"", "weights_not_tensors"),
        (b"\x80\x04 a pickle of something", "weights_not_tensors"),
        (b"PK\x05\x06" + bytes(18), "weights_not_tensors"),
        (good[:-1], "weights_damaged"),
        (good[:100], "weights_damaged"),
        (b"\xff" * 7 + b"\x7f" + b'{"a": 1}', "weights_damaged"),
        (safetensors(["nut"], metadata=False), "weights_no_categories"),
        (safetensors([]), "weights_no_categories"),
        (safetensors(["nut"], architecture="yolo"), "weights_no_architecture"),
        (safetensors(["nut"], outputs=2), "weights_other_architecture"),
    ):
        body = assert_problem(upload(api, model, content), 422, code)
        assert body["field"] == "file"
    assert_problem(api.post(f"/api/v1/models/{model['id']}/weights"), 422, "file_missing")
    assert files_of(storage.data_dir()) == before, "nothing of a refused file is left"


def checkpoint(count: int, architecture: Architecture = Architecture.EFFICIENTNET_LITE0_FPN) -> bytes:
    """A .pth with the tensors that tell an architecture, as 8-bit numbers."""
    sizes = sizes_of(count)
    state = {"roi_heads.box_predictor.cls_score.bias": torch.zeros(count + 1)}
    for name, symbols in EXPECTED[architecture].items():
        shape = [sizes[part] if isinstance(part, str) else part for part in symbols]
        state[name] = torch.zeros(shape, dtype=torch.uint8)
    buffer = io.BytesIO()
    torch.save({"model": state, "iteration": 90_000}, buffer)
    return buffer.getvalue()


def test_a_checkpoint_of_plain_detectron2_is_taken(api: FlaskClient, model: dict[str, Any]) -> None:
    content = checkpoint(2, Architecture.R50_FPN)
    taken = upload(api, model, content, "model_final.pth").get_json()
    assert (taken["architecture"], taken["filename"]) == ("r50_fpn", "model_final.safetensors")
    assert taken["categories"] == ["class 0", "class 1"]
    sent = form(file=photo_file("model_final.pth", content), categories="date, 無花果")
    named = api.post(f"/api/v1/models/{model['id']}/weights", data=sent).get_json()
    assert named["categories"] == ["date", "無花果"]
    few = form(file=photo_file("model_final.pth", content), categories="date")
    body = assert_problem(api.post(f"/api/v1/models/{model['id']}/weights", data=few), 422)
    assert (body["code"], body["field"]) == ("weights_other_categories", "categories")


def test_a_checkpoint_that_is_a_program_is_refused(
    clean_app: OpenAPI, api: FlaskClient, model: dict[str, Any]
) -> None:
    before = files_of(storage.data_dir())
    buffer = io.BytesIO()
    torch.save({"model": {"a": torch.zeros(1)}, "hook": Hook()}, buffer)
    body = assert_problem(upload(api, model, buffer.getvalue(), "a.pth"), 422, "weights_not_tensors")
    assert "more than tensors" in body["detail"]
    buffer = io.BytesIO()
    torch.save({"model": {"a": torch.zeros(1)}}, buffer)
    assert_problem(upload(api, model, buffer.getvalue(), "a.pth"), 422, "weights_other_architecture")
    assert files_of(storage.data_dir()) == before, "nothing of a refused file is left"


class Hook:
    """What unpickling would run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


def test_the_weights_of_a_run_are_sent(api: FlaskClient, trained: dict[str, Any]) -> None:
    run = api.get(f"/api/v1/training-runs/{trained['run_id']}").get_json()
    assert run["weights_id"] == trained["weights_id"]
    address = f"/api/v1/training-runs/{run['id']}/weights"
    answer = api.get(address)
    assert answer.data == safetensors(["nut"])
    assert ".safetensors" in answer.headers["Content-Disposition"]
    part = api.get(address, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.data)) == (206, 10)
    assert upload(api, trained, answer.data).status_code == 201, "what was saved can be uploaded"


def test_a_run_without_weights_says_so(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    run = api.post(f"/api/v1/models/{labelled_model['id']}/training-runs", json={}).get_json()
    assert_problem(api.get(f"/api/v1/training-runs/{run['id']}/weights"), 404, "no_weights")


@pytest.mark.parametrize("architecture", list(Architecture))
def test_the_expected_shapes_are_those_of_the_network(architecture: Architecture) -> None:
    network = new_model(build_config(TrainingParameters(architecture=architecture), category_count=3))
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    sizes = {"C": 3, "C+1": 4, "4C": 12}
    for name, symbols in EXPECTED[architecture].items():
        assert shapes[name] == tuple(sizes.get(part, part) for part in symbols), name


def address_of(model: dict[str, Any]) -> str:
    return f"/api/v1/models/{model['id']}"


def test_weights_are_listed_with_run_kind_and_mark(api: FlaskClient, trained: dict[str, Any]) -> None:
    sent = upload(api, trained, safetensors(["nut"])).get_json()
    assert (sent["run_id"], sent["run_number"], sent["kind"], sent["in_use"]) == (None, None, None, False)
    newest, first = walk(api, f"{address_of(trained)}/weights?limit=1")
    assert newest == sent
    assert first["id"] == trained["weights_id"]
    assert (first["run_id"], first["run_number"], first["kind"]) == (trained["run_id"], 1, "last")
    assert (first["iteration"], first["metrics"], first["in_use"]) == (0, None, True)


def test_weights_are_taken_into_use_and_the_change_is_listed(
    api: FlaskClient, trained: dict[str, Any]
) -> None:
    sent = upload(api, trained, safetensors(["nut"])).get_json()
    address = f"{address_of(trained)}/weights-in-use"
    answer = api.put(address, json={"weights_id": sent["id"]})
    assert (answer.status_code, answer.get_json()) == (200, sent | {"in_use": True})
    assert [one["id"] for one in walk(api, f"{address_of(trained)}/weights") if one["in_use"]] == [sent["id"]]
    run = api.post(f"{address_of(trained)}/prediction-runs", json={"split": "train"}).get_json()
    assert run["weights_id"] == sent["id"]
    chosen, first = walk(api, f"{address}/changes?limit=1")
    assert (first["reason"], first["actor"], first["before"]) == ("first", None, None)
    assert (chosen["reason"], chosen["actor"]) == ("chosen", "admin@factory.test")
    assert (chosen["before"]["id"], chosen["after"]["id"]) == (trained["weights_id"], sent["id"])
    assert chosen["after"]["filename"] == "w.safetensors"


def test_what_cannot_be_used_is_refused(api: FlaskClient, trained: dict[str, Any]) -> None:
    address = f"{address_of(trained)}/weights-in-use"
    others = upload(api, trained, safetensors(["screw"])).get_json()
    for body, status, code in (
        ({"weights_id": others["id"]}, 422, "weights_other_categories"),
        ({"weights_id": 10**9}, 422, "weights_unknown"),
        ({"weights_id": 2**62}, 422, "weights_unknown"),
        ({"weights_id": None}, 422, "invalid"),
        ({}, 422, "invalid"),
        ({"weights_id": trained["weights_id"], "name": "x"}, 422, "invalid"),
    ):
        assert_problem(api.put(address, json=body), status, code)
    assert [change["reason"] for change in walk(api, f"{address}/changes")] == ["first"]


def test_weights_of_another_model_are_unknown(api: FlaskClient, trained: dict[str, Any]) -> None:
    other = api.post("/api/v1/models", json={"name": "Other"}).get_json()
    answer = api.put(f"{address_of(other)}/weights-in-use", json={"weights_id": trained["weights_id"]})
    assert_problem(answer, 422, "weights_unknown")
    assert walk(api, f"{address_of(other)}/weights") == []
