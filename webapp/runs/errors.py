"""Why a run failed: a code in the database, a sentence in the user's language."""

from typing import Any

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "unexpected": _l("An unexpected error ended the run; the log has the details under the run's number."),
    "process_killed": _l(
        "The process of this run was killed, perhaps because memory ran out: "
        "resume it, or start it again with a smaller batch or image size."
    ),
    "process_lost": _l("The worker of this run stopped answering: start the run again."),
    "work_killed": _l(
        "The process that did this was killed again and again, perhaps because memory ran out: "
        "start it again with fewer or smaller files at once."
    ),
    "work_lost": _l("The process that did this stopped answering again and again: start it again."),
    "machine_missing": _l(
        "Machine %(rank)s did not take part within two minutes: see that its worker runs, then resume the run."
    ),
    "loss_diverged": _l(
        "The loss became infinite or NaN at iteration %(iteration)s: lower the learning rate and start again."
    ),
    "out_of_memory": _l("Memory ran out: start again with a smaller batch or image size."),
    "photo_missing": _l("The file of the photo %(filename)s is missing or damaged: add the photo again."),
    "photos_unusable": _l(
        "None of the training photos can be used, %(filename)s for example: add the photos again."
    ),
    "pretrained_missing": _l(
        "The COCO weights for this architecture are not installed: "
        "choose EfficientNet-Lite0 or have the administrator add them."
    ),
    "weights_rejected": _l("The weights file does not fit this architecture: choose other weights."),
    "disk_full": _l("The disk is full: free some space and start again."),
}

NOTICES = {
    "batch_halved": _l("Memory ran out, so the run went on with half the batch size."),
    "trained_alone": _l(
        "The batch cannot be shared out evenly among the machines, so the leading one trained alone."
    ),
    "learning_rate_halved": _l("The loss had diverged, so the run went on with half the learning rate."),
    "resumed_by_itself": _l(
        "The worker or the machine had stopped; the run went on from its last checkpoint."
    ),
    "stopped_early": _l("Training ended early: the validation loss did not get better any more."),
    "weights_other_categories": _l(
        "The weights to start from know other categories, so the layers for the categories began anew."
    ),
    "cpu_architecture": _l(
        "The COCO weights for R50-FPN are not installed, so the architecture for CPUs is the default."
    ),
    "evaluation_skipped": _l("The test was skipped, so there are no accuracy figures."),
    "folds_stopped": _l(
        "It was stopped before the last fold: the figures are those of the folds that had been judged, and there are "
        "no weights."
    ),
    "weights_stopped": _l(
        "The training of the weights was stopped: the figures are those of the folds, whose trainings went to the end."
    ),
    "test_split_empty": _l("There were no test photos, so there are no accuracy figures."),
    "validation_split_empty": _l("There were no validation photos, so there is no validation loss."),
}


def error_document(code: str, **params: Any) -> dict[str, Any]:
    """What is stored; ``code`` is one of SENTENCES."""
    if code not in SENTENCES:
        raise ValueError(f"unknown run error {code}")
    return {"code": code, "params": params}


def sentence(error: dict[str, Any] | None) -> str | None:
    """The stored error in the user's language; the message of a ``UserError`` stays in its original language."""
    if error is None:
        return None
    if "message" in error:
        return str(error["message"])
    template = str(SENTENCES.get(error["code"], SENTENCES["unexpected"]))
    return template % error["params"] if error["params"] else template


def notice(code: str) -> str:
    """A stored notice in the user's language."""
    return str(NOTICES.get(code, code))
