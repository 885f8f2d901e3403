"""The one way in which benches print a figure."""

import json


def report(metric: str, value: float, unit: str, baseline: float | None = None) -> None:
    """Prints one JSON object on a line.

    ``baseline`` is what the figure is held against; None when nothing is.
    """
    print(
        json.dumps({"metric": metric, "value": round(value, 3), "unit": unit, "baseline": baseline}),
        flush=True,
    )
