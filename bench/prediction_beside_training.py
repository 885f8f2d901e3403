"""What a prediction costs a training on the same cores: ``.venv/bin/python -m bench.prediction_beside_training``.

Both run as ``bin/serve`` starts them. Two jobs that could each use all cores have half of them: an iteration may take
twice as long while photos are predicted, not more, and neither may fail.

Needs ``bin/setup test``, and ``bsdata`` in the shared data.
"""

import statistics
import tempfile
import time
from pathlib import Path

from bench.common.report import report
from bench.common.running_product import RunningProduct, running_product
from bench.common.shared_data import data_folder
from bench.prediction.comparison import Script, ours, trained_model

ITERATIONS = 90
ALONE = 20
"""Iterations before the first photo."""
WARM = 5


def reached(product: RunningProduct, run: int) -> int:
    """The last iteration that is stored."""
    return product.count("SELECT coalesce(max(iteration), 0) FROM run_loss WHERE run_id = %s", run)


def main() -> None:
    """Prints how much longer an iteration takes, and the photos a second beside it."""
    photos = sorted((data_folder("bsdata") / "val" / "images").glob("*.jpg"))
    with tempfile.TemporaryDirectory() as name, running_product() as product:
        script = Script(product)
        model, _weights = trained_model(script, Path(name))
        sent = {"parameters": {"iterations": ITERATIONS}, "allow_empty": ["validation", "test"]}
        run = script.call("POST", f"/models/{model}/training-runs", json=sent).json()["id"]
        while reached(product, run) < ALONE:
            time.sleep(0.2)
        begun = reached(product, run)
        seconds, _path = ours(script, model, photos, Path(name))
        ended = reached(product, run)
        if ended >= ITERATIONS or ended - begun < WARM:
            raise RuntimeError(f"{ended - begun} iterations beside the prediction, {ended} in all")
        script.finished(f"/training-runs/{run}")
        with product.database() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT iteration, seconds FROM run_loss WHERE run_id = %s", (run,))
            took = dict(cursor.fetchall())
    alone = statistics.median(took[one] for one in range(WARM, begun))
    beside = statistics.median(took[one] for one in range(begun + 2, ended))
    report("training_slowdown_beside_prediction", beside / alone, "times an iteration", 2)
    report("photos_a_second_beside_training", len(photos) / seconds, "photos/s")


if __name__ == "__main__":
    main()
