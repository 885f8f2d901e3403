"""``python -m jobs.processes.predictor``: keeps networks loaded and predicts single photos of the line.

Its client is ``webapp/line/predictor_client.py``.

One process for each device. It predicts one photo at a time in order of arrival; used weights stay loaded.
"""

import logging
import signal
import sys
import threading
import time
from collections import OrderedDict
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import numpy as np
from redis import Redis
from redis.exceptions import RedisError

from jobs.detection.image_errors import of_image
from jobs.detection.prediction.predictor import Predictor
from jobs.processes.app_context import application
from jobs.processes.memory import keep_freed_memory
from jobs.tasks.engine_reasons import fault_of, reason_of
from webapp.core.extensions import connect_redis, connect_redis_with_retries
from webapp.core.monitoring import processes
from webapp.formats.images.decoding import decode_image
from webapp.formats.images.pixels import to_rgb
from webapp.formats.images.rejected import ImageRejected
from webapp.images import faults as image_faults
from webapp.line.predictor_client import (
    ALIVE,
    REQUESTS,
    PredictAnswer,
    PredictRequest,
    answer_key,
)

KEPT_MODELS = 3
"""Number of weights that stay loaded; the least recently used is unloaded."""
BEAT_SECONDS = 2.0
LONGEST_SILENCE_SECONDS = 8
ANSWER_KEPT_SECONDS = 120
"""Expiry of an answer that nobody fetches."""
LAST_WEIGHTS = "predictor:last-weights"
"""Redis key: weights file of the newest request, loaded at the next start, so that the first photo does not wait."""
_log = logging.getLogger(__name__)


class Models:
    """Cache of loaded networks by weights file."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[tuple[str, float], Predictor] = OrderedDict()

    def get(self, file: str) -> Predictor:
        """Raises ``WeightsRejected`` or FileNotFoundError."""
        # The key includes the modification time: a rewritten file is different weights.
        key = (file, Path(file).stat().st_mtime)
        predictor = self._loaded.get(key)
        if predictor is None:
            predictor = Predictor(Path(file))
            self._loaded[key] = predictor
            while len(self._loaded) > KEPT_MODELS:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(key)
        return predictor


def answer(models: Models, request: PredictRequest, max_pixels: int) -> PredictAnswer:
    """Predict one photo. Errors of the photo, the weights and the machine are returned in the answer."""
    try:
        predictor = models.get(request.weights_file)
        return _predicted(predictor, request, max_pixels)
    except Exception as error:
        _log.exception("request %s with %s failed", request.id, request.weights_file)
        return PredictAnswer(error=reason_of(error))


def _predicted(predictor: Predictor, request: PredictRequest, max_pixels: int) -> PredictAnswer:
    """Raises what is neither the photo's nor foreseen: a lost GPU."""
    try:
        decoded = decode_image(request.photo, max_pixels, request.value_range)
        photo = np.array(to_rgb(decoded.picture))
        began = time.perf_counter()
        found = predictor.predict(
            photo,
            request.suppression,
            score_threshold=request.thresholds.lowest,
            thresholds=request.thresholds,
        )
        seconds = time.perf_counter() - began
        found = [one.with_shape() for one in found if request.thresholds.passes(one.category, one.score)]
    except ImageRejected as error:
        return PredictAnswer(photo_fault=image_faults.fault_document(error.code, **error.params))
    except Exception as error:
        return PredictAnswer(photo_fault=fault_of(of_image(error, request.id)))
    return PredictAnswer(
        detections=found,
        width=photo.shape[1],
        height=photo.shape[0],
        seconds=seconds,
        remarks=[image_faults.remark_document(remark) for remark in decoded.remarks],
        measured=decoded.measured,
    )


class Service:
    """Answers requests until SIGTERM or SIGINT."""

    def __init__(self, redis_url: str, max_pixels: int) -> None:
        self.redis: Redis = connect_redis_with_retries(redis_url)
        self.beats: Redis = connect_redis(redis_url)
        self.max_pixels = max_pixels
        self.models = Models()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Load the last used weights, set the ``ALIVE`` key, and answer requests."""
        self._warm_up()
        threading.Thread(target=self._beat, name="beat", daemon=True).start()
        while not self.stopping.is_set():
            received: Any = self.redis.blpop([REQUESTS], timeout=1)
            if received is not None:
                self._serve(received[1])
        self.beats.delete(ALIVE)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Signal handler: the present photo is finished first."""
        self.stopping.set()

    def _serve(self, message: bytes) -> None:
        request = msgspec.msgpack.decode(message, type=PredictRequest)
        if time.time() > request.deadline:
            return
        key = answer_key(request.id)
        encoded = msgspec.msgpack.encode(answer(self.models, request, self.max_pixels))
        with self.redis.pipeline() as pipeline:
            pipeline.rpush(key, encoded)
            pipeline.expire(key, ANSWER_KEPT_SECONDS)
            pipeline.set(LAST_WEIGHTS, request.weights_file)
            pipeline.execute()

    def _warm_up(self) -> None:
        last: Any = self.redis.get(LAST_WEIGHTS)
        if last is None:
            return
        try:
            self.models.get(last.decode())
        except Exception:
            _log.warning("%s is not loaded at the start", last.decode(), exc_info=True)

    def _beat(self) -> None:
        while not self.stopping.is_set():
            try:
                self.beats.set(ALIVE, 1, ex=LONGEST_SILENCE_SECONDS)
            except RedisError:
                _log.warning("Redis does not answer")
            self.stopping.wait(BEAT_SECONDS)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    keep_freed_memory()
    settings = application().extensions["settings"]
    processes.begin(application(), processes.PREDICTOR)
    service = Service(settings.redis_url, settings.max_image_pixels)
    signal.signal(signal.SIGTERM, service.stop)
    signal.signal(signal.SIGINT, service.stop)
    service.run()


if __name__ == "__main__":
    try:
        main()
    except RedisError as error:
        sys.exit(f"Redis does not answer: {error}")
