"""A file is written whole or not at all."""

from pathlib import Path

import pytest

from jobs.detection.atomic_file import write_atomically


def test_it_replaces_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "file"
    write_atomically(path, lambda unfinished: unfinished.write_text("old"))
    write_atomically(path, lambda unfinished: unfinished.write_text("new"))
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def disk_is_full(unfinished: Path) -> None:
        unfinished.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomically(path, disk_is_full)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
