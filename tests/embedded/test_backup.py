"""bin/manage backup and restore where nothing runs: the servers are started for the command."""

import subprocess
from pathlib import Path

import pytest

from tests.serve_process import ROOT, environment, serving


def manage(data: Path, *arguments: str, where: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bin" / "manage", *arguments],
        cwd=where,
        env=environment(
            DATA_DIR=str(data), ADMIN_EMAIL="a@factory.test", ADMIN_PASSWORD="correct horse battery"
        ),
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_backup_while_it_runs_and_one_while_it_does_not(tmp_path: Path) -> None:
    data, new = tmp_path / "資料 from", tmp_path / "to"
    with serving(tmp_path / "out", "--servers-only", DATA_DIR=str(data)) as serve:
        serve.wait_for("Press Ctrl-C to stop.")
        assert manage(data, "backups", "before-migration").returncode == 0
        refused = manage(data, "backup", "empty.tar", where=tmp_path)
        assert refused.returncode == 1
        assert "nothing to back up" in refused.stderr
        assert manage(data, "db", "upgrade").returncode == 0
        assert manage(data, "admin", "ensure").returncode == 0
        running = manage(data, "backup", "running.tar", where=tmp_path)
        assert running.returncode == 0, running.stderr
        refused = manage(data, "restore", "running.tar", where=tmp_path)
        assert refused.returncode == 1
        assert "data here already" in refused.stderr
    stopped = manage(data, "backup", str(tmp_path / "stopped.tar"))
    assert stopped.returncode == 0, stopped.stderr
    restored = manage(new, "restore", "stopped.tar", where=tmp_path)
    assert restored.returncode == 0, restored.stderr
    with serving(tmp_path / "out2", "--servers-only", DATA_DIR=str(new)) as serve:
        serve.wait_for("Press Ctrl-C to stop.")
        assert "a@factory.test\tadministrator" in manage(new, "user", "list").stdout
        assert "tables of version" in manage(new, "backups", "verify", str(tmp_path / "running.tar")).stdout


def test_without_a_data_folder_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    refused = manage(tmp_path / "none", "backup", str(tmp_path / "b.tar"))
    assert refused.returncode == 1
    assert "There is nothing to back up" in refused.stderr
    assert list(tmp_path.iterdir()) == []
