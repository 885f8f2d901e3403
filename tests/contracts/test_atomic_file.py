"""A file is written whole or not at all."""

from pathlib import Path

import pytest

from webapp.contracts.atomic_file import atomic_path


def test_it_replaces_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "file"
    for text in ("old", "new"):
        with atomic_path(path) as unfinished:
            unfinished.write_text(text)
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(OSError, match="No space"), atomic_path(path) as unfinished:
        unfinished.write_text("half")
        raise OSError(28, "No space left on device")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
