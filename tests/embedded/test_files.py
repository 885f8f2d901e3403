"""What the repository holds for installing and for containers."""

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.assets import FILES, VENDOR
from embedded.downloads import fetch
from embedded.errors import StartError
from embedded.programs import APPLICATION
from tests.serve_process import ROOT

LOCKS = sorted(path for path in (ROOT / "requirements").glob("*.txt"))
# Written in pieces: this file is searched too.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.", "registry." + "npm", "npm" + "js.", "deb." + "debian.")


def pins(lock: Path) -> dict[str, str]:
    """Version by package name."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock.read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_a_hash(lock: Path) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)
    packages = [entry for entry in entries if "==" in entry.split("\n")[0]]
    assert packages
    assert not [entry.split()[0] for entry in packages if "--hash=sha256:" not in entry]


def test_the_locks_agree_with_each_other() -> None:
    every = pins(ROOT / "requirements" / "test.txt")
    for lock in LOCKS:
        if lock.name not in ("pip.txt", "detectron2.txt"):
            assert pins(lock).items() <= every.items(), lock.name


def test_the_web_image_has_no_torch() -> None:
    web = pins(ROOT / "requirements" / "web.txt")
    assert "flask" in web
    assert not {"torch", "torchvision", "pb1-detectron2"} & set(web)


def test_no_tracked_file_names_a_registry() -> None:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    found = []
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        text = path.read_text(errors="ignore") if path.is_file() else ""
        found += [f"{name}: {host}" for host in REGISTRIES if host in text]
    assert found == []


def test_setup_does_nothing_when_all_is_there() -> None:
    subprocess.run([ROOT / "bin" / "setup", "test"], check=True, capture_output=True)
    for kind in ("test", "embedded"):
        again = subprocess.run(
            [ROOT / "bin" / "setup", kind], check=True, capture_output=True, text=True, timeout=1
        )
        assert again.stdout == again.stderr == ""


def test_every_browser_file_is_served_from_here_with_its_licence() -> None:
    for target in FILES.values():
        assert (VENDOR / target).stat().st_size > 0
        assert (VENDOR / target.split("/")[0] / "LICENSE").exists()


def test_a_download_is_kept_only_with_the_right_checksum(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"the real file")
    target = tmp_path / "new folder" / "target"
    fetch(source.as_uri(), hashlib.sha256(b"the real file").hexdigest(), target)
    assert target.read_bytes() == b"the real file"
    source.write_bytes(b"something else")
    with pytest.raises(StartError, match="it is not used"):
        fetch(source.as_uri(), hashlib.sha256(b"the real file").hexdigest(), target)
    assert target.read_bytes() == b"the real file"
    with pytest.raises(StartError, match="cannot be fetched"):
        fetch((tmp_path / "nowhere").as_uri(), "", target)
    assert list(target.parent.iterdir()) == [target]


def compose(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_compose_runs_the_same_processes_as_the_supervisor() -> None:
    services = compose("docker-compose.yml")["services"]
    assert set(services) == {*APPLICATION, "migrate", "postgres", "redis"}
    for name, command in APPLICATION.items():
        in_supervisor = command[1:]  # without the path of Python
        in_compose = services[name]["command"]
        assert in_compose in (in_supervisor, ["python", *in_supervisor], in_supervisor[1:])


def test_compose_checks_restarts_and_waits() -> None:
    content = compose("docker-compose.yml")
    assert "files" in content["volumes"]
    for name, service in content["services"].items():
        if name == "migrate":
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
    for name in APPLICATION:
        service = content["services"][name]
        assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert service["depends_on"]["postgres"] == {"condition": "service_healthy"}
        assert service["volumes"] == ["files:/data", "${BACKUP_VOLUME:-backups}:/backups"]


def test_only_the_images_that_train_and_predict_carry_torch() -> None:
    services = compose("docker-compose.yml")["services"]
    targets = {name: services[name]["build"]["target"] for name in APPLICATION}
    assert targets == {
        "web": "web",
        "worker-train": "worker",
        "worker-predict": "worker",
        "predictor": "worker",
        "watch": "web",
        "worker-io": "web",
        "janitor": "web",
    }


@pytest.mark.parametrize("name", ["docker-compose.yml", "docker-compose.gpu.yml"])
def test_no_secret_stands_in_a_compose_file(name: str) -> None:
    text = (ROOT / name).read_text()
    for line in text.splitlines():
        for secret in re.findall(r"(?:PASSWORD|AUTH|SECRET|TOKEN)\S*:\s+(\S.*)", line):
            assert secret.startswith("${"), line
    for url in re.findall(r"://\w*:([^@\s]+)@", text):
        assert url.startswith("${"), url


def test_one_training_worker_has_one_gpu() -> None:
    services = compose("docker-compose.gpu.yml")["services"]
    cards = [
        services[name]["environment"]["CUDA_VISIBLE_DEVICES"] for name in ("worker-train", "worker-train-2")
    ]
    assert cards == ["0", "1"]
    for service in services.values():
        devices = service["deploy"]["resources"]["reservations"]["devices"]
        assert devices[0]["capabilities"] == ["gpu"]


def test_images_run_without_root_and_check_themselves() -> None:
    stages = re.split(r"^(?=FROM )", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    for target in ("web", "worker"):
        stage = next(text for text in stages if re.match(rf"FROM \S+ AS {target}\n", text))
        assert re.findall(r"^USER (\S+)$", stage, flags=re.MULTILINE) == ["app"]
        assert "\nHEALTHCHECK " in stage
