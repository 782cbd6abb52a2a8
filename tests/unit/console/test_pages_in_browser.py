"""The desk as an agent works at it, in a real browser."""

from __future__ import annotations

import re

import pytest
from console_browser import log_in
from playwright.sync_api import expect

from bot.storage import conversations
from bot.storage.database import transaction
from kb_connector import KnowledgeBase
from tests import accessibility

pytestmark = pytest.mark.browser


def test_an_agent_helps_a_customer_from_the_queue_to_the_end(console, page, arrive):
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    handoff = arrive()
    row = page.get_by_test_id("queue-row")
    expect(row).to_contain_text("Astrid Lund")
    expect(page).to_have_title(re.compile(r"^\(1\) Unassigned"))
    page.keyboard.press("j")
    expect(row).to_be_focused()
    page.keyboard.press("Enter")

    said = page.get_by_test_id("transcript-message")
    expect(said).to_have_count(6)
    expect(page.get_by_test_id("context")).to_contain_text("The answer did not help")
    page.get_by_test_id("accept").click()

    composer = page.get_by_test_id("composer")
    composer.press_sequentially("Hej Astrid!")
    composer.press("Shift+Enter")
    composer.press_sequentially("Jag letar efter paketet.")
    composer.press("Enter")
    mine = page.locator('[data-speaker="agent"]')
    expect(mine).to_contain_text("Jag letar efter paketet.")
    expect(mine).to_contain_text("Sending…")
    expect(composer).to_have_value("")
    expect(composer).to_be_focused()

    console.customer_says(handoff, "Tack, jag väntar!")
    theirs = page.locator('[data-live-ticket] [data-speaker="customer"]')
    expect(theirs).to_contain_text("Tack, jag väntar!")

    page.get_by_test_id("resolve").click()
    page.get_by_role("button", name="Not yet").click()
    page.get_by_test_id("resolve").click()
    page.get_by_test_id("resolve-confirm").click()
    expect(page.locator(".foot")).to_contain_text("Kim resolved this")
    assert [(e["type"], e["data"].get("text")) for e in console.outgoing()] == [
        ("agent.joined", None),
        ("message.created", "Hej Astrid!\nJag letar efter paketet."),
        ("handoff.resolved", None),
    ]


def test_what_a_colleague_does_shows_without_a_reload(console, page, handoff, colleague):
    ticket = console.ticket_id(handoff)
    page.goto(f"/desk/{ticket}")
    expect(page.get_by_test_id("accept")).to_be_visible()
    colleague.post(f"/desk/{ticket}/accept")
    expect(page.get_by_test_id("take-over")).to_be_visible()
    expect(page.locator(".bar")).to_contain_text("Robin has it")
    expect(page.get_by_text("Robin joined.")).to_be_visible()


def test_a_text_that_was_not_sent_is_kept(console, page, agent, handoff):
    ticket = console.ticket_id(handoff)
    agent.post(f"/desk/{ticket}/accept")
    page.goto(f"/desk/{ticket}")
    page.context.set_offline(True)
    composer = page.get_by_test_id("composer")
    composer.fill("Hej!")
    composer.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Your text is kept")
    page.context.set_offline(False)
    page.reload()
    expect(composer).to_have_value("Hej!")
    page.get_by_test_id("send").click()
    expect(page.locator('[data-speaker="agent"]')).to_have_count(1)


def test_messages_come_again_after_the_connection_was_lost(console, page, handoff):
    page.goto(f"/desk/{console.ticket_id(handoff)}")
    theirs = page.locator('[data-live-ticket] [data-speaker="customer"]')
    console.customer_says(handoff, "Ett")
    expect(theirs).to_have_count(1)
    page.evaluate("stream.close(); setTimeout(listen, 700)")
    console.customer_says(handoff, "Två")
    expect(theirs).to_have_count(2)
    assert theirs.all_inner_texts()[1].endswith("Två")


def test_reading_above_is_not_disturbed_by_new_messages(console, page, handoff):
    for number in range(15):
        console.customer_says(handoff, f"Rad {number}\n\n\nslut")
    page.goto(f"/desk/{console.ticket_id(handoff)}")
    pane = page.locator(".scroll")
    pane.evaluate("pane => pane.scrollTop = 0")
    console.customer_says(handoff, "Nytt!")
    newer = page.get_by_role("button", name="New message")
    expect(newer).to_be_visible()
    assert pane.evaluate("pane => pane.scrollTop") == 0
    newer.click()
    expect(page.get_by_text("Nytt!")).to_be_in_viewport()


def test_the_keyboard_moves_through_the_queue(page, arrive):
    for name in ("Ada A", "Bo B", "Cy C"):
        arrive(name=name)
    rows = page.get_by_test_id("queue-row")
    expect(rows).to_have_count(3)
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(rows.nth(at)).to_be_focused()
    arrive(name="Di D")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_be_focused()


def test_a_hostile_customer_runs_nothing(console, page, arrive):
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    handoff = arrive(name=hostile, said=hostile)
    page.goto(f"/desk/{console.ticket_id(handoff)}")
    console.customer_says(handoff, hostile)
    live = page.locator('[data-live-ticket] [data-speaker="customer"] .text')
    expect(live).to_have_text(hostile)
    assert page.locator("main img").count() == 0
    expect(page).not_to_have_title("owned")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_meet_wcag_aa(console, new_page, agent, handoff, width, scheme):
    ticket = console.ticket_id(handoff)
    agent.post(f"/desk/{ticket}/accept")
    agent.post(f"/desk/{ticket}/messages", text="Hej!", client_id="0123456789")
    console.customer_says(handoff, "Hej! " + "längeord" * 30)
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    paths = ["/login", "/desk?view=mine", f"/desk/{ticket}", f"/desk/{ticket}#context"]
    base = KnowledgeBase(console.engine)
    base.record_feedback("can you gift wrap it " + "x" * 150, "", "en", "no_answer")
    paths += ["/gaps", "/deliveries", f"/conversations/{handoff.conversation_id}"]
    agent.post("/replies", name="parcel-late", text_sv="Hej! " + "längeord" * 30)
    agent.post(f"/desk/{ticket}/notes", text="Ring! " + "längeord" * 30, client_id="0123456789")
    paths += ["/desk?q=astrid", "/replies", "/replies/parcel-late/edit"]
    for path in paths:
        if path == "/desk?view=mine":
            log_in(page)
        page.goto(path)
        accessibility.check(page, path)


def test_the_gaps_are_shown_with_what_an_agent_answered(console, page, handoff, tmp_path):
    base = KnowledgeBase(console.engine)
    for text, lang in (
        ("can you gift wrap it", "en"),
        ("do you wrap it as a present", "en"),
        ("kan ni slå in det i presentpapper", "sv"),
        ("har dere en butikk i Oslo", "nb"),
    ):
        base.record_feedback(text, "", lang, "no_answer", conversation_id=handoff.conversation_id)
    with transaction(console.engine) as connection:
        answer = "We wrap any item as a present for 5 EUR; choose it at the checkout."
        conversations.append(connection, handoff.conversation_id, "agent", answer)
    page.goto("/gaps")
    expect(page.get_by_test_id("gap").first).to_contain_text("wrap")
    page.get_by_text("An agent answered").first.click()
    expect(page.get_by_text("choose it at the checkout").first).to_be_visible()
    page.screenshot(path=str(tmp_path / "gaps.png"), full_page=True)
