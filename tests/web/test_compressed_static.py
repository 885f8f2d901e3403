"""Scripts and styles are sent compressed to browsers that can read it; pages are not."""

import gzip
from http import HTTPStatus

from flask.testing import FlaskClient

GZIP = {"Accept-Encoding": "gzip, br"}
FILE = "/static/css/web/app.css"


def test_a_style_is_compressed_and_asked_for_once(client: FlaskClient) -> None:
    plain = client.get(FILE, headers={"Accept-Encoding": "identity"})
    packed = client.get(FILE, headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    again = client.get(FILE, headers=GZIP | {"If-None-Match": packed.headers["ETag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED


def test_a_part_of_a_file_is_a_part_of_the_file(client: FlaskClient) -> None:
    part = client.get(FILE, headers=GZIP | {"Range": "bytes=0-9"})
    assert part.status_code == HTTPStatus.PARTIAL_CONTENT and len(part.data) == 10
    assert "Content-Encoding" not in part.headers


def test_a_page_with_its_secrets_is_not_compressed(client: FlaskClient) -> None:
    page = client.get("/", headers=GZIP)
    assert page.status_code == HTTPStatus.OK and "Content-Encoding" not in page.headers
