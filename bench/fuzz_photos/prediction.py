"""Broken photos through the running product: a prediction run, and the call for single photos."""

import tempfile
from pathlib import Path
from typing import Any

from bench.common.needed import requests
from bench.common.report import report
from bench.common.running_product import running_product
from bench.fuzz_photos.mutated_photos import mutated
from bench.fuzz_photos.photo_kinds import KINDS
from bench.prediction.comparison import Script, trained_model

PHOTOS = 300
SINGLE = 60
A_REQUEST = 25
"""Photos sent together."""


def through_a_prediction() -> int:
    """Prints what became of them; 1 where an answer was a 5xx or a run did not reach its last photo."""
    photos = [(f"{kind}-{seed}", mutated(kind, seed)) for seed in range(PHOTOS) for kind in KINDS][:PHOTOS]
    errors, unfinished, failed = 0, 0, 0
    with running_product() as product, tempfile.TemporaryDirectory() as folder:
        script = Script(product)
        model, _weights = trained_model(script, Path(folder))
        for start in range(0, len(photos), A_REQUEST):
            some = photos[start : start + A_REQUEST]
            files = [("files", (name, data)) for name, data in some]
            answer = _post(script, f"/models/{model}/prediction-runs", files)
            errors += answer.status_code >= 500
            if not answer.ok:
                continue
            try:
                run = script.finished(f"/prediction-runs/{answer.json()['id']}")
            except RuntimeError as error:  # it did not complete
                print(error)
                unfinished += 1
                continue
            unfinished += run["done"] != len(some)
            failed += len(run["failed"])
        for name, data in photos[:SINGLE]:
            errors += _post(script, f"/models/{model}/predict", [("file", (name, data))]).status_code >= 500
    report("fuzz_prediction_refused", failed, f"of {PHOTOS} mutated photos")
    report("fuzz_prediction_5xx", errors, f"of {PHOTOS // A_REQUEST + SINGLE} requests", 0)
    report("fuzz_prediction_unfinished", unfinished, f"of {PHOTOS // A_REQUEST} runs", 0)
    return 1 if errors or unfinished else 0


def _post(script: Script, path: str, files: list[tuple[str, Any]]) -> requests.Response:
    return script.session.post(script.address + path, files=files, timeout=600)
