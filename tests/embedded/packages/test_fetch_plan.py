"""What bin/setup says that it is going to fetch."""

import pytest

from embedded.packages import fetch_plan
from embedded.packages.fetch_plan import REQUIREMENTS, plan


@pytest.mark.parametrize("name", ["web", "embedded", "test"])
def test_every_locked_package_has_a_size(name: str) -> None:
    sizes = fetch_plan.sizes()
    locked = fetch_plan.locked(REQUIREMENTS / f"{name}.txt")
    assert len(locked) > 40
    assert not [package for package in locked if not sizes.get(package)], "run python -m tools.lock_sizes"


def test_what_is_there_is_not_fetched() -> None:
    sizes = {"torch": 2_600_000_000, "flask": 100_000, "yacs": 15_000}
    wanted = {"torch": "2", "flask": "3.1", "yacs": "1"}
    said = plan(wanted, {"flask": "3.0", "yacs": "1"}, sizes)
    assert said == "2 Python packages, 2.6 GB in all (the largest: torch 2.6 GB, flask 1 MB)"
    assert plan(wanted, wanted, sizes) == "no Python packages"
