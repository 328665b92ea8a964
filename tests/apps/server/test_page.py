"""The chat page in a real browser, by keyboard alone."""

import pytest
from browser.chromium import ensure_chromium
from playwright.sync_api import expect, sync_playwright

from lessons_lib.apps.server.app import App
from lessons_lib.apps.server.served import Served

from .conftest import NAME, SOON, listening

WAIT = SOON * 1000  # ms


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.set_default_timeout(WAIT)
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: page.wrong.append(said.text) if "Content Security" in said.text else None)
    yield page
    assert not page.wrong
    page.close()


def test_a_chat_by_keyboard(page, address, app):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    expect(page.locator("#model option")).to_have_count(1, timeout=WAIT)
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Every head?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("<b>Yes</b>")
    page.keyboard.press("Enter")
    articles = page.locator("#said article")
    expect(articles).to_have_count(2)
    expect(articles.first).to_contain_text("Every head?\n<b>Yes</b>")  # as text
    expect(page.locator("#send")).to_have_text("Stop")
    expect(page.locator("#said article:last-child div")).not_to_be_empty(timeout=WAIT)
    page.keyboard.press("Escape")
    expect(page.locator("#status")).to_have_text("Stopped.")
    expect(page.locator("#send")).to_have_text("Send")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("And now?")
    page.keyboard.press("Enter")
    expect(articles).to_have_count(4)
    expect(page.locator("#send")).to_have_text("Send", timeout=WAIT)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#anew")).to_be_focused()
    page.keyboard.press("Enter")
    expect(articles).to_have_count(0)
    assert all(url.startswith(address) for url in asked)


def test_a_key_is_asked_for_and_mistakes_are_said(page, model, tokenizer):
    app = App(keys=["alpha"])
    app.served = Served(model, tokenizer, NAME, slots=1, room=64)
    with listening(app) as address:
        page.goto(address)
        expect(page.locator("#key")).to_be_focused(timeout=WAIT)
        page.keyboard.type("alpha")
        page.keyboard.press("Tab")
        expect(page.locator("#model option")).to_have_count(1, timeout=WAIT)
        page.locator("#text").focus()
        page.keyboard.type("long " * 60)
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_contain_text("messages: got", timeout=WAIT)


def test_the_page_may_run_its_own_script_alone(page, address):
    answer = page.goto(address)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
