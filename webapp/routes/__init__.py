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
    predict_results,
    preferences,
    security,
    stream,
    training,
    training_record,
)


def init_app(app: Flask) -> None:
    """Register every blueprint, the headers, the error pages and what templates may use."""
    # These two add their pages to the blueprints of ``predict`` and ``training``.
    _ = predict_results, training_record
    for module in (annotate, auth, files, images, models, predict, preferences, stream, training):
        app.register_blueprint(module.blueprint)
    security.init_app(app)
    errors.init_app(app)
    page_context.init_app(app)
