"""Every page of a model whose texts are hostile, in a real browser: nothing runs, nothing hides, nothing sticks out."""

import pytest
from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, Page

from tests.attacks import hostile_world
from tests.browser import live_app
from tests.browser.conftest import watch
from tests.conftest import PASSWORD
from tests.rest.fixtures import Script
from tests.web.test_no_refused_button import pages_of
from webapp.accounts import users
from webapp.models import Role, User

AT_ONCE = 6
"""Pages that are opened side by side: each waits until nothing changes in it."""
OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
STILL = """() => {
  const now = document.body.innerHTML;
  const still = window.before === now && !document.querySelector(".htmx-request");
  window.before = now;
  return still;
}"""
LOOK = """() => {
  const faults = [];
  if (window.hostile !== undefined) faults.push("a script ran");
  if (document.querySelector('img[src="x"], [onerror]')) faults.push("a text is an element");
  for (const script of document.scripts)
    if (script.textContent.includes("window.hostile=1</")) faults.push("a text is a script");
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth + 1) {
    const wide = [...document.querySelectorAll("main *")].filter((one) =>
      one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".table-frame table"));
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("email", "width"),
    [
        ("admin@factory.test", 820),
        ("admin@factory.test", 1280),
        ("viewer@factory.test", 820),
        ("annotator@factory.test", 1280),
        ("engineer@factory.test", 820),
    ],
)
def test_no_text_runs_or_breaks_a_page(
    clean_app: OpenAPI, administrator: User, browser: Browser, email: str, width: int
) -> None:
    for role in (Role.ANNOTATOR, Role.ENGINEER):
        users.create_user(f"{role}@factory.test", PASSWORD, role)
    model = hostile_world.build(administrator)
    # Links lead there once two runs are ticked.
    paths = [*addresses(clean_app, email), f"/models/{model.id}/compare?run=1&run=2"]
    assert len(paths) > 15, paths
    faults = []
    with live_app.listening(clean_app) as address:
        context = browser.new_context(
            base_url=address, locale="en-GB", viewport={"width": width, "height": 900}
        )
        form = {"email": email, "password": PASSWORD}
        assert context.request.post("/sign-in", form=form, max_redirects=0).status == 302
        tabs = [context.new_page() for _number in range(AT_ONCE)]
        on_console = {tab: watch(tab, address) for tab in tabs}
        for start in range(0, len(paths), AT_ONCE):
            opened = list(zip(tabs, paths[start:], strict=False))
            for tab, path in opened:
                tab.goto(path)
                tab.evaluate(OPEN)
            for tab, path in opened:
                found = [*looked_at(tab), *on_console[tab]]
                on_console[tab].clear()
                faults += [f"{path}: {fault}" for fault in found]
        context.close()
    assert faults == []


def looked_at(page: Page) -> list[str]:
    """What is wrong with the page once it stands still, and with the boxes of its charts."""
    page.wait_for_function(STILL, polling=300)
    found = page.evaluate(LOOK)
    for chart in page.locator(".apexcharts-svg:visible").all():
        chart.hover(force=True)
    return list(dict.fromkeys([*found, *page.evaluate(LOOK)]))
