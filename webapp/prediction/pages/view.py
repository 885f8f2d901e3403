"""The view of a result: thresholds and filter, read from the URL and written into URLs."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from flask import request, url_for

from webapp.contracts.score_thresholds import Thresholds
from webapp.models import PredictionRun
from webapp.prediction import runs
from webapp.prediction.gallery import ResultFilter
from webapp.prediction.verdicts.rules import Verdict
from webapp.web.numbers import whole_number


@dataclass(frozen=True)
class ResultView:
    """Thresholds and filter, common to all pages of the gallery."""

    run: PredictionRun
    thresholds: Thresholds
    filter: ResultFilter

    def arguments(self) -> dict[str, str]:
        """For ``url_for``: only values that differ from the run's own."""
        values = self.threshold_arguments()
        if self.filter.category is not None and self.filter.category in self.run.weights.categories:
            values["category"] = str(self.run.weights.categories.index(self.filter.category))
        if self.filter.lowest_score is not None:
            values["from"] = f"{self.filter.lowest_score:g}"
        if self.filter.highest_score is not None:
            values["to"] = f"{self.filter.highest_score:g}"
        if self.filter.verdict is not None:
            values["verdict"] = self.filter.verdict.value
        return values

    def threshold_arguments(self) -> dict[str, str]:
        """Only the thresholds, for downloads."""
        if self.thresholds == runs.thresholds_of(self.run):
            return {}
        values = {"threshold": f"{self.thresholds.overall:g}"}
        for index, category in enumerate(self.run.weights.categories):
            if category in self.thresholds.by_category:
                values[f"t{index}"] = f"{self.thresholds.by_category[category]:g}"
        return values

    def address(self, endpoint: str, **values: Any) -> str:
        """The URL of another page of this run with the same view."""
        return url_for(endpoint, run_id=self.run.id, **(self.arguments() | values))

    @property
    def narrows(self) -> bool:
        """Whether the filter may exclude photos."""
        return self.filter != ResultFilter()


def from_request(run: PredictionRun) -> ResultView:
    """The view in the URL; invalid values are ignored."""
    said = request.args
    verdict = said.get("verdict", "")
    categories = run.weights.categories
    index = whole_number(said.get("category", ""))
    return ResultView(
        run,
        _thresholds(run),
        ResultFilter(
            category=categories[index] if index is not None and index < len(categories) else None,
            lowest_score=_score(said.get("from", "")),
            highest_score=_score(said.get("to", "")),
            verdict=Verdict(verdict) if verdict in list(Verdict) else None,
        ),
    )


def _thresholds(run: PredictionRun) -> Thresholds:
    said = request.args
    overall = _score(said.get("threshold", ""))
    if overall is None:
        return runs.thresholds_of(run)
    own = {}
    for index, category in enumerate(run.weights.categories):
        score = _score(said.get(f"t{index}", ""))
        if score is not None and score != overall:
            own[category] = score
    return Thresholds(overall, own)


def _score(text: str) -> float | None:
    try:
        score = float(text)
    except ValueError:
        return None
    return score if isfinite(score) and 0 <= score <= 1 else None
