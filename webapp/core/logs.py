"""Logging: each line carries the request or run it belongs to."""

import logging
import logging.config
import re
import time
import uuid
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request

context_id: ContextVar[str] = ContextVar("context_id", default="-")
"""The request's id in the web, ``training-run:7`` in a job."""


class ContextFilter(logging.Filter):
    """Adds ``context_id`` to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.context_id = context_id.get()
        return True


CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
_SECRET_IN_ADDRESS = re.compile(r"(/via/|[?&]token=)[^/?&\s\"']+")
"""Tokens that stand in an address, where the browser sends no cookie and no header."""


def without_secrets(text: str) -> str:
    """A line of a log, or an address, without the tokens in it."""
    return _SECRET_IN_ADDRESS.sub(r"\1…", text)


class LineFormatter(logging.Formatter):
    """One line for each record: names and addresses with line ends in them must not look like records of their own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Without a traceback, which follows on lines of its own."""
        return without_secrets(super().formatMessage(record).translate(CONTROL))

    def formatException(self, ei: Any) -> str:
        """Each line indented: the message of an error may hold line ends of a stranger."""
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        """As a traceback."""
        return _indented(super().formatStack(stack_info))


def _indented(text: str) -> str:
    lines = without_secrets(text).split("\n")
    return "\n".join(f"  {line.translate(CONTROL)}" for line in lines)


def configure() -> None:
    """Log to standard error; the supervisor or the container keeps the files."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"context": {"()": ContextFilter}},
            "formatters": {
                "line": {
                    "()": LineFormatter,
                    "format": "%(asctime)s %(levelname)s %(name)s [%(context_id)s] %(message)s",
                }
            },
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["context"]}
            },
            "root": {"level": "INFO", "handlers": ["stderr"]},
            "loggers": {"alembic": {"level": "WARNING"}},
        }
    )


def init_app(app: Flask) -> None:
    """Give each request an id (header ``X-Request-ID``) and report the time it took (``Server-Timing``); files of
    pages go without them unless they are refused.
    """
    configure()

    @app.before_request
    def start() -> None:
        g.began = time.perf_counter()
        g.request_id = uuid.uuid4().hex[:12]
        context_id.set(g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code < HTTPStatus.BAD_REQUEST:
            return response  # A page has up to seventy of them.
        response.headers["X-Request-ID"] = g.get("request_id", "-")
        if "began" in g:
            milliseconds = 1000 * (time.perf_counter() - g.began)
            response.headers["Server-Timing"] = f"app;dur={milliseconds:.1f}"
        return response
