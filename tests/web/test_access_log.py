"""What the web server writes of a request: the secrets in addresses are not among it."""

import runpy
from datetime import timedelta
from types import SimpleNamespace

from gunicorn.config import Config
from gunicorn.glogging import Logger

from webapp.core.settings import ROOT


def test_the_log_has_addresses_without_their_query() -> None:
    log_format = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["access_log_format"]
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": "/one-time-link?token=secret",
        "PATH_INFO": "/one-time-link",
        "QUERY_STRING": "token=secret",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": "http://factory.test/one-time-link?token=secret",
        "HTTP_USER_AGENT": "Edge",
    }
    answer = SimpleNamespace(status="302 FOUND", sent=10, headers=[])
    asked = SimpleNamespace(headers=[])
    logger = Logger(Config())
    atoms = logger.atoms(answer, asked, environ, timedelta(0))
    line = log_format % logger.atoms_wrapper_class(atoms)
    assert '"GET /one-time-link HTTP/1.1" 302' in line and "Edge" in line
    assert "secret" not in line
