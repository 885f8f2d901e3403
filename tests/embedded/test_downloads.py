"""Names of files that are sent to be kept."""

import pytest
from werkzeug.http import parse_options_header

from webapp.core.downloads import attachment


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Screw-coco.json", "Screw-coco.json"),
        ("滾珠螺桿-coco.json", "_-coco.json"),
        ("Écrou n° 5.zip", "Ecrou n_ 5.zip"),
        ('a"b\\c;d%41.json', "a_b_c_d_41.json"),
        ("tab\tand\r\nlines.json", "tab_and_lines.json"),
    ],
)
def test_the_name_goes_in_utf8_and_for_old_programs_in_ascii(name: str, plain: str) -> None:
    header = attachment(name)
    assert header.isascii() and header.isprintable()
    assert f'; filename="{plain}"; ' in header
    assert parse_options_header(header)[1]["filename"] == name
