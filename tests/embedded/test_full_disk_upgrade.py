"""Tables that change on a full disk: nothing changes, one sentence says why, and it goes on once there is room."""

import itertools
import os

import pytest
import requests

from embedded import full_disk
from embedded.waiting import wait_until
from embedded.web_address import is_healthy
from tests.embedded.small_disk import SmallDisk, noise

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]
EARLIER = "members"
"""A version of the tables that is not the newest."""


def test_tables_that_change_on_a_full_disk(disk: SmallDisk, api: requests.Session) -> None:
    """An upgrade that finds no room says so in one sentence, changes nothing, and ends well once there is room."""
    calls = f"{disk.address}/api/v1"
    model = api.post(f"{calls}/models", json={"name": "Screws"}, timeout=60).json()["id"]
    for number in range(5):
        files = {"files": (f"{number}.png", noise(number))}
        assert (
            api.post(f"{calls}/models/{model}/images?split=train", files=files, timeout=120).status_code
            == 201
        )
    before = api.get(f"{calls}/models/{model}/images?limit=100", timeout=60).json()
    disk.stop()
    newest, earlier = version(disk), go_back(disk)

    said: set[str] = set()
    for leaving, backup in itertools.product((0, 2**18, 2**20), ("off", "all")):
        disk.fill(leaving)
        disk.start(BACKUP_BEFORE_MIGRATION=backup)
        wait_until(lambda: disk.has_ended() or is_healthy(disk.address), "it says no, or comes up", 300)
        if not disk.has_ended():
            break
        assert "Traceback" not in disk.said, disk.said
        said.add(disk.said.strip().splitlines()[-1])
        disk.make_room()
        # The whole upgrade or nothing of it: with some room only what starts after it fails.
        if (found := version(disk)) != earlier:
            assert found == newest
            go_back(disk)
    assert said == {full_disk.SENTENCE}, said
    disk.stop()
    (disk.data / "filler").unlink(missing_ok=True)

    disk.start()
    disk.wait_until_up()
    assert api.get(f"{calls}/models/{model}/images?limit=100", timeout=60).json() == before
    left = [path for top in ("backups", "photos") for path in (disk.data / top).rglob("*.tmp")]
    assert left == [], "nothing half written is left"


def go_back(disk: SmallDisk) -> str:
    """Give the tables the form of an earlier version; its name."""
    disk.start("--servers-only")
    wait_until(lambda: "Press Ctrl-C" in disk.said, "the servers run", 60)
    disk.flask("db", "downgrade", EARLIER)
    disk.stop()
    return version(disk)


def version(disk: SmallDisk) -> str:
    """Of the tables, while nothing runs."""
    disk.start("--servers-only")
    wait_until(lambda: "Press Ctrl-C" in disk.said, "the servers run", 60)
    found = disk.flask("db", "current").split()[0]
    disk.stop()
    return found
