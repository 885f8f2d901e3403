"""Labels that version 0.1.0 of 26 November 2026 stored are the same after the upgrade, also when they are saved again.

``labels_of_an_earlier_version.json`` has the rows as that version wrote them, and what its editor was sent: outlines
with many decimals, two parts, a box, a mask with a hole, a crowd, an accepted suggestion, a photo without objects.
"""

import json
from pathlib import Path
from typing import Any

import flask_migrate
import msgspec
import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select, text

from webapp.annotations import editor
from webapp.core.extensions import db
from webapp.models import Image, User

STORED = json.loads(Path(__file__).with_name("labels_of_an_earlier_version.json").read_text())
LAST_MIGRATION = "gallery_indexes"


@pytest.fixture
def upgraded(clean_app: OpenAPI) -> dict[str, Image]:
    """The photos by name."""
    db.session.remove()
    flask_migrate.downgrade(revision=LAST_MIGRATION)
    try:
        for table, rows in STORED["rows"].items():
            these = f"jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
            db.session.execute(text(f"INSERT INTO {table} SELECT * FROM {these}"), {"rows": json.dumps(rows)})  # noqa: S608
            if "id" in rows[0]:
                db.session.execute(text(f"SELECT setval('{table}_id_seq', {max(row['id'] for row in rows)})"))
        db.session.commit()
    finally:
        db.session.remove()
        flask_migrate.upgrade()
    return {image.filename: image for image in db.session.scalars(select(Image))}


def rows_now(table: str) -> list[dict[str, Any]]:
    """With the columns of then."""
    columns = STORED["rows"][table][0].keys()
    rows = db.session.scalars(text(f"SELECT row_to_json(t) FROM {table} t ORDER BY id"))  # noqa: S608
    return [{name: row[name] for name in columns} for row in rows]


def shown(image: Image) -> dict[str, Any]:
    """What the editor is sent, without the rings that it draws masks by."""
    sent = msgspec.json.decode(editor.read(image))
    return sent | {"shapes": without_outlines(sent["shapes"])}


def without_outlines(shapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in shape.items() if name != "outline"} for shape in shapes]


def test_no_label_changes_with_the_upgrade(upgraded: dict[str, Image]) -> None:
    for table in ("annotation", "category", "label_version"):
        assert rows_now(table) == sorted(STORED["rows"][table], key=lambda row: row["id"])
    for name, was in STORED["shown"].items():
        assert shown(upgraded[name]) == was | {"shapes": without_outlines(was["shapes"])}


def test_labels_that_are_opened_and_saved_stay_as_they_were(
    upgraded: dict[str, Image], administrator: User
) -> None:
    for name, was in STORED["shown"].items():
        image = upgraded[name]
        saved = editor.parse(json.dumps(was | {"shapes": without_outlines(was["shapes"])}).encode())
        assert editor.save(image, saved, administrator)["stored"] == []
        assert shown(image)["shapes"] == without_outlines(was["shapes"])
        assert shown(image)["no_object"] == was["no_object"]
