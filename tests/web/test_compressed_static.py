"""Scripts and styles are sent compressed to browsers that can read it; pages are not."""

import gzip
import re
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
    unpacked = gzip.decompress(packed.data)
    assert b"/*" in plain.data and unpacked == re.sub(rb"/\*.*?\*/", b"", plain.data, flags=re.DOTALL)
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    again = client.get(FILE, headers=GZIP | {"If-None-Match": packed.headers["ETag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    left_out = {"Accept-Ranges", "Content-Disposition", "Last-Modified", "X-Request-ID", "Server-Timing"}
    assert not left_out & set(packed.headers.keys())
    assert "X-Request-ID" in client.get("/static/no-such-file.css").headers
    # What a licence wants is sent.
    assert b"The Bootstrap Authors" in gzip.decompress(
        client.get("/static/css/web/bootstrap.css", headers=GZIP).data
    )


def test_a_style_whose_version_is_in_its_address_is_asked_for_once(client: FlaskClient) -> None:
    found = re.search(rf'href="({FILE}\?v=[0-9a-f]+)"', client.get("/").text)
    assert found
    newest = client.get(found[1], headers=GZIP)
    assert newest.cache_control.immutable and (newest.cache_control.max_age or 0) > 10_000_000
    assert newest.headers["Content-Encoding"] == "gzip"
    # An address of before gives the file of today, which is not kept.
    for address in (FILE, f"{FILE}?v=0123456789ab"):
        assert not client.get(address).cache_control.immutable, address
    # A script of ours has one address, by which the others import it; but for the one that the page waits for.
    page = client.get("/").text
    assert 'src="/static/js/main.js"' in page and re.search(
        r'src="/static/js/web/theme.js\?v=[0-9a-f]+"', page
    )


def test_a_part_of_a_file_is_a_part_of_the_file(client: FlaskClient) -> None:
    part = client.get(FILE, headers=GZIP | {"Range": "bytes=0-9"})
    assert part.status_code == HTTPStatus.PARTIAL_CONTENT and len(part.data) == 10
    assert "Content-Encoding" not in part.headers


def test_a_page_with_its_secrets_is_not_compressed(client: FlaskClient) -> None:
    page = client.get("/", headers=GZIP)
    assert page.status_code == HTTPStatus.OK and "Content-Encoding" not in page.headers


def test_scripts_go_without_their_comments_and_keep_their_lines(client: FlaskClient) -> None:
    name = "/static/js/web/upload/form.js"
    plain = client.get(name, headers={"Accept-Encoding": "identity"}).text.splitlines()
    packed = gzip.decompress(client.get(name, headers=GZIP).data).decode().splitlines()
    assert len(packed) == len(plain) > 100
    assert all(
        sent == (line if not line.lstrip().startswith("//") else "")
        for sent, line in zip(packed, plain, strict=True)
    )
