"""Tests of REST calls share their fixtures."""

from tests.rest.fixtures import *  # noqa: F403
