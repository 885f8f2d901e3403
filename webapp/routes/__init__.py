"""The pages: one blueprint a subject."""

from flask import Flask

from webapp.routes import (
    annotate,
    api_tokens,
    auth,
    board,
    categories,
    class_statistics,
    errors,
    exports,
    files,
    images,
    imports,
    library_runs,
    line,
    model_copy,
    model_trash,
    models,
    object_outlines,
    page_context,
    photo_actions,
    photo_labels,
    photo_trash,
    predict,
    predict_compare,
    predict_files,
    predict_results,
    preferences,
    security,
    similar_photos,
    split_plan,
    stream,
    suggestions,
    training,
    training_form_parts,
    training_live,
    training_losses,
    training_record,
    training_result,
    verdict_rules,
    via,
    via_frame,
)


def init_app(app: Flask) -> None:
    """Register every blueprint, the headers, the error pages and what templates may use."""
    # These add their pages to the blueprints of ``predict`` and ``training``.
    _ = (
        predict_compare,
        predict_files,
        predict_results,
        training_form_parts,
        training_live,
        training_losses,
        training_record,
        training_result,
        verdict_rules,
    )
    for module in (
        annotate,
        api_tokens,
        auth,
        board,
        categories,
        class_statistics,
        exports,
        files,
        images,
        imports,
        library_runs,
        line,
        model_copy,
        model_trash,
        models,
        object_outlines,
        photo_actions,
        photo_labels,
        photo_trash,
        predict,
        preferences,
        similar_photos,
        split_plan,
        stream,
        suggestions,
        training,
        via,
        via_frame,
    ):
        app.register_blueprint(module.blueprint)
    security.init_app(app)
    errors.init_app(app)
    page_context.init_app(app)
