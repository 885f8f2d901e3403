"""What every process's Flask application has: settings, database, Redis, languages, logs. No page, no REST call."""

from datetime import timedelta
from typing import Any

from flask import Flask

from webapp.core import languages, logs, request_json, secret_files
from webapp.core.extensions import babel, connect_redis, db, migrate
from webapp.core.monitoring import kept_errors
from webapp.core.settings import ROOT, Settings
from webapp.formats.images import large

TEMPLATES, STATIC = str(ROOT / "templates"), str(ROOT / "static")


def configure(app: Flask, settings: Settings, **config: Any) -> None:
    """Bind the application to its settings; ``config`` overrides Flask's own configuration (tests do)."""
    app.config.update(
        SECRET_KEY=secret_files.read_or_create(settings.data_dir, "secret_key"),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "pool_size": 10, "max_overflow": 25},
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https_only,
        # Of the cookie's signature: it is valid as long as the longest session.
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.session_days),
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=settings.max_request_mb * 2**20,
        MAX_FORM_MEMORY_SIZE=2**20,
        BABEL_DEFAULT_LOCALE=languages.DEFAULT,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "webapp" / "translations"),
    )
    app.config.update(config)
    app.json = request_json.Provider(app)
    app.extensions["settings"] = settings
    large.share_turns(settings.data_dir / "run" / "large-photo.lock")
    app.extensions["redis"] = connect_redis(settings.redis_url)
    logs.init_app(app)
    kept_errors.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    babel.init_app(app, locale_selector=languages.select)
