"""Documents, docstrings and comments name files, folders and modules that exist."""

from pathlib import Path

import pytest

from tests import named_paths
from tests.named_paths import (
    ROOT,
    missing_links,
    missing_members,
    missing_modules,
    missing_paths,
    prose,
    strings,
)

UNCHECKED = {"CHANGELOG.md", "THIRD_PARTY.md"}
"""The one names files as they were called then, the other is written by a program and names packages."""
NO_MODULES = {"category.id", "crypto.subtle", "info.format", "run_evaluation.summary"}
"""Of the browser, of COCO, of the database."""


def missing_in_prose(text: str) -> list[str]:
    members = (name for name in missing_members(text) if name not in NO_MODULES)
    return [*missing_paths(text), *missing_modules(text), *members]


def files(*patterns: str) -> list[str]:
    """Those of the repository whose path ends like one of the patterns."""
    names = [name for name in named_paths.tracked() if (ROOT / name).is_file()]
    return sorted(name for name in names if any(Path(name).match(pattern) for pattern in patterns))


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", files("*.md"))
def test_links_of_documents_lead_somewhere(name: str) -> None:
    assert list(missing_links(ROOT / name)) == []


DOCUMENTS = [name for name in files("*.md") if name not in UNCHECKED]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_name_what_exists(name: str) -> None:
    assert missing_in_prose(text_of(name)) == []


@pytest.mark.parametrize("folder", named_paths.PACKAGES)
def test_docstrings_and_comments_name_what_exists(folder: str) -> None:
    missing = []
    for name in (name for name in files("*.py") if name.startswith(f"{folder}/")):
        missing += [f"{name}: {found}" for found in missing_in_prose(prose(text_of(name)))]
    assert missing == []


def test_modules_that_are_named_as_text_exist() -> None:
    """Jobs are queued by their dotted path: a module that was moved is not missed before the job runs."""
    missing = []
    for name in set(files("*.py")) - {"tests/test_documents.py"}:
        missing += [f"{name}: {module}" for module in missing_modules(strings(text_of(name)))]
    for name in files("bin/*", "*.yml", "*.toml", "Dockerfile"):
        missing += [f"{name}: {module}" for module in missing_modules(text_of(name))]
    assert missing == []


def test_templates_scripts_and_styles_name_what_exists() -> None:
    found = {name: list(missing_paths(text_of(name))) for name in files("*.html", "*.js", "*.css")}
    assert [f"{name}: {path}" for name, paths in found.items() for path in paths] == []


def test_settings_of_tools_name_what_exists() -> None:
    names = files("bin/*", "*.toml", "*.yml", "*.cfg", "Dockerfile", "*.in", "gunicorn.conf.py")
    found = {name: list(missing_paths(text_of(name), loosely=False)) for name in names}
    assert [f"{name}: {path}" for name, paths in found.items() for path in paths] == []


@pytest.mark.parametrize(
    "text",
    [
        "see webapp/gone/nowhere.py.",
        "`docs/decisions/0000-nothing.md`",
        "docs/decisions/0000",
        "a folder, webapp/gone/, of old",
        "(static/js/gone.js)",
        "gone/nowhere.py",
        "``nowhere.py`` has it",
        "templates/<subject>/nowhere.html",
    ],
)
def test_a_path_that_leads_nowhere_is_found(text: str) -> None:
    assert list(missing_paths(text))


@pytest.mark.parametrize(
    "text",
    [
        "webapp/cli.py and `docs/decisions/0001`, docs/decisions/",
        "tests/test_documents.py, `test_documents.py`",
        "webapp/*/*.py, `migrations/versions/`, static/vendor/bootstrap/LICENSE",
        "and/or, OK/NG, 10/20, https://example.org/docs/nowhere.md, /api/v1/models, Node.js",
        "templates/web/<block>.html",
    ],
)
def test_a_path_that_exists_is_left_alone(text: str) -> None:
    assert list(missing_paths(text)) == []


@pytest.mark.parametrize(
    "name", ["jobs.nowhere", "webapp.nowhere.thing", "webapp.cli.nothing_of_this_name", "bench.gone"]
)
def test_a_module_that_does_not_exist_is_found(name: str) -> None:
    assert list(missing_modules(f"queue({name!r})")) == [name]


def test_a_module_that_exists_is_left_alone() -> None:
    assert list(missing_modules("webapp.wsgi:app, webapp.cli.init_app, embedded.txt, tools")) == []


def test_a_member_that_does_not_exist_is_found() -> None:
    text = "``cli.nothing_of_this_name`` `gone.init_app()` `cli.init_app()` `json.dumps` `web.txt`"
    assert list(missing_members(text)) == ["cli.nothing_of_this_name", "gone.init_app"]


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(
        "# A heading, with `code`\n[a](#a-heading-with-code) [b](#gone) [c](gone.md) [d](document.md#gone) [e](https://a.b/c)\n"
        "```\n[f](gone.md)\n```\n"
    )
    assert list(missing_links(document)) == ["#gone", "gone.md", "document.md#gone"]
