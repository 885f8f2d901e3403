"""Thresholds in words."""

from collections.abc import Mapping

from flask_babel import gettext as _

from webapp.contracts.score_thresholds import ThresholdSource


def source_words(source: ThresholdSource | str) -> str:
    """Where thresholds come from that nobody has asked for."""
    return {
        ThresholdSource.MODEL: _("set in the settings of this model"),
        ThresholdSource.TRAINING: _("set for the training"),
        ThresholdSource.ADVISED: _("advised, a good balance on photos it did not learn from"),
        ThresholdSource.DEFAULT: _("the usual value, as these weights advise none"),
    }[ThresholdSource(source)]


def listed(by_category: Mapping[str, float]) -> str:
    """«dent 0.71 · scratch 0.40»; one number where all have the same."""
    if len(set(by_category.values())) == 1:
        return f"{next(iter(by_category.values())):.2f}"
    return " · ".join(f"{name} {each:.2f}" for name, each in by_category.items())
