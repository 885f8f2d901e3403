"""Streaming XML reader: a list of 100,000 shapes takes the memory of one.

The parser is expat of the standard library. Entities are refused where they are declared, so that a text cannot
expand or name another file ("billion laughs", XXE), and nothing is ever fetched.
"""

from collections.abc import Iterator, Set
from enum import StrEnum
from itertools import islice
from xml.etree.ElementTree import Element
from xml.parsers import expat

from webapp.formats.annotations.parsed import FormatFault, FormatRejected
from webapp.formats.files.text_source import TextSource

MAX_DEPTH = 100
"""Deeper nesting is refused."""
MAX_ITEMS = 1_000_000
"""Elements inside one that is read as a whole, e.g. one shape."""
MAX_TEXT = 1_000_000
"""Characters of the text of one element."""
FED = 64 * 1024
"""Characters parsed in one step; their events are in memory together."""


class Part(StrEnum):
    """Which end of an element an event is about."""

    START = "start"
    END = "end"


Event = tuple[Part, Element]
"""At ``START`` an element has its attributes, at ``END`` also its text."""


class XmlReader:
    """Walks through an XML text; see ``events``."""

    def __init__(self, source: TextSource, whole: Set[str] = frozenset()) -> None:
        """Elements of the tags ``whole`` keep their children; of others each child is an event of its own."""
        self._source = source
        self._whole = whole
        self._events: list[Event] = []
        self._open: list[Element] = []
        self._inside = 0
        """Elements that are open inside a whole one, this included."""
        self._items = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.buffer_size = FED
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._refuse_entity

    def events(self) -> Iterator[Event]:
        """Start and end of each element in the order of the text; of a whole one only its end.

        Raises FormatRejected: NOT_XML, XML_ENTITIES, TOO_DEEP, TOO_COMPLEX.
        """
        for piece in self._source.pieces():
            for start in range(0, len(piece), FED):
                yield from self._parsed(piece[start : start + FED], last=False)
        yield from self._parsed("", last=True)

    def _parsed(self, text: str, last: bool) -> Iterator[Event]:
        try:
            self._parser.Parse(text, last)
        except expat.ExpatError as error:
            raise FormatRejected(FormatFault.NOT_XML, line=error.lineno, column=error.offset + 1) from error
        events, self._events = self._events, []
        yield from events

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise FormatRejected(FormatFault.TOO_DEEP)
        element = Element(tag, attributes)
        if self._inside:
            self._open[-1].append(element)
            self._items += 1
            if self._items > MAX_ITEMS:
                raise FormatRejected(FormatFault.TOO_COMPLEX)
        if self._inside or tag in self._whole:
            self._inside += 1
        else:
            self._events.append((Part.START, element))
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        if self._inside:
            self._inside -= 1
        if not self._inside:
            self._items = 0
            self._events.append((Part.END, element))

    def _text(self, text: str) -> None:
        element = self._open[-1]
        # Blanks between the children are not needed.
        if element.text is not None or not text.isspace():
            element.text = (element.text or "") + text
            if len(element.text) > MAX_TEXT:
                raise FormatRejected(FormatFault.TOO_COMPLEX)

    def _refuse_entity(self, *_declaration: object) -> None:
        raise FormatRejected(FormatFault.XML_ENTITIES)


def first_tags(source: TextSource) -> tuple[str, str]:
    """Names of the outermost element and of the first inside it, empty where there is none.

    Raises FormatRejected as ``XmlReader.events`` does.
    """
    tags = [element.tag for part, element in islice(XmlReader(source).events(), 2) if part is Part.START]
    return tags[0], tags[1] if len(tags) > 1 else ""


def text_of(element: Element, path: str) -> str:
    """Text of the first element at the path, without blanks around it; empty where there is none."""
    return (element.findtext(path) or "").strip()
