"""Renders the live panel of a ``LibraryRun`` (import, export, copy, …) for every page that shows one."""

from flask import render_template

from webapp.models import LibraryRun
from webapp.runs import errors as run_errors


def render_panel(run: LibraryRun) -> str:
    """``runs/_panel.html``, which includes ``runs/_<kind>.html`` when the run has ended."""
    return render_template("runs/_panel.html", **panel_context(run))


def panel_context(run: LibraryRun) -> dict[str, object]:
    """What ``runs/_panel.html`` needs."""
    return {"run": run, "model": run.model, "run_error": run_errors.sentence(run.error)}
