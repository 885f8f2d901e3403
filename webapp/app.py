"""The application: ``create_app`` binds the extensions and registers the doors, nothing else.

The web never imports torch: training and prediction run in ``jobs``.
"""

from typing import Any

from flask_openapi3 import Info, OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import cli
from webapp.accounts import rest as accounts_rest
from webapp.accounts import sessions, tries
from webapp.accounts.pages import (
    account,
    account_list,
    new_accounts,
    one_time_link,
    preferences,
    sign_in,
    tokens,
)
from webapp.annotations import rest as annotations_rest
from webapp.annotations.pages import categories, comments, doubles, editor, labels, statistics
from webapp.audit import pages as audit_pages
from webapp.audit import rest as audit_rest
from webapp.backups import rest as backups_rest
from webapp.bare_app import STATIC, TEMPLATES, configure
from webapp.core.extensions import csrf, htmx, login_manager
from webapp.core.server import request_limits
from webapp.core.settings import Settings, load_settings
from webapp.exchange.pages import exports, imports, via, via_frame
from webapp.exchange.rest import exports as exports_rest
from webapp.exchange.rest import imports as imports_rest
from webapp.images import rest as images_rest
from webapp.images.pages import (
    actions,
    files,
    folds,
    groups,
    library,
    parts,
    similar,
    split_plan,
    trash,
    wall,
)
from webapp.line import pages as line_pages
from webapp.line import rest as line_rest
from webapp.operations.metrics import requests as counted_requests
from webapp.operations.pages import alerts, board, components, space, stream, system
from webapp.operations.pages import help as help_pages
from webapp.operations.rest import health as health_rest
from webapp.operations.rest import metrics as metrics_rest
from webapp.prediction.pages import compare, detection_settings, results, start, verdict_rules
from webapp.prediction.pages import files as prediction_files
from webapp.prediction.rest import runs as prediction_runs_rest
from webapp.prediction.rest import verdict_rules as verdict_rules_rest
from webapp.projects.pages import cards, copying, members, value_range
from webapp.projects.pages import trash as model_trash
from webapp.projects.rest import members as members_rest
from webapp.projects.rest import models as models_rest
from webapp.projects.rest import settings as settings_rest
from webapp.rest import openapi, registration
from webapp.runs import live_events
from webapp.runs import pages as run_pages
from webapp.suggestions import rest as suggestions_rest
from webapp.suggestions.pages import label_mistakes, object_outlines, suggestions
from webapp.teamwork import pages as team_pages
from webapp.teamwork import rest as team_rest
from webapp.training.pages import example as example_pages
from webapp.training.pages import form_parts, live, losses, record, result
from webapp.training.pages import start as training_start
from webapp.training.pages import weights as weights_pages
from webapp.training.rest import cross_validation as cross_validation_rest
from webapp.training.rest import defaults as training_defaults_rest
from webapp.training.rest import runs as training_runs_rest
from webapp.training.rest import weights as weights_rest
from webapp.web import compressed_static, error_pages, guards, page_context, security

PAGES = (
    editor,
    tokens,
    sign_in,
    account,
    alerts,
    one_time_link,
    account_list,
    audit_pages,
    board,
    components,
    categories,
    comments,
    statistics,
    doubles,
    exports,
    help_pages,
    files,
    library,
    wall,
    imports,
    run_pages,
    line_pages,
    copying,
    model_trash,
    cards,
    members,
    label_mistakes,
    object_outlines,
    actions,
    labels,
    trash,
    start,
    preferences,
    similar,
    space,
    folds,
    groups,
    parts,
    split_plan,
    stream,
    suggestions,
    system,
    team_pages,
    training_start,
    value_range,
    via,
    via_frame,
)
"""Each has a blueprint."""
MORE_PAGES = (
    new_accounts,
    compare,
    detection_settings,
    prediction_files,
    results,
    example_pages,
    form_parts,
    live,
    losses,
    record,
    result,
    verdict_rules,
    weights_pages,
)
"""These add their pages to the blueprints ``users``, ``predict`` and ``training``."""
REST = (
    models_rest,
    members_rest,
    settings_rest,
    images_rest,
    annotations_rest,
    imports_rest,
    exports_rest,
    cross_validation_rest,
    training_defaults_rest,
    verdict_rules_rest,
    training_runs_rest,
    weights_rest,
    prediction_runs_rest,
    line_rest,
    accounts_rest,
    audit_rest,
    team_rest,
    metrics_rest,
    backups_rest,
    suggestions_rest,
)
"""Calls that ask for a token."""
REST_WITHOUT_TOKEN = (health_rest, openapi)


def create_app(settings: Settings | None = None, **config: Any) -> OpenAPI:
    """The configured application; ``config`` overrides Flask's own configuration (tests do)."""
    settings = settings or load_settings()
    app = OpenAPI(
        "webapp",
        info=Info(title="Image recognition API", version="1"),
        doc_ui=False,
        template_folder=TEMPLATES,
        static_folder=STATIC,
    )
    configure(app, settings, **config)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]

    request_limits.init_app(app)
    for extension in (login_manager, csrf, htmx):
        extension.init_app(app)
    tries.init_app(app)
    sessions.init_login(login_manager)
    live_events.init_app(app)
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    security.init_app(app)
    compressed_static.init_app(app)
    counted_requests.init_app(app)
    error_pages.init_app(app)
    page_context.init_app(app)
    guards.init_app(app)
    registration.init_app(app, with_token=REST, without_token=REST_WITHOUT_TOKEN)
    cli.init_app(app)
    return app
