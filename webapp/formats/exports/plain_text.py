"""Numbers, names and XML as the written files hold them."""

import json
import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from xml.sax.saxutils import escape

import numpy as np

_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, section 2.2."""
_ESCAPED_IN_YAML = re.compile(
    r"[^\x20-\x7e\xa0-\u1fff\u2010-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML does not print or takes for the end of a line."""
_QUOTES = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def number(value: float) -> str:
    """The shortest text without an exponent that is read as this number again."""
    text = repr(float(value))
    return np.format_float_positional(value, trim="-") if "e" in text else text.removesuffix(".0")


def numbers(values: Iterable[float], separator: str) -> str:
    """Several."""
    return separator.join(map(number, values))


def xml_text(text: str) -> str:
    """As the content of an element or in quotation marks; what XML cannot hold becomes U+FFFD."""
    return escape(_NOT_IN_XML.sub("\ufffd", text), _QUOTES)


def holds_xml(text: str) -> bool:
    """Whether XML holds it as it is."""
    return not _NOT_IN_XML.search(text)


def yaml_text(text: str) -> str:
    """In quotation marks."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED_IN_YAML.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)


def stem(file_name: str) -> str:
    """A file name without its extension."""
    return PurePosixPath(file_name).stem
