"""How long label files of 100,000 annotations take to be read, and with how much memory.

``.venv/bin/python -m bench.label_formats``. Each file is read in a process of its own, so that its peak of memory is
its own too. The time is that of the processor. What an import takes beside is in ``bench.library``.

Needs ``bin/setup`` alone.
"""

import gc
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.common.peak_memory import peak_bytes
from bench.common.report import report
from webapp.formats.annotations.any_format import parse_annotations

ANNOTATIONS = 100_000
PHOTOS = 1_000
CORNERS = 10
WIDTH, HEIGHT = 640, 480
SIZE = {"original_width": WIDTH, "original_height": HEIGHT}
MAX_SECONDS, MAX_MB = 20, 500


def polygons() -> Iterator[list[tuple[float, float]]]:
    """Outlines all over a photo, always the same."""
    chance = random.Random(1)  # noqa: S311 - not a secret
    while True:
        x, y, radius = chance.uniform(60, 560), chance.uniform(60, 400), chance.uniform(10, 50)
        turns = (2 * math.pi * corner / CORNERS for corner in range(CORNERS))
        yield [(round(x + radius * math.cos(t), 2), round(y + radius * math.sin(t), 2)) for t in turns]


def cvat(shape: Callable[[list[tuple[float, float]]], str]) -> Iterator[str]:
    """CVAT for images."""
    outlines = polygons()
    yield "<annotations><version>1.1</version>"
    for photo in range(PHOTOS):
        yield f'<image id="{photo}" name="{photo:06}.jpg" width="{WIDTH}" height="{HEIGHT}">\n'
        yield from (shape(next(outlines)) for _ in range(ANNOTATIONS // PHOTOS))
        yield "</image>\n"
    yield "</annotations>"


def cvat_polygon(outline: list[tuple[float, float]]) -> str:
    """A polygon with an attribute."""
    points = ";".join(f"{x},{y}" for x, y in outline)
    return (
        f'<polygon label="date" points="{points}" z_order="0"><attribute name="a">no</attribute></polygon>\n'
    )


def cvat_mask(outline: list[tuple[float, float]]) -> str:
    """A mask of 40 runs."""
    (x, y), runs = outline[5], ", ".join(["13"] * 80)
    return f'<mask label="date" rle="{runs}" left="{int(x)}" top="{int(y)}" width="30" height="36"></mask>\n'


def voc() -> Iterator[str]:
    """Pascal VOC; all objects in one file, which is one photo."""
    yield f"<annotation><filename>a.jpg</filename><size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
    box = "<bndbox><xmin>10</xmin><ymin>12</ymin><xmax>50</xmax><ymax>44</ymax></bndbox>"
    entry = f"<object><name>date</name><pose>Unspecified</pose><difficult>0</difficult>{box}</object>\n"
    yield from (entry for _ in range(ANNOTATIONS))
    yield "</annotation>"


def label_studio_values() -> Iterator[list[dict[str, Any]]]:
    """The regions of each photo."""
    outlines = polygons()
    for _photo in range(PHOTOS):
        some = (next(outlines) for _ in range(ANNOTATIONS // PHOTOS))
        yield [
            {"points": [[100 * x / WIDTH, 100 * y / HEIGHT] for x, y in outline], "polygonlabels": ["date"]}
            for outline in some
        ]


def label_studio() -> Iterator[str]:
    """A "JSON" export."""
    for photo, values in enumerate(label_studio_values()):
        result = [
            {"id": f"r{n}", "to_name": "image", "value": value, **SIZE} for n, value in enumerate(values)
        ]
        task = {
            "id": photo,
            "annotations": [{"result": result}],
            "data": {"image": f"/data/upload/1/{photo}.jpg"},
        }
        yield f"{'[,'[photo > 0]}{json.dumps(task)}\n"
    yield "]"


def label_studio_min() -> Iterator[str]:
    """A "JSON-MIN" export."""
    for photo, values in enumerate(label_studio_values()):
        record = {"image": f"/data/upload/1/{photo}.jpg", "id": photo, "annotator": 1}
        yield f"{'[,'[photo > 0]}{json.dumps(record | {'label': [value | SIZE for value in values]})}\n"
    yield "]"


FILES: dict[str, Callable[[], Iterator[str]]] = {
    "cvat": lambda: cvat(cvat_polygon),
    "cvat_masks": lambda: cvat(cvat_mask),
    "voc": voc,
    "label_studio": label_studio,
    "label_studio_min": label_studio_min,
}


def read(path: Path) -> None:
    """In a process of its own: prints seconds and the peak of memory."""
    gc.disable()  # as an import does
    start = time.process_time()
    taken = parse_annotations(path, "labels", 2**30).annotations_taken
    print(json.dumps([time.process_time() - start, peak_bytes() / 2**20, taken]))


def main() -> None:
    """Writes and reads a file of each format."""
    with tempfile.TemporaryDirectory() as folder:
        for name, pieces in FILES.items():
            path = Path(folder) / name
            with path.open("w") as file:
                file.writelines(pieces())
            command = [sys.executable, "-m", "bench.label_formats", str(path)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds, peak, taken = json.loads(output)
            if taken != ANNOTATIONS:
                raise RuntimeError(f"{name}: {taken} annotations")
            report(f"read_{name}_seconds", seconds, "s", MAX_SECONDS)
            report(f"read_{name}_peak_mb", peak, "MiB", MAX_MB)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read(Path(sys.argv[1]))
    else:
        main()
