"""Servers that are away for a moment: pages say so by themselves, and go on by themselves."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Product, picture, sign_in, watch

LOST = "The server does not answer"


def test_a_page_waits_for_the_database(browser: Browser, product: Product) -> None:
    page = browser.new_page(locale="en-GB")
    sign_in(page, product)
    faults = watch(page, product.address)
    product.stop_database()
    try:
        page.goto(f"{product.address}/board")
        expect(page.get_by_role("heading", name="The system does not answer")).to_be_visible()
        picture(page, "away")
    finally:
        product.start_database()
    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    assert not faults, faults


def test_a_live_page_notices_a_server_that_is_gone_and_one_that_is_back(
    browser: Browser, product: Product
) -> None:
    page = browser.new_page(locale="en-GB")
    sign_in(page, product)
    page.goto(f"{product.address}/board")
    note = page.get_by_role("alert").filter(has_text=re.compile(LOST))
    expect(note).to_be_hidden()
    product.stop_web()
    try:
        expect(note).to_be_visible(timeout=10_000)
        picture(page, "connection-lost")
    finally:
        product.start_web()
    expect(note).to_be_hidden()
