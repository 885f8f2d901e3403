"""Bootstrap's rules for what pages use are sent, and no others."""

import re

from tools import bootstrap

_ATTRIBUTE = re.compile(r'class="((?:[^"{]|\{\{.*?\}\}|\{%.*?%\})*)"', re.DOTALL)


def used() -> set[str]:
    """Words that stand in ``class`` attributes of templates."""
    texts = (file.read_text("utf-8") for file in (bootstrap.ROOT / "templates").rglob("*.html"))
    return {
        word for text in texts for value in _ATTRIBUTE.findall(text) for word in re.findall(r"[\w-]+", value)
    }


def test_the_style_is_what_its_source_and_list_say() -> None:
    assert bootstrap.STYLE.read_text("utf-8") == bootstrap.style(bootstrap.SOURCE.read_text("utf-8")), (
        "run python -m tools.bootstrap"
    )


def test_every_class_of_bootstrap_that_a_page_uses_is_in_the_list() -> None:
    known = bootstrap.classes_of(bootstrap.SOURCE.read_text("utf-8"))
    assert len(known) > 500
    # Words of our own, or of conditions in the attribute, that Bootstrap knows too.
    ours = {"row", "table", "min", "bi", "start", "end"}
    assert used() & known - bootstrap.CLASSES <= ours


def test_a_rule_is_kept_for_its_used_classes_alone() -> None:
    made = bootstrap.style(
        ".btn,.card{color:var(--bs-one)}.card .btn{top:0}:root{--bs-one:1;--bs-two:2}@media print{.btn{top:1px}}"
    )
    assert ".card" not in made
    assert ".btn{color:var(--bs-one)}" in made
    assert "--bs-one" in made
    assert "--bs-two" not in made
    assert "@media print{.btn{top:1px}" in made
