"""The application a job runs in: made once a process, never at import of a task's module."""

from functools import cache

from flask import Flask
from flask.ctx import AppContext

from webapp.app import create_app


@cache
def application() -> Flask:
    """The app with the settings of the environment."""
    return create_app()


def in_app() -> AppContext:
    """An app context of its own, for another process of the same job."""
    return application().app_context()
