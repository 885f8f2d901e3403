"""Reads a prediction's photos and detections page by page while a file is streamed.

Streaming continues after the view has returned: a ``ResultSource`` has no database rows, and each page is read
in a short app context with a separate session, so that a slow download keeps no database connection.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from flask import Flask, current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.contracts.score_thresholds import Thresholds
from webapp.core import languages, storage
from webapp.core.extensions import db
from webapp.formats.files.handed_out_names import HandedOutNames, legal_name
from webapp.formats.found_object import FoundObject
from webapp.formats.images.value_range import ValueRange
from webapp.images import faults as image_faults
from webapp.images.values import renditions
from webapp.images.values.renditions import Picture
from webapp.models import ImageState, PredictedImage, PredictionRun
from webapp.prediction import detections, runs
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import NewRule

PAGE = 200
FORM = 3
"""Counts the changes of what is in the files, so that none of before is sent any more."""


@dataclass(frozen=True)
class SavedImage:
    """The data of a photo in the result files."""

    id: int
    name: str
    """In all result files of the run; its picture has the same one with the extension ``.jpg``."""
    picture: Picture | None
    """The photo as the run saw it; None if it could not be read."""
    drawn: Path
    """Path of the picture with the run's own thresholds; None if it was not predicted."""
    size: tuple[int, int] | None
    """Width and height, pixels."""
    is_done: bool
    """Whether it was predicted."""
    detections: list[FoundObject]
    """Those that count, the best first."""
    verdict: str
    """Empty without rules, or if the photo was not predicted."""
    reason: str
    """Why it is NG, could not be read or was not predicted, in the user's language."""


@dataclass(frozen=True)
class ResultSource:
    """A run with the thresholds and rules for its files. Bound to the request's app and language."""

    app: Flask
    locale: str
    run_id: int
    name: str
    """File name without suffix."""
    weights_id: int
    weights: str
    """File name of the weights."""
    categories: tuple[str, ...]
    """Categories of the weights."""
    thresholds: Thresholds
    are_the_runs_own: bool
    """Whether the thresholds are the run's own, with which its pictures were drawn."""
    rules: tuple[NewRule, ...]
    is_over: bool
    value_range: ValueRange | None
    """Of the run, for photos with more than 8 bits."""

    @classmethod
    def of(cls, run: PredictionRun, thresholds: Thresholds | None = None) -> "ResultSource":
        """``thresholds`` override the run's own."""
        own = runs.thresholds_of(run)
        rules = verdict_rules.list_rules(run.model)
        return cls(
            app=current_app._get_current_object(),  # type: ignore[attr-defined]
            locale=languages.current(),
            run_id=run.id,
            name=_file_stem(run),
            weights_id=run.weights_id,
            weights=run.weights.filename,
            categories=tuple(run.weights.categories),
            thresholds=thresholds or own,
            are_the_runs_own=thresholds is None or thresholds == own,
            rules=tuple(NewRule(rule.category, rule.measure, rule.comparison, rule.limit) for rule in rules),
            is_over=run.status.is_over,
            value_range=run.range_in_use,
        )

    @property
    def key(self) -> str:
        """A cache key: equal for equal file contents."""
        thresholds = [self.thresholds.overall, dict(self.thresholds.by_category)]
        described = [thresholds, [astuple(rule) for rule in self.rules], self.locale, FORM]
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:16]

    def photos(self) -> Iterator[SavedImage]:
        """In the order of the run, by which their names are given: they are the same in every file."""
        names = HandedOutNames(unique_stems=True)
        after = 0
        while True:
            with self.app.app_context(), force_locale(self.locale):
                page = self._page(after, names)
            if not page:
                return
            yield from page
            after = page[-1].id

    def _page(self, after: int, names: HandedOutNames) -> list[SavedImage]:
        rows = list(
            db.session.scalars(
                select(PredictedImage)
                .where(PredictedImage.run_id == self.run_id, PredictedImage.id > after)
                .order_by(PredictedImage.id)
                .limit(PAGE)
            )
        )
        found = detections.of_images([row.id for row in rows], self.thresholds, masks=True)
        return [self._saved(row, found[row.id], names.give(row.path)) for row in rows]

    def _saved(self, row: PredictedImage, found: list[FoundObject], name: str) -> SavedImage:
        verdict, reason = "", ""
        if row.state == ImageState.DONE:
            judgement = verdict_rules.judge(found, self.rules, self.thresholds)
            verdict = judgement.verdict or ""
            reason = "; ".join(reason.sentence() for reason in judgement.reasons)
        elif row.reason is not None:
            reason = image_faults.sentence(row.reason)
        else:
            reason = _("Not predicted: the run ended before this photo.")
        return SavedImage(
            id=row.id,
            name=name,
            picture=renditions.picture_of(row.file, self.value_range) if row.file else None,
            drawn=storage.result_picture_path(self.run_id, row.id),
            size=(row.file.width, row.file.height) if row.file else None,
            is_done=row.state == ImageState.DONE,
            detections=found,
            verdict=verdict,
            reason=reason,
        )


def _file_stem(run: PredictionRun) -> str:
    name = "".join(c if c.isalnum() else "-" for c in run.model.name).strip("-")
    return f"{legal_name(name, 'model')}-prediction-{run.number}"
