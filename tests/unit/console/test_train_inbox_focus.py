"""Where the keyboard is in the trainer's inbox after each key, and what lies over what."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bot.storage.database import reading
from bot.trainer import inbox
from tests.waiting import until

pytestmark = pytest.mark.browser


def message(page):
    return page.locator("#message")


def ready(page, words):
    """The message with these words is there, with its ranking."""
    expect(page.get_by_test_id("message-text")).to_contain_text(words)
    expect(page.locator("#message[aria-busy]")).to_have_count(0)


def settled(page):
    until(lambda: page.evaluate("pending === 0"))


def states(console, numbers):
    with reading(console.engine) as connection:
        return [inbox.get_review(connection, number).state for number in numbers]


def test_who_listens_hears_the_words_of_the_message_that_the_keyboard_comes_to(enter):
    page = enter()
    ready(page, "tisdags")
    page.keyboard.press("Enter")
    ready(page, "dragit pengar")
    expect(message(page)).to_be_focused()
    heard = message(page).evaluate(
        "e => document.getElementById(e.ariaLabelledByElements?.[0]?.id "
        "?? e.getAttribute('aria-labelledby'))?.textContent ?? ''"
    )
    assert "dragit pengar" in heard


def test_a_button_that_is_pressed_by_the_keyboard_keeps_it(console, enter, reviews):
    page = enter()
    ready(page, "tisdags")
    page.get_by_test_id("accept").focus()
    page.keyboard.press("Space")
    ready(page, "dragit pengar")
    expect(page.get_by_test_id("accept")).to_be_focused()
    page.keyboard.press("Space")
    ready(page, "The jacket")
    expect(page.get_by_test_id("accept")).to_be_focused()
    settled(page)
    assert states(console, reviews[:3]) == ["labelled", "labelled", "open"]
    expect(page.get_by_test_id("bulk")).to_be_hidden()


@pytest.mark.parametrize(
    ("button", "becomes"), [("skip", "skipped"), ("not-for-bot", "not_for_bot")]
)
def test_enter_on_a_button_does_what_the_button_says(console, enter, reviews, button, becomes):
    page = enter()
    ready(page, "tisdags")
    for _ in range(2):
        page.get_by_test_id(button).focus()
        page.keyboard.press("Enter")
        settled(page)
    assert states(console, reviews[:3]) == [becomes, becomes, "open"]
    expect(page.get_by_test_id(button)).to_be_focused()


def test_enter_on_an_intent_of_the_ranking_takes_that_one(console, enter, reviews):
    page = enter()
    ready(page, "tisdags")
    second = page.locator("[data-rank-key='2']")
    meant = second.get_attribute("value")
    second.focus()
    page.keyboard.press("Enter")
    ready(page, "dragit pengar")
    expect(second).to_be_focused()
    settled(page)
    with reading(console.engine) as connection:
        assert inbox.get_review(connection, reviews[0]).intent == meant


def test_who_is_in_the_list_stays_in_the_list(console, enter, reviews):
    page = enter()
    ready(page, "tisdags")
    links = page.locator(".messages a")
    links.first.focus()
    page.keyboard.press("l")
    ready(page, "dragit pengar")
    expect(links.first).to_be_focused()
    expect(links.first).to_contain_text("dragit pengar")
    page.keyboard.press("j")
    ready(page, "The jacket")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    ready(page, "dragit pengar")
    page.keyboard.press("Enter")  # the link's own: to the message
    expect(message(page)).to_be_focused()
    settled(page)
    assert states(console, reviews[:2]) == ["skipped", "open"]


def test_after_a_click_the_keys_act_on_the_message(console, enter, reviews):
    page = enter()
    ready(page, "tisdags")
    page.get_by_test_id("skip").click()
    ready(page, "dragit pengar")
    expect(message(page)).to_be_focused()
    page.keyboard.press("Enter")
    settled(page)
    assert states(console, reviews[:2]) == ["skipped", "labelled"]


def test_keys_work_when_a_box_of_the_list_was_ticked(console, enter, reviews):
    page = enter()
    ready(page, "tisdags")
    boxes = page.locator(".messages input")
    boxes.first.click()
    page.keyboard.press("Tab")
    boxes.nth(1).focus()
    page.keyboard.press("Space")  # the box's own
    expect(page.get_by_test_id("bulk")).to_contain_text("2 selected")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("toast")).to_contain_text("2 labelled: Order status, Charged twice")
    expect(message(page)).to_be_focused()
    assert states(console, reviews[:3]) == ["labelled", "labelled", "open"]


def test_the_line_with_undo_stays_while_the_keyboard_is_on_it(enter):
    page = enter()
    ready(page, "tisdags")
    page.keyboard.press("x")
    ready(page, "dragit pengar")  # until then the focus is on its way to the next message
    toast = page.get_by_test_id("toast")
    undo = toast.get_by_role("button")
    undo.focus()
    expect(undo).to_be_focused()
    page.evaluate("hideToast()")
    expect(toast).to_be_visible()
    undo.press("Enter")
    ready(page, "tisdags")
    expect(message(page)).to_be_focused()


SIZES = [(1280, 720), (1024, 700), (900, 600), (390, 844), (844, 390)]


@pytest.mark.parametrize("tool", ["edit", "mark", "language", "split", "new"])
@pytest.mark.parametrize("size", SIZES)
def test_what_was_done_is_told_beside_the_buttons_of_a_form(enter, size, tool):
    page = enter(viewport={"width": size[0], "height": size[1]})
    ready(page, "tisdags")
    page.get_by_test_id("skip").click()
    ready(page, "dragit pengar")
    toast = page.get_by_test_id("toast")
    expect(toast).to_be_visible()
    page.get_by_test_id(f"tool-{tool}").click()
    form = page.locator(f"#panel-{tool}")
    expect(form).to_be_visible()
    uncovered(page, form)
    page.evaluate(
        "say('A problem that is told in so many words that it takes two lines', "
        "{undo: true, bad: true})"
    )
    uncovered(page, form)


def uncovered(page, form):
    for button in form.locator(".actions button").all():
        button.scroll_into_view_if_needed()
        on_top = button.evaluate("""button => {
          const { x, y, width, height } = button.getBoundingClientRect();
          return [0.1, 0.5, 0.9].every((part) =>
            button.contains(document.elementFromPoint(x + width * part, y + height * part)));
        }""")
        assert on_top, button.inner_text()
