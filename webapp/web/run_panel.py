"""The live panel of an import, export or copy, for every page that shows one."""

from flask import render_template

from webapp.models import LibraryRun
from webapp.runs import errors as run_errors


def render_panel(run: LibraryRun) -> str:
    """``runs/_panel.html``; what a kind shows when it is over stands in ``runs/_<kind>.html``."""
    return render_template("runs/_panel.html", **panel_context(run))


def panel_context(run: LibraryRun) -> dict[str, object]:
    """What ``runs/_panel.html`` needs."""
    return {"run": run, "model": run.model, "run_error": run_errors.sentence(run.error)}
