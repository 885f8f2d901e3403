"""Large photos are decoded one at a time, by all processes together, and are not kept whole."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from webapp.core.settings import ROOT
from webapp.formats.images import decoding, large
from webapp.formats.images.decoding import read_image
from webapp.formats.images.reduced import THUMBNAIL_SIDE

HOLDS_ITS_TURN = """
import sys
from pathlib import Path
from webapp.formats.images import large
large.share_turns(Path(sys.argv[1]))
with large.turn_of(large.LARGE_PIXELS + 1):
    print("has it", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "run" / "turn"
    monkeypatch.setattr(large, "_shared", path)
    return path


def test_a_process_waits_for_another_until_that_has_died(shared: Path) -> None:
    with large.turn_of(large.LARGE_PIXELS + 1):
        pass  # it makes the file
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_ITS_TURN, str(shared)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"has it\n"
        with shared.open("ab") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with large.turn_of(large.LARGE_PIXELS):
            pass  # it is not large
        other.kill()
    with large.turn_of(large.LARGE_PIXELS + 1):
        pass


def test_of_a_large_photo_only_the_thumbnail_is_kept(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.png"
    Image.linear_gradient("L").resize((800, 400)).convert("RGB").save(path)
    small = read_image(path, "photo.png", 10**6)
    monkeypatch.setattr(large, "LARGE_PIXELS", 1000)
    monkeypatch.setattr(decoding, "LARGE_PIXELS", 1000)
    photo = read_image(path, "photo.png", 10**6)
    assert small.seen.size == (800, 400) and max(photo.seen.size) == THUMBNAIL_SIDE
    assert (photo.width, photo.height, photo.phash, photo.sha256, photo.stored) == (
        small.width,
        small.height,
        small.phash,
        small.sha256,
        small.stored,
    )
