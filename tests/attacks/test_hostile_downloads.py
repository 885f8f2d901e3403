"""Every download of a model whose texts are hostile can be read, and does no harm where it is opened."""

import csv
import io
import json
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.attacks import hostile_world
from tests.attacks.test_every_call import operations
from tests.web.test_no_refused_button import walk_pages
from webapp.models import DetectionModel, Image, User

NOT_ON_WINDOWS = re.compile(
    r'[<>:"\\|?*\x00-\x1f\u202a-\u202e\u2066-\u2069]|[. ](/|$)|(^|/)(con|nul|aux|prn|com\d|lpt\d)\s*(\.|/|$)',
    re.IGNORECASE,
)
ENDLESS = "stream"


def is_number(cell: str) -> bool:
    """Whether a table reads it as one."""
    return bool(re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell))


def faults_of(name: str, content: bytes) -> list[str]:
    """What is wrong with a file; zips are looked into."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            faults = [f"{name}: {one!r} is no name on Windows" for one in names if NOT_ON_WINDOWS.search(one)]
            for one in names:
                faults += faults_of(f"{name}: {one}", archive.read(one))
            return faults
    if name.endswith(".csv"):
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        cells = [cell for row in rows for cell in row]
        return [
            f"{name}: {cell!r} is a formula"
            for cell in cells
            if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not is_number(cell)
        ]
    if name.endswith(".json"):
        json.loads(content)
    if name.endswith((".xml", ".svg")):
        ElementTree.fromstring(content)  # noqa: S314  (our own)
    return []


def faults_of_answer(answer: TestResponse, where: str) -> list[str]:
    """A file that is answered, and its headers."""
    disposition = answer.headers.get("Content-Disposition", "")
    faults = [f"{where}: {name}" for name, value in answer.headers if not f"{name}{value}".isprintable()]
    if not disposition.isascii():
        faults.append(f"{where}: {disposition}")
    ending = {
        "text/csv": ".csv",
        "application/json": ".json",
        "application/zip": ".zip",
        "image/svg+xml": ".svg",
    }
    return faults + faults_of(where + ending.get(answer.mimetype, ""), answer.data)


def test_downloads_of_pages(client: FlaskClient, administrator: User) -> None:
    hostile_world.build(administrator)
    app: Any = client.application
    adapter = app.url_map.bind("localhost")
    faults, kinds = [], set()
    for method, path in walk_pages(client):
        endpoint = adapter.match(path, method=method)[0]
        if method == "GET" and not endpoint.startswith((ENDLESS, "static")):
            answer = client.get(path, buffered=True)
            assert answer.status_code < 500, path
            kinds |= {(endpoint, answer.mimetype)} if answer.headers.get("Content-Disposition") else set()
            faults += faults_of_answer(answer, endpoint)
    assert len(kinds) > 5, kinds
    assert faults == []


def test_downloads_of_calls(api: FlaskClient, administrator: User) -> None:
    model: DetectionModel = hostile_world.build(administrator)
    photo = Image.query.order_by(Image.id).first().id
    ids = {"model_id": model.id, "image_id": photo, "user_id": 1, "import_id": 1}
    faults, read = [], 0
    for operation in operations(api.application):
        for run_id in (1, 4) if operation.method == "GET" else ():
            answer = api.get(operation.path.format(**ids, run_id=run_id), buffered=True)
            read += answer.status_code == 200
            faults += faults_of_answer(answer, operation.name)
    assert read > 20
    assert faults == []
