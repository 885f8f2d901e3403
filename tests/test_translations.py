"""Every text a user sees exists in Traditional Chinese; the English stands in the code."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from webapp.core.settings import ROOT

CATALOGUE = ROOT / "webapp" / "translations" / "zh_Hant_TW" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("webapp/**.py", "python"), ("templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts_in_code() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(ROOT, METHODS, {}, KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hant_TW")


def strings_of(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_every_text_is_translated() -> None:
    known = {message.id for message in catalogue() if message.id and all(strings_of(message))}
    missing = texts_in_code() - known
    assert not missing, f"{len(missing)} texts have no translation: run bin/translations, then fill them in"


def test_no_translation_is_a_guess() -> None:
    assert not [message.id for message in catalogue() if message.id and message.fuzzy]


def test_translations_keep_their_placeholders() -> None:
    for message in catalogue():
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for string in strings_of(message):
            assert set(PLACEHOLDER.findall(string)) == set(PLACEHOLDER.findall(source)), source


def test_the_code_speaks_english() -> None:
    texts = {text if isinstance(text, str) else " ".join(text) for text in texts_in_code()}
    # The language switch names each language in its own words.
    assert not {text for text in texts if CHINESE.search(text)}


@pytest.mark.parametrize("text", ["Images", "Train", "Predict"])
def test_the_compiled_catalogue_is_the_one_that_is_read(text: str) -> None:
    compiled = Path(CATALOGUE).with_suffix(".mo")
    with compiled.open("rb") as file:
        assert CHINESE.search(str(read_mo(file).get(text).string))
