"""XML that nobody should trust."""

import time
import tracemalloc

import pytest

from webapp.formats.annotations.parsed import FormatFault, FormatRejected
from webapp.formats.files.text_source import TextSource
from webapp.formats.files.xml_stream import MAX_DEPTH, Part, XmlReader

LAUGHS = (
    '<!DOCTYPE a [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]><a>&l9;</a>"
)
READS_A_FILE = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]><a/>'


def read(text: str, whole: set[str] | None = None) -> list[tuple[str, str]]:
    reader = XmlReader(TextSource(text.encode()), whole or set())
    return [(part.value, element.tag) for part, element in reader.events()]


@pytest.mark.parametrize("text", [LAUGHS, READS_A_FILE, PARAMETER], ids=["laughs", "file", "parameter"])
def test_entities_are_refused(text: str) -> None:
    with pytest.raises(FormatRejected) as refused:
        read(text)
    assert refused.value.code == FormatFault.XML_ENTITIES


def test_a_document_type_elsewhere_is_not_fetched() -> None:
    assert read('<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>') == [("start", "a"), ("end", "a")]


@pytest.mark.parametrize("text", ["<a>", "<a></b>", "<a/><b/>", "<a>\x01</a>", "<a b=1/>", "x"])
def test_what_is_no_xml_says_where(text: str) -> None:
    with pytest.raises(FormatRejected) as refused:
        read(text)
    assert refused.value.code == FormatFault.NOT_XML
    assert refused.value.params["line"] == 1


def test_depth_is_limited() -> None:
    assert len(read("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH)) == 2 * MAX_DEPTH
    with pytest.raises(FormatRejected) as refused:
        read("<a>" * (MAX_DEPTH + 1))
    assert refused.value.code == FormatFault.TOO_DEEP


def test_a_text_without_end_is_refused_at_once() -> None:
    start = time.process_time()
    with pytest.raises(FormatRejected) as refused:
        read(f"<a>{'x' * 50_000_000}</a>")
    assert refused.value.code == FormatFault.TOO_COMPLEX
    assert time.process_time() - start < 5


def test_children_of_a_whole_element_come_with_it() -> None:
    text = "<a><b><c>1</c> <c>2</c></b>t</a>"
    assert read(text, {"b"}) == [("start", "a"), ("end", "b"), ("end", "a")]
    reader = XmlReader(TextSource(text.encode()), {"b"})
    whole = next(element for part, element in reader.events() if (part, element.tag) == (Part.END, "b"))
    assert [child.text for child in whole] == ["1", "2"]


def test_a_long_list_takes_the_memory_of_one() -> None:
    source = TextSource(("<a>" + '<b x="1"><c>1</c></b>' * 100_000 + "</a>").encode())
    tracemalloc.start()
    try:
        assert sum(1 for _ in XmlReader(source, {"b"}).events()) == 100_002
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
