"""Hundreds of broken files of each format: our own error, or everything in them accounted for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz_importers.mutated_files import FORMATS, check, mutated
from bench.fuzz_importers.mutated_sets import SETS, check_set, mutated_set


@pytest.mark.parametrize("name", FORMATS)
def test_the_unbroken_file_is_taken(name: str) -> None:
    assert check(name, FORMATS[name]())


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_mutated_files_raise_nothing_but_our_own_error(name: str, seed: int) -> None:
    check(name, mutated(name, seed))


@pytest.mark.parametrize("name", SETS)
def test_the_unbroken_set_is_taken(name: str) -> None:
    assert check_set(SETS[name]())


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_mutated_sets_raise_nothing_but_our_own_error(name: str, seed: int) -> None:
    check_set(mutated_set(name, seed))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=5_000, deadline=None, database=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_so_do_thousands_that_are_others_each_time(name: str, seed: int) -> None:
    check(name, mutated(name, seed))


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
@settings(max_examples=3_000, deadline=None, database=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_so_do_thousands_of_sets(name: str, seed: int) -> None:
    check_set(mutated_set(name, seed))
