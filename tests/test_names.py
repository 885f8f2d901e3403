"""One name, one class: whoever reads a name outside its module knows what it is."""

import ast
from collections import defaultdict

from webapp.core.settings import ROOT


def test_no_two_public_classes_share_a_name() -> None:
    places = defaultdict(list)
    for top in ("webapp", "jobs"):
        for file in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert len(places) > 100
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
