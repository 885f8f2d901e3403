"""Addresses that an answer redirects to never lead to another host, however a browser reads them."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PASSWORD
from webapp.models import User
from webapp.web.local_addresses import local_address

OWN = "http://factory.test/sign-in"
ELSEWHERE = [
    "//elsewhere.test",
    "/\\elsewhere.test",
    "\\\\elsewhere.test",
    "/\t/elsewhere.test",
    "/\n/elsewhere.test",
    "/\r\n/elsewhere.test",
    "\t//elsewhere.test",
    " //elsewhere.test",
    "\x00//elsewhere.test",
    "/\t\\elsewhere.test",
    "/models\r\nSet-Cookie: a=b",
    "https://elsewhere.test",
    "https:elsewhere.test",
    "javascript:alert(1)",
    "",
]


def opened(address: str) -> str:
    """The host that a browser opens, as the WHATWG URL standard reads an address."""
    address = re.sub("[\t\n\r]", "", address).strip("".join(map(chr, range(0x21)))).replace("\\", "/")
    return urlsplit(urljoin(OWN, address)).netloc


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_host(
    client: FlaskClient, administrator: User, target: str
) -> None:
    client.post("/sign-out")
    data = {"email": administrator.email, "password": PASSWORD}
    assert client.post("/sign-in", query_string={"next": target}, data=data).location == "/"


@pytest.mark.parametrize("path", ["//elsewhere.test", "/\\elsewhere.test", "/a\\b"])
def test_the_page_before_never_leads_to_another_host(client: FlaskClient, path: str) -> None:
    answer = client.post("/preferences/language", headers={"Referer": f"http://localhost{path}"})
    assert answer.location == "/"


def test_the_page_before_is_gone_back_to(client: FlaskClient) -> None:
    answer = client.post("/preferences/language", headers={"Referer": "http://localhost/models/1?q=a%20b"})
    assert answer.location == "/models/1?q=a%20b"


@given(st.text(alphabet="/\\\t\n\r @:.?#a螺", max_size=12))
def test_no_text_leads_to_another_host(target: str) -> None:
    assert opened(local_address(target, otherwise="/")) == "factory.test"


def test_paths_with_a_query_are_followed() -> None:
    for target in ("/", "/models/1/images?split=test&q=%E8%9E%BA", "/models/1?q=螺栓#a", "/a//b"):
        assert local_address(target, otherwise="/home") == target
