"""A door (page or REST call) reads a request, calls its domain and renders: it asks no table."""

import ast

from webapp.core.settings import ROOT

WEBAPP = ROOT / "webapp"
ASKS = {"get", "get_one", "scalar", "scalars", "execute", "query", "add", "delete", "commit"}
DOORS = sorted(
    file
    for file in WEBAPP.rglob("*.py")
    if {"pages", "pages.py", "rest", "rest.py", "web"} & set(file.relative_to(WEBAPP).parts)
)


def questions(source: str) -> list[str]:
    """Where a module asks the database: ``db.session.scalars`` and the like, or a ``select``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ASKS and ast.unparse(node.value) == "db.session":
            found.append(f"line {node.lineno}: db.session.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy":
            found += [
                f"line {node.lineno}: {name.name}"
                for name in node.names
                if name.name in ("select", "text", "update")
            ]
    return found


def test_no_door_asks_a_table() -> None:
    assert len(DOORS) > 50
    assert {door: found for door in DOORS if (found := questions(door.read_text()))} == {}


def test_a_question_is_found() -> None:
    source = "from sqlalchemy import select\nrow = db.session.get(Image, 1)\ndb.session.rollback()\n"
    assert questions(source) == ["line 1: select", "line 2: db.session.get"]
