"""The pages: one blueprint a subject."""

from flask import Flask

from webapp.routes import (
    annotate,
    auth,
    errors,
    files,
    images,
    models,
    page_context,
    predict,
    preferences,
    security,
    stream,
    training,
)


def init_app(app: Flask) -> None:
    """Register every blueprint, the headers, the error pages and what templates may use."""
    for module in (annotate, auth, files, images, models, predict, preferences, stream, training):
        app.register_blueprint(module.blueprint)
    security.init_app(app)
    errors.init_app(app)
    page_context.init_app(app)
