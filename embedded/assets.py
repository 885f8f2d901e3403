"""``python -m embedded.assets``: copy the browser files we serve from node_modules to static/vendor."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"

FILES = {
    "@noble/hashes/_md.js": "noble-hashes/_md.js",
    "@noble/hashes/_u64.js": "noble-hashes/_u64.js",
    "@noble/hashes/sha2.js": "noble-hashes/sha2.js",
    "@noble/hashes/utils.js": "noble-hashes/utils.js",
    "apexcharts/dist/apexcharts.css": "apexcharts/apexcharts.css",
    "apexcharts/dist/apexcharts.min.js": "apexcharts/apexcharts.min.js",
    "apexcharts/dist/locales/zh-tw.json": "apexcharts/locales/zh-tw.json",
    # What is used of these two stands in static/css/web/ (tools/bootstrap.py, tools/icons.py).
    "bootstrap-icons/LICENSE": "bootstrap-icons/LICENSE",
    "bootstrap/LICENSE": "bootstrap/LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "openseadragon/build/openseadragon/openseadragon.min.js": "openseadragon/openseadragon.min.js",
    "viewerjs/dist/viewer.min.css": "viewerjs/viewer.min.css",
    "viewerjs/dist/viewer.min.js": "viewerjs/viewer.min.js",
}


def copy(packages: Path = PACKAGES, vendor: Path = VENDOR) -> None:
    """Copy every file of FILES, and beside it the licence of its package, which must travel with it."""
    for source, target in FILES.items():
        path = vendor / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages / source, path)
        # The name of a package has two parts where it begins with its owner's, as in @noble/hashes.
        package = "/".join(source.split("/")[: 2 if source.startswith("@") else 1])
        licence = next((packages / package).glob("LICENSE*"))
        shutil.copyfile(licence, vendor / target.split("/")[0] / "LICENSE")


if __name__ == "__main__":
    copy()
