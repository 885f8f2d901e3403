"""The attacks are made on both doors, so the fixtures of REST are here too."""

from tests.rest.fixtures import *  # noqa: F403
