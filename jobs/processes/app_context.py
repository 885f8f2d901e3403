"""The Flask app of a job: created once in each process, never at import of a task's module."""

from functools import cache

from flask import Flask
from flask.ctx import AppContext

from webapp.bare_app import STATIC, TEMPLATES, configure
from webapp.core import storage
from webapp.core.settings import load_settings


@cache
def application() -> Flask:
    """The app with the settings of the environment, without the doors of the web, which no job uses."""
    storage.keep_private()
    app = Flask("webapp", template_folder=TEMPLATES, static_folder=STATIC)
    configure(app, load_settings())
    return app


def in_app() -> AppContext:
    """A new app context, for another process of the same job."""
    return application().app_context()
