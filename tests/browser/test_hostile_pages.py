"""Every page of a model whose texts are hostile, in a real browser: nothing runs, nothing hides, nothing sticks out."""

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser

from tests.attacks import hostile_world
from tests.browser import live_app
from tests.browser.conftest import watch
from tests.conftest import PASSWORD
from tests.rest.fixtures import Script
from tests.web.test_no_refused_button import pages_of
from webapp.models import User

LOADED = """() => !document.querySelector('.htmx-request, [hx-get][hx-trigger*="load"]:empty')"""
LOOK = """() => {
  const faults = [];
  if (window.hostile !== undefined) faults.push("a script ran");
  if (document.querySelector('img[src="x"], [onerror]')) faults.push("a text is an element");
  for (const script of document.scripts)
    if (script.textContent.includes("window.hostile=1</")) faults.push("a text is a script");
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth + 1) {
    const wide = [...document.querySelectorAll("main *")].filter((one) =>
      one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".table-wrap"));
    const named = wide.slice(0, 6).map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`);
    faults.push(`${root.scrollWidth} px wide, not ${root.clientWidth}: ${named.join(" ")}`);
  }
  return faults;
}"""


def addresses(app: OpenAPI, email: str) -> list[str]:
    """One whole page of each endpoint that this person sees."""
    client = Script(app)
    client.set_cookie("language", "en")
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 302
    adapter = app.url_map.bind("localhost")
    found: dict[str, str] = {}
    for address, text in pages_of(client):
        if "<html" in text:
            found.setdefault(adapter.match(address.partition("?")[0])[0], address)
    return list(found.values())


@pytest.mark.parametrize(("email", "width"), [("admin@factory.test", 1280), ("viewer@factory.test", 820)])
def test_no_text_runs_or_breaks_a_page(
    clean_app: OpenAPI, administrator: User, browser: Browser, email: str, width: int
) -> None:
    hostile_world.build(administrator)
    pages = addresses(clean_app, email)
    assert len(pages) > 15, pages
    faults = []
    with live_app.listening(clean_app) as address:
        context = browser.new_context(
            base_url=address, locale="en-GB", viewport={"width": width, "height": 900}
        )
        form = {"email": email, "password": PASSWORD}
        assert context.request.post("/sign-in", form=form, max_redirects=0).status == 302
        page = context.new_page()
        on_console = watch(page, address)
        for path in pages:
            page.goto(path)
            page.wait_for_function(LOADED)
            faults += [f"{path}: {fault}" for fault in [*page.evaluate(LOOK), *on_console]]
            on_console.clear()
        context.close()
    assert faults == []
