"""What every template may use."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_login import current_user

from webapp.core import disk_space, languages
from webapp.exchange.exports import format_words, loss_sentences
from webapp.exchange.imports import data_imports
from webapp.images import faults as image_faults
from webapp.images.similar import leaks
from webapp.images.similar import words as group_words
from webapp.models import DetectionModel, RunStatus
from webapp.projects import detection_models
from webapp.runs import errors as run_errors
from webapp.runs import library_runs
from webapp.training import conclusions
from webapp.training import intervals as run_intervals
from webapp.training.weights import offers as weights_offers
from webapp.training.weights import threshold_words
from webapp.training.weights import words as weights_words
from webapp.web import chart_options, guards, photo_urls
from webapp.web.security import csp_nonce
from webapp.web.svg_path import floored, svg_path

THEME_COOKIE = "theme"
TIME_ZONE_COOKIE = "time_zone"
THEMES = ("light", "dark", "auto")


def model_page(model: DetectionModel, active: str) -> dict[str, Any]:
    """The context of a page inside a model: the rail and the model switcher."""
    return {
        "model": model,
        "rail": detection_models.summary(model),
        "active": active,
        "models_for_switcher": detection_models.list_models(current_user),
    }


def status_name(status: RunStatus) -> str:
    """A run's state in the reader's language."""
    return {
        RunStatus.QUEUED: _("Waiting"),
        RunStatus.RUNNING: _("Running"),
        RunStatus.TESTING: _("Testing"),
        RunStatus.COMPLETED: _("Completed"),
        RunStatus.STOPPED: _("Stopped"),
        RunStatus.FAILED: _("Failed"),
    }[status]


def init_app(app: Flask) -> None:
    """Register the context and the filters."""

    @app.context_processor
    def context() -> dict[str, Any]:
        theme = request.cookies.get(THEME_COOKIE) or getattr(current_user, "theme", None)
        return {
            "product_name": _("Image recognition"),
            "current_locale": languages.current(),
            "languages": languages.LANGUAGES,
            "theme": theme if theme in THEMES else "auto",
            "csp_nonce": csp_nonce(),
        }

    app.jinja_env.filters["status_name"] = status_name
    app.jinja_env.filters["role_name"] = guards.role_name
    app.jinja_env.filters["run_error"] = run_errors.sentence
    app.jinja_env.filters["run_notice"] = run_errors.notice
    app.jinja_env.filters["run_conclusion"] = conclusions.sentence
    app.jinja_env.filters["run_intervals"] = run_intervals.of
    app.jinja_env.filters["photo_fault"] = image_faults.sentence
    app.jinja_env.filters["export_format"] = format_words.name_of
    app.jinja_env.filters["export_losses"] = loss_sentences.sentences
    app.jinja_env.filters["duration"] = duration
    app.jinja_env.filters["local_time"] = local_time
    app.jinja_env.filters["local_day"] = local_day
    app.jinja_env.filters["grouped"] = format_decimal
    app.jinja_env.filters["svg_path"] = svg_path
    app.jinja_env.filters["floored"] = floored
    app.jinja_env.filters["pair_reason"] = group_words.reason_name
    app.jinja_env.filters["pair_reason_help"] = group_words.reason_help
    app.jinja_env.filters["orientation_name"] = group_words.orientation_name
    app.jinja_env.filters["pattern_name"] = group_words.pattern_name
    app.jinja_env.filters["weights_name"] = weights_words.name_of
    app.jinja_env.filters["weights_change"] = weights_words.reason_of
    app.jinja_env.filters["threshold_source"] = threshold_words.source_words
    app.jinja_env.filters["thresholds"] = threshold_words.listed
    app.jinja_env.globals["disk_is_short"] = disk_space.is_short
    app.jinja_env.globals["may"] = guards.may
    app.jinja_env.globals["chart_options"] = chart_options
    app.jinja_env.globals["report_number"] = library_runs.number_of
    app.jinja_env.globals["photo_url"] = photo_urls.photo_url
    app.jinja_env.globals["tiles_of"] = photo_urls.tiles_of
    app.jinja_env.globals["first_picture_url"] = photo_urls.first_picture_url
    app.jinja_env.globals["thumbnail_url"] = photo_urls.thumbnail_url
    app.jinja_env.globals["count_leaks"] = leaks.count
    app.jinja_env.globals["weights_offer"] = weights_offers.of_newest
    app.jinja_env.globals["new_import_key"] = data_imports.new_key


def duration(seconds: float | None) -> str:
    """«9 min 37 s»; a dash for None."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    if hours:
        return _("%(h)s h %(m)s min", h=hours, m=minutes)
    if minutes:
        return _("%(m)s min %(s)s s", m=minutes, s=secs)
    return _("%(s)s s", s=secs)


def local_time(at: datetime) -> str:
    """«2026-11-30 21:15» in the reader's time zone; «2026-11-30 13:15 UTC» where that is not known."""
    zone = _time_zone()
    text = f"{at.astimezone(zone or UTC):%Y-%m-%d %H:%M}"
    return text if zone else f"{text} UTC"


def local_day(at: datetime) -> str:
    """«2026-11-30» in the reader's time zone."""
    return f"{at.astimezone(_time_zone() or UTC):%Y-%m-%d}"


def _time_zone() -> ZoneInfo | None:
    """That of the installation, else that of the browser, which ``static/js/web/theme.js`` keeps in a cookie."""
    name = current_app.extensions["settings"].time_zone or request.cookies.get(TIME_ZONE_COOKIE)
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):  # a name that is none, a folder of zones
        return None
