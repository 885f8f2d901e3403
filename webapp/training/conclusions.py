"""What a training run is worth, in a sentence: a code with numbers in the database, words in the reader's language."""

from statistics import median
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.contracts.score_thresholds import Thresholds, step_of
from webapp.contracts.training_parameters import TrainingParameters

LEARNED_NOTHING_F1 = 0.05
"""A test whose best balance is below this found what chance finds."""
SMALLEST_SIDE = 8.0
"""Pixels of the network's input: two cells of its finest map. Smaller objects leave hardly a trace in it."""
FEW_ITERATIONS = 100
"""With fewer even a handful of photos is not learned by heart."""

NOT_TESTED: dict[str, Any] = {"code": "not_tested", "params": {}}


def of_test(
    summary: dict[str, Any],
    thresholds: Thresholds,
    document: dict[str, Any],
    parameters: TrainingParameters,
    iterations: int,
) -> dict[str, Any]:
    """The conclusion of a tested run, as ``TrainingRun.conclusion`` stores it.

    ``summary`` is that of its ``RunEvaluation``, counted at ``thresholds``; ``document`` its dataset version;
    ``iterations`` those that it made.
    """
    names = [category["name"] for category in summary["categories"]]
    rows = [summary["counts"][step_of(thresholds.of(name))][number] for number, name in enumerate(names)]
    right, false_alarms, missed = (sum(row[place] for row in rows) for place in range(3))
    params = {
        "right": right,
        "objects": right + missed,
        "false_alarms": false_alarms,
        "photos": summary["photos"],
        "thresholds": {name: thresholds.of(name) for name in names},
    }
    if not right + missed:
        return {"code": "no_objects", "params": params}
    if summary["best"]["f1"] >= LEARNED_NOTHING_F1:
        return {"code": "finds", "params": params}
    side = training_object_side(document, parameters)
    if side is not None and side < SMALLEST_SIDE:
        return {"code": "objects_small", "params": params | {"side": max(1, round(side))}}
    if iterations < FEW_ITERATIONS:
        return {"code": "few_iterations", "params": params | {"iterations": iterations}}
    return {"code": "learned_nothing", "params": params}


def training_object_side(document: dict[str, Any], parameters: TrainingParameters) -> float | None:
    """Median side (root of the box's area) of the training objects in pixels of the network's input; None: none."""
    scales = {
        image["id"]: parameters.scale_of(image["width"], image["height"])
        for image in document["images"]
        if image["split"] == "train"
    }
    sides = [
        (annotation["bbox"][2] * annotation["bbox"][3]) ** 0.5 * scales[annotation["image_id"]]
        for annotation in document["annotations"]
        if annotation["image_id"] in scales and not annotation.get("iscrowd")
    ]
    return median(sides) if sides else None


def sentence(conclusion: dict[str, Any] | None) -> str | None:
    """In the reader's language; None for a run that has not ended, has failed, or is older than conclusions."""
    if conclusion is None:
        return None
    params = conclusion["params"]
    match conclusion["code"]:
        case "finds":
            return _(
                "Finds %(right)s of %(objects)s; %(alarms)s on %(photos)s",
                right=params["right"],
                objects=params["objects"],
                alarms=_alarms(params["false_alarms"]),
                photos=_photos(params["photos"]),
            )
        case "no_objects":
            return _(
                "%(photos)s without objects: %(alarms)s",
                alarms=_alarms(params["false_alarms"]),
                photos=_photos(params["photos"]),
            )
        case "objects_small":
            return _(
                "Has learned nothing yet: objects are %(side)s px at this image size. Take a larger one.",
                side=params["side"],
            )
        case "few_iterations":
            return ngettext(
                "Has learned nothing yet: %(num)s iteration is too few.",
                "Has learned nothing yet: %(num)s iterations are too few.",
                params["iterations"],
            )
        case "not_tested":
            return _("Not tested: nothing tells yet what it is worth.")
        case _:
            return _("Has learned nothing yet: look through the labels, or train longer.")


def _alarms(number: int) -> str:
    if not number:
        return _("no false alarm")
    return ngettext("%(num)s false alarm", "%(num)s false alarms", number)


def _photos(number: int) -> str:
    return ngettext("%(num)s photo", "%(num)s photos", number)
