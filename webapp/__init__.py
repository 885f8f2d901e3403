"""The web application. It never imports torch: training and prediction run in ``jobs``."""

from pathlib import Path
from typing import Any

from flask_openapi3 import Info, OpenAPI

from webapp import api, cli, logs, routes
from webapp.extensions import babel, connect_redis, csrf, db, htmx, login_manager, migrate
from webapp.services import accounts, languages, live_events, secret_files
from webapp.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None, **config: Any) -> OpenAPI:
    """The configured application; ``config`` overrides Flask's own configuration (tests do)."""
    settings = settings or load_settings()
    app = OpenAPI(
        "webapp",
        info=Info(title="Image recognition API", version="1"),
        doc_ui=False,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(
        SECRET_KEY=secret_files.read_or_create(settings.data_dir, "secret_key"),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "pool_size": 10, "max_overflow": 25},
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https_only,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=settings.max_request_mb * 2**20,
        MAX_FORM_MEMORY_SIZE=2**20,
        BABEL_DEFAULT_LOCALE=languages.DEFAULT,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "webapp" / "translations"),
    )
    app.config.update(config)
    app.extensions["settings"] = settings
    app.extensions["redis"] = connect_redis(settings.redis_url)

    logs.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    login_manager.init_app(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=languages.select)
    htmx.init_app(app)
    accounts.init_login(login_manager)
    live_events.init_app(app)
    routes.init_app(app)
    api.init_app(app)
    cli.init_app(app)
    return app
