"""A product on a small disk of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.embedded.small_disk import SmallDisk

SIZE = "260m"
"""The first start makes some 60 MB; PostgreSQL's journal grows by 16 MB at a time."""


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    small = SmallDisk(tmp_path, getattr(request, "param", SIZE))
    try:
        small.start()
        small.wait_until_up()
        yield small
    finally:
        small.unmount()


@pytest.fixture
def api(disk: SmallDisk) -> requests.Session:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {disk.token()}"
    return session
