"""CSV files of photos and categories as people and tools write them."""

import pytest

from tests.formats.sets.set_files import codes
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.options import QuestionName, ReadOptions
from webapp.formats.annotations.parsed import FormatFault, FormatRejected, ParsedAnnotations

FIRST = "filename,category\n"


def parsed(text: str | bytes, **options: object) -> ParsedAnnotations:
    data = text.encode() if isinstance(text, str) else text
    return parse_annotations(data, "labels.csv", options=ReadOptions(**options))  # type: ignore[arg-type]


TABLES = {
    "comma": "filename,category\na.png,no object\n",
    "semicolon": "filename;category\na.png;no object\n",
    "tab": "filename\tcategory\na.png\tno object\n",
    "without a header": "a.png,no object\nb.png,scratch\n",
    "other header": "Image,Label\na.png,No Object\n",
    "category first": "label,image\nno_object,a.png\n",
    "Chinese": "檔名,類別\na.png,沒有物件\n",
    "byte order mark": "\ufefffilename,category\r\na.png,none\r\n",
    "quoted": '"filename","category"\n"a.png","no  object"\n',
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_no_object_marks_the_photo(text: str) -> None:
    found = parsed(text)
    assert found.format == "photo_table"
    assert [image.file_name for image in found.images if image.no_object] == ["a.png"]


def test_big5() -> None:
    found = parsed("檔名,類別\n螺絲.png,無物件\n".encode("cp950"))
    assert [(image.file_name, image.no_object) for image in found.images] == [("螺絲.png", True)]
    assert codes(found, "fixed") == {"text_encoding": 1}


def test_a_category_of_a_whole_photo_is_said() -> None:
    found = parsed(FIRST + "a.png,scratch\nb.png,OK\nc.png,no object\n")
    assert codes(found, "skipped") == {"photo_category": 2}
    assert found.skipped[0].examples == ["a.png: scratch", "b.png: OK"]
    assert [image.no_object for image in found.images] == [False, False, True]
    assert found.annotations_in_file == 0


def test_a_photo_with_a_category_in_another_line_is_not_marked() -> None:
    found = parsed(FIRST + "a.png,no object\na.png,scratch\n")
    assert [image.no_object for image in found.images] == [False]


def test_a_photo_without_a_category_is_asked_about() -> None:
    found = parsed(FIRST + "a.png,\nb.png\n")
    assert [(one.name, one.count) for one in found.questions] == [(QuestionName.EMPTY, 2)]
    answered = parsed(FIRST + "a.png,\nb.png\n", empty="no_object")
    assert [image.no_object for image in answered.images] == [True, True]


def test_the_split_is_taken() -> None:
    found = parsed("filename,category,split\na.png,no object,valid\nb.png,none,test\n")
    assert [image.split for image in found.images] == ["validation", "test"]


def test_photos_lie_beside_the_table() -> None:
    found = parse_annotations((FIRST + "x/a.png,none\n").encode(), "set/labels.csv")
    assert [image.file_name for image in found.images] == ["set/x/a.png"]


def test_a_line_that_names_no_photo_is_said() -> None:
    rows = "".join(f"{number}.png,none\n" for number in range(30))
    found = parsed(FIRST + rows + "total,30\n")
    assert codes(found, "skipped") == {"row_unreadable": 1}


OTHERS = {
    "boxes": "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,9,9,nut,1,1,5,5\n",
    "one column": "filename\na.png\n",
    "figures": "day,count\n1,2\n",
    "no photos": "name,label\nTsai,boss\n",
    "three columns": "filename,category,score\na.png,nut,0.5\n",
    "empty": "filename,category\n",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_tables_are_refused(text: str) -> None:
    with pytest.raises(FormatRejected) as refused:
        parsed(text)
    assert refused.value.code == FormatFault.UNKNOWN_FORMAT
