"""The machine and the versions of what runs on it, without importing torch."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from flask import current_app
from sqlalchemy import text

from webapp.core.extensions import db
from webapp.core.monitoring import versions
from webapp.runs import training_machine


@dataclass(frozen=True)
class Machine:
    """The machine of the web server, and what the train worker says of its own."""

    cores: int
    load: float
    """Processes that compute or wait for it, mean of the last minute."""
    memory: int | None
    """Bytes, as ``memory_free``; None where the system does not tell."""
    memory_free: int | None
    trains_on_gpu: bool | None
    """None until a train worker has started."""
    gpus: tuple[str, ...]
    """Names of NVIDIA's driver on this machine."""
    training_memory: int | None
    """Bytes of a GPU where there is one, else of the machine of the train worker."""


def look(proc: Path = Path("/proc")) -> Machine:
    """Raises RedisError."""
    memory = _memory(proc)
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        load=os.getloadavg()[0],
        memory=memory.get("MemTotal"),
        memory_free=memory.get("MemAvailable"),
        trains_on_gpu=training_machine.has_gpu() if training_machine.is_known() else None,
        gpus=tuple(_gpu_names(proc)),
        training_memory=training_machine.memory(),
    )


def list_versions() -> dict[str, str]:
    """By what it is: program, commit, tables, Python, PostgreSQL, Redis or Valkey, torch, Detectron2.

    What is not known is left out. Raises RedisError.
    """
    packages = versions.installed_versions(*versions.TRAINING_PACKAGES) | training_machine.versions()
    torch, detectron2 = versions.TRAINING_PACKAGES
    found = {
        "program": versions.program_version(),
        "commit": versions.program_commit(),
        "tables": ", ".join(MigrationContext.configure(db.session.connection()).get_current_heads()),
        "Python": versions.python_version(),
        "PostgreSQL": str(db.session.scalar(text("SHOW server_version")) or "").partition(" ")[0],
        **_redis_version(),
        "torch": packages.get(torch, ""),
        "Detectron2": packages.get(detectron2, ""),
    }
    return {name: value for name, value in found.items() if value}


def _redis_version() -> dict[str, str]:
    info: Any = current_app.extensions["redis"].info("server")
    # Valkey says the version of Redis that it is compatible with, too.
    if "valkey_version" in info:
        return {"Valkey": str(info["valkey_version"])}
    return {"Redis": str(info.get("redis_version", ""))}


def _memory(proc: Path) -> dict[str, int]:
    found = {}
    with suppress(OSError, ValueError):
        for line in (proc / "meminfo").read_text().splitlines():
            name, _colon, amount = line.partition(":")
            if name in ("MemTotal", "MemAvailable"):
                found[name] = 1024 * int(amount.split()[0])
    return found


def _gpu_names(proc: Path) -> list[str]:
    names = []
    for path in sorted((proc / "driver" / "nvidia" / "gpus").glob("*/information")):
        with suppress(OSError):
            fields = dict(line.partition(":")[::2] for line in path.read_text().splitlines())
            names.append(fields.get("Model", "").strip() or path.parent.name)
    return names
