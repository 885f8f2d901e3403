"""Template context shared by the pages of a training run, and relative times."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import format_timedelta

from webapp.contracts.training_parameters import TrainingParameters
from webapp.models import Role, TrainingRun
from webapp.models.columns import now
from webapp.training.cross_validation import spread
from webapp.training.pages.start import blueprint
from webapp.training.parameter_fields import describe
from webapp.training.parameter_words import ARCHITECTURE_NAMES, GROUP_LABELS
from webapp.web.guards import may


def account_context() -> dict[str, Any]:
    """The context that does not depend on a run."""
    return {
        "architecture_names": ARCHITECTURE_NAMES,
        "may_train": may(Role.ENGINEER),
    }


def run_context(run: TrainingRun) -> dict[str, Any]:
    """The context of a run for the templates of ``training/``."""
    return account_context() | {
        "run": run,
        "parameters": parameters_of(run),
        "group_labels": GROUP_LABELS,
        "percent": 100 * run.iteration // run.iterations if run.iterations else 0,
        "seconds_used": seconds_used(run),
        "segm": (run.metrics or {}).get("segm") or {},
        "accuracy": accuracy_of(run),
        "cross_validation": spread.of_run(run),
    }


def parameters_of(run: TrainingRun) -> list[dict[str, Any]]:
    """Entries of ``describe`` for a run, without parameters that are newer than the run."""
    known = {name: value for name, value in run.parameters.items() if name in TrainingParameters.model_fields}
    described = describe(TrainingParameters.model_construct(**known))
    return [one for one in described if one["name"] in known]


def accuracy_of(run: TrainingRun, summary: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Bars of the accuracy chart: overall (named by the template), then each category with its mask AP, 0 to 100.

    AP50 of a category is only in the test's ``summary``.
    """
    segm = (run.metrics or {}).get("segm") or {}
    if segm.get("AP") is None:
        return []
    if summary is not None:
        categories = [
            {"name": each["name"], "ap": each["segm"]["AP"], "ap50": each["segm"]["AP50"]}
            for each in summary["categories"]
        ]
    else:
        categories = [
            {"name": key.removeprefix("AP-"), "ap": value}
            for key, value in segm.items()
            if key.startswith("AP-")
        ]
    return [{"name": "", "ap": segm["AP"], "ap50": segm.get("AP50")}, *categories]


def seconds_used(run: TrainingRun) -> float | None:
    """From its start to its end, or to now; None before its start."""
    if run.started_at is None:
        return None
    return ((run.finished_at or now()) - run.started_at).total_seconds()


def page_of(run: TrainingRun) -> str:
    """URL of a run: its result once it has ended, else its live page."""
    return url_for("training.result" if run.status.is_over else "training.show", run_id=run.id)


@blueprint.app_template_filter("ago")
def ago(moment: datetime) -> str:
    """«2 hours ago»."""
    return format_timedelta(moment - now(), add_direction=True)
