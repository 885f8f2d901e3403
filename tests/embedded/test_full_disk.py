"""A disk that is full to the last byte: nothing that was confirmed is lost, and the servers come back by themselves."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from embedded.waiting import wait_until
from embedded.web_address import is_healthy
from tests.embedded.small_disk import SmallDisk, noise

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]
SIZE_WITH_CHECKPOINTS = "700m"
SHORT = {"image_size": 64, "batch_size": 2, "iterations": 150, "checkpoint_period": 5, "warmup_iterations": 2}


def test_uploads_until_the_disk_is_full_and_after(disk: SmallDisk, api: requests.Session) -> None:
    calls = f"{disk.address}/api/v1"
    model = api.post(f"{calls}/models", json={"name": "Screws"}, timeout=60).json()["id"]
    confirmed: set[str] = set()
    statuses: set[int] = set()

    def upload(number: int) -> int:
        name = f"{number}.png"
        try:
            files = {"files": (name, noise(number))}
            answer = api.post(f"{calls}/models/{model}/images?split=train", files=files, timeout=120)
        except requests.ConnectionError:
            return 0
        if answer.status_code == 201:
            confirmed.update(image["filename"] for image in answer.json()["created"])
        return answer.status_code

    assert upload(0) == 201
    disk.fill()
    for number in range(1, 13):
        statuses.add(upload(number))
    assert 500 not in statuses and statuses & {503, 507}, statuses
    disk.make_room()
    wait_until(lambda: is_healthy(disk.address), "everything answers again by itself", 180)
    wait_until(lambda: upload(100) == 201, "photos are taken again", 120)
    stored: Any = api.get(f"{calls}/models/{model}/images?limit=100", timeout=60).json()
    assert {image["filename"] for image in stored["items"]} >= confirmed >= {"0.png", "100.png"}
    for image in stored["items"]:
        assert api.get(f"{calls}/images/{image['id']}/file", timeout=60).status_code == 200
    unfinished = [path for path in (disk.data / "photos").glob("*/*") if path.name.startswith(".")]
    assert unfinished == [], "nothing half written is left"


@pytest.mark.parametrize("disk", [SIZE_WITH_CHECKPOINTS], indirect=True)
def test_a_training_and_a_zip_on_a_disk_that_fills(
    disk: SmallDisk, api: requests.Session, shared_data: Path
) -> None:
    fruits = shared_data / "fruits_nuts"
    calls = f"{disk.address}/api/v1"
    model = api.post(f"{calls}/models", json={"name": "Fruits"}, timeout=60).json()["id"]
    paths = sorted((fruits / "data/images").iterdir())
    photos = [("files", (path.name, path.read_bytes())) for path in paths]
    labels = ("annotations", ("train13.json", (fruits / "train13.json").read_bytes()))
    imported = api.post(f"{calls}/models/{model}/imports?split=train", files=[labels, *photos], timeout=300)
    assert imported.status_code in (201, 202), imported.text
    wait_until(lambda: photos_of(api, calls, model) >= 13, "the photos are there", 120)
    before = photos_of(api, calls, model)

    asked = {"parameters": SHORT, "allow_empty": ["validation", "test"]}
    started = api.post(f"{calls}/models/{model}/training-runs", json=asked, timeout=60)
    assert started.status_code == 202, started.text
    run = f"{calls}/training-runs/{started.json()['id']}"
    wait_until(lambda: state(api, run).get("iteration", 0) >= 6, "a checkpoint was saved", 240)
    disk.fill()
    refused = api.post(f"{calls}/models/{model}/imports", files=[zipped(paths)], timeout=120)
    assert refused.status_code in (503, 507), refused.text
    # Nobody can write that the training failed while PostgreSQL has no room either.
    wait_until(
        lambda: not is_healthy(disk.address) or state(api, run).get("status") == "failed", "it is felt", 240
    )
    disk.make_room()

    wait_until(lambda: is_healthy(disk.address), "everything answers again by itself", 180)
    wait_until(lambda: state(api, run).get("status") in ("failed", "completed"), "the training ended", 400)
    if state(api, run)["status"] == "failed":
        assert state(api, run)["error_code"] == "disk_full", state(api, run)
        assert api.post(f"{run}/resume", timeout=60).status_code == 202
        wait_until(lambda: state(api, run).get("status") == "completed", "it went on", 400)
    losses = api.get(f"{run}/losses", timeout=60).json()["items"]
    assert [one["iteration"] for one in losses] == list(range(1, SHORT["iterations"] + 1)), (
        "an unbroken chart"
    )
    assert photos_of(api, calls, model) == before
    taken = api.post(f"{calls}/models/{model}/imports", files=[zipped(paths)], timeout=300)
    assert taken.status_code in (201, 202), taken.text
    left = [
        path
        for top in ("checkpoints", "imports", "photos", "weights")
        for path in (disk.data / top).rglob(".*")
    ]
    assert left == [], "nothing half written is left"


def state(api: requests.Session, address: str) -> Any:
    """Of a run; empty while the server is away."""
    try:
        answer = api.get(address, timeout=60)
    except requests.ConnectionError:
        return {}
    return answer.json() if answer.ok else {}


def photos_of(api: requests.Session, calls: str, model: int) -> int:
    """In the split train."""
    return state(api, f"{calls}/models/{model}").get("counts", {}).get("train", 0)


def zipped(photos: list[Path]) -> tuple[str, tuple[str, bytes]]:
    """The photos turned upside down, so that they are others, as one file of an import."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in photos:
            turned = io.BytesIO()
            Image.open(path).rotate(180).save(turned, "PNG", compress_level=0)
            archive.writestr(f"turned/{path.stem}.png", turned.getvalue())
    return "annotations", ("photos.zip", buffer.getvalue())
