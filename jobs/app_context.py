"""The application a job runs in: made once a process, never at import of a task's module."""

from functools import cache

from flask import Flask

from webapp import create_app


@cache
def application() -> Flask:
    """The app with the settings of the environment."""
    return create_app()
