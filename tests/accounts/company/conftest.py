"""The settings of the company for one test."""

from collections.abc import Callable

import pytest
from flask_openapi3 import OpenAPI

from tests.accounts.conftest import separate_requests  # noqa: F401
from webapp.core.settings import load_settings

Configure = Callable[..., None]
PLACES = {"database_url": "postgresql://user@localhost/name", "redis_url": "redis://localhost"}


@pytest.fixture
def configure(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Sets what settings of LDAP and SMTP say, checked as at the start."""

    def set_all(**values: object) -> None:
        checked = load_settings(**(PLACES | values))
        present = app.extensions["settings"]
        named = {name: getattr(checked, name) for name in values}
        monkeypatch.setitem(app.extensions, "settings", present.model_copy(update=named))

    return set_all
