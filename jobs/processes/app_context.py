"""The Flask app of a job: created once in each process, never at import of a task's module."""

from functools import cache

from flask import Flask
from flask.ctx import AppContext

from webapp.app import create_app
from webapp.core import storage


@cache
def application() -> Flask:
    """The app with the settings of the environment."""
    storage.keep_private()
    return create_app()


def in_app() -> AppContext:
    """A new app context, for another process of the same job."""
    return application().app_context()
