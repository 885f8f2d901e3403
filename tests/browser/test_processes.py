"""The processes of the product as the supervisor and ``ps`` see them."""

import psutil
import pytest

from embedded.programs import APPLICATION, LOADED_BY, LOADERS
from embedded.waiting import wait_until
from tests.browser.conftest import Product


def forked(product: Product, name: str) -> psutil.Process:
    """The process itself, not the program that follows it; waits until it is there."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        processes = psutil.Process(product.programs()[LOADED_BY[name]]).children()
        command = APPLICATION[name][1:]
        found[:] = [each for each in processes if [part for part in each.cmdline()[1:] if part] == command]
        return len(found) == 1

    wait_until(is_there, f"{name} is forked", 60)
    return found[0]


@pytest.mark.parametrize("loader", LOADERS)
def test_what_forks_has_one_thread(product: Product, loader: str) -> None:
    assert psutil.Process(product.programs()[loader]).num_threads() == 1


def test_a_process_that_is_killed_is_started_again_alone(product: Product) -> None:
    before = product.programs()
    victim = forked(product, "predictor")
    victim.kill()
    wait_until(
        lambda: product.programs()["predictor"] not in (0, before["predictor"]), "it is started again", 30
    )
    after = product.programs()
    assert {name for name in before if before[name] != after[name]} == {"predictor"}
    wait_until(lambda: forked(product, "predictor").pid != victim.pid, "it is forked again", 30)
