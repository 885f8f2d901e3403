"""Memory of the whole installation, and of its web processes: pages that several share are counted once (PSS)."""

from pathlib import Path

from bench.common.running_product import RunningProduct


def installation_mb(product: RunningProduct) -> float:
    """Proportional set size of every process that the start made, MiB."""
    return sum(_pss_kb(process) for process in descendants(product.process)) / 1024


def web_kb(product: RunningProduct) -> float:
    """Of gunicorn and its processes, KiB."""
    return sum(_pss_kb(process) for process in descendants(product.process) if _is_web(process))


def descendants(first: int) -> set[int]:
    """The process ids of a process and of all that descend from it."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # ended meanwhile
    found = {first}
    while more := {number for number, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _pss_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # ended meanwhile
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _is_web(process: int) -> bool:
    try:
        return b"gunicorn" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
