"""What stands in the logs: no token, and no line that somebody else has written."""

import logging
import runpy
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from webapp.core.logs import LineFormatter, without_secrets
from webapp.core.settings import ROOT

TOKEN = "WzEsMiwiZW4iXQ.aSW3pg.secret-_x"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /via/{TOKEN}/photos/1 HTTP/1.1",
        f"http://host/via/{TOKEN}",
        f'"/via/{TOKEN}?q=a"',
        f"/via/{TOKEN}/project?token=/via/{TOKEN}/",
    ],
)
def test_tokens_in_addresses_are_left_out(text: str) -> None:
    assert "secret" not in without_secrets(text)
    assert "/via/…" in without_secrets(text)
    assert without_secrets(f"/a?b=c&token={TOKEN}&d=e") == "/a?b=c&token=…&d=e"


def test_the_lines_of_the_web_server_hold_no_token() -> None:
    access_log = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["AccessLog"](Config())
    address = f"/via/{TOKEN}/photos/1"
    request = SimpleNamespace(headers=[("REFERER", f"http://host{address}")])
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": address,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": address,
        "HTTP_REFERER": f"http://host{address}",
    }
    response = SimpleNamespace(status="200 OK", sent=1, headers=[])
    parts = access_log.atoms(response, request, environ, timedelta(seconds=1))
    line = Config().access_log_format % access_log.atoms_wrapper_class(parts)
    assert "/via/…/photos/1" in line
    assert "secret" not in line


def test_a_name_with_line_ends_stays_on_its_line() -> None:
    record = logging.LogRecord(
        "a", logging.INFO, "", 1, "photo %s of %s", ("x\r\n2026 fake\x1b[2J", "y\u2028"), None
    )
    line = LineFormatter("%(levelname)s %(message)s").format(record)
    assert line == r"INFO photo x\x0d\x0a2026 fake\x1b[2J of y\x2028"


def test_the_message_of_an_error_begins_no_line() -> None:
    try:
        raise ValueError(f"no such photo: x\n2026-11-30 INFO fake\r\x1b[2J /via/{TOKEN}")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, "", 1, "GET /", (), sys.exc_info())
    first, *others = LineFormatter("%(levelname)s %(message)s").format(record).split("\n")
    assert first == "ERROR GET /"
    assert others[-1] == r"  2026-11-30 INFO fake\x0d\x1b[2J /via/…"
    assert all(line.startswith("  ") for line in others)
