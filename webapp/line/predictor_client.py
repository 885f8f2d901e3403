"""Sends one photo to the predictor process (``jobs/processes/predictor.py``) and waits for the answer.

The web never imports torch, so the photo goes through Redis: one list of requests (FIFO), and one list for each
answer. Nothing is stored: the caller waits, and a request whose deadline has passed is dropped.
"""

import time
import uuid
from typing import Any

import msgspec
from flask import current_app
from flask_babel import gettext as _
from redis.exceptions import RedisError

from webapp.contracts.score_thresholds import Thresholds
from webapp.contracts.suppression import Suppression
from webapp.core.errors import UserError
from webapp.formats.found_object import FoundObject
from webapp.formats.images.value_range import MeasuredValues, ValueRange
from webapp.images import faults as image_faults
from webapp.models import Weights
from webapp.runs import errors as run_errors
from webapp.training.weights import files as weights_files

REQUESTS = "predictor:requests"
ALIVE = "predictor:alive"
"""Redis key that exists while a predictor is running."""
DEADLINE_SECONDS = 60.0
"""Time-out of a request; the first one for other weights waits until they are loaded."""
_ALIVE_CHECK_SECONDS = 2
"""Interval for checking that the predictor is still running; below the socket time-out."""


class PredictRequest(msgspec.Struct):
    """A request to the predictor."""

    id: str
    weights_file: str
    """Absolute path; web and predictor share the storage."""
    photo: bytes
    """The file as it was sent."""
    deadline: float
    """Seconds since 1970."""
    thresholds: Thresholds = Thresholds()
    """Detections below are left out."""
    suppression: Suppression | None = None
    """Of second detections of an object."""
    value_range: ValueRange | None = None
    """Of the model, for photos with more than 8 bits."""


class PredictAnswer(msgspec.Struct):
    """The detections, or why there are none."""

    detections: list[FoundObject] = []
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    """Seconds of inference alone."""
    remarks: list[dict[str, Any]] = []
    """How the photo was read: documents of ``webapp.images.faults``."""
    measured: MeasuredValues | None = None
    """Of a photo with more than 8 bits."""
    photo_fault: dict[str, Any] | None = None
    """A document of ``webapp.images.faults``: the photo cannot be used."""
    error: dict[str, Any] | None = None
    """A document of ``webapp.runs.errors``: the weights or the machine failed."""


def answer_key(request_id: str) -> str:
    """The list that receives the answer."""
    return f"predictor:answer:{request_id}"


def predict(
    chosen: Weights,
    photo: bytes,
    thresholds: Thresholds,
    suppression: Suppression | None,
    value_range: ValueRange | None = None,
) -> PredictAnswer:
    """The detections of these weights on one photo that reach their thresholds.

    Raises UserError: 422 if the photo cannot be used, 503 if the predictor is not running or too busy.
    """
    settings = current_app.extensions["settings"]
    if len(photo) > settings.max_photo_mb * 2**20:
        _refuse_photo(image_faults.fault_document("photo_too_large", limit=settings.max_photo_mb))
    request = PredictRequest(
        id=uuid.uuid4().hex,
        weights_file=str(weights_files.file_of(chosen)),
        photo=photo,
        deadline=time.time() + DEADLINE_SECONDS,
        thresholds=thresholds,
        suppression=suppression,
        value_range=value_range,
    )
    try:
        answer = _ask(request)
    except RedisError as error:
        raise _away() from error
    if answer.photo_fault is not None:
        _refuse_photo(answer.photo_fault)
    if answer.error is not None:
        raise UserError(run_errors.sentence(answer.error), code=answer.error["code"], status=503)
    return answer


def is_alive() -> bool:
    """Whether a predictor is running."""
    try:
        return bool(current_app.extensions["redis"].exists(ALIVE))
    except RedisError:
        return False


def _ask(request: PredictRequest) -> PredictAnswer:
    redis = current_app.extensions["redis"]
    key = answer_key(request.id)
    if not redis.exists(ALIVE):
        raise _away()
    redis.rpush(REQUESTS, msgspec.msgpack.encode(request))
    while time.time() < request.deadline:
        received = redis.blpop([key], timeout=_ALIVE_CHECK_SECONDS)
        if received is not None:
            return msgspec.msgpack.decode(received[1], type=PredictAnswer)
        if not redis.exists(ALIVE):
            raise _away()
    raise UserError(
        _("The predictor has more photos than it can work through: send fewer at a time."),
        code="predictor_busy",
        status=503,
    )


def _away() -> UserError:
    return UserError(
        _("The predictor is not running or is starting: try again in a moment."),
        code="predictor_away",
        status=503,
    )


def _refuse_photo(fault: dict[str, Any]) -> None:
    raise UserError(image_faults.sentence(fault), code=fault["code"], field="file")
