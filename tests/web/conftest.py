"""Tests of the frame of all pages look at both doors."""

from tests.rest.fixtures import *  # noqa: F403
