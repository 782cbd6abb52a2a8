"""Replies, notes, giving, keys and colleagues at the desk, in a real browser."""

from __future__ import annotations

import re

import pytest
from console_browser import log_in
from playwright.sync_api import expect

from bot.storage.database import transaction
from bot.storage.tables import deliveries
from kb_connector import KnowledgeBase, MarkdownSource

pytestmark = pytest.mark.browser


@pytest.fixture
def ticket(console, handoff):
    return console.ticket_id(handoff)


@pytest.fixture
def mine(page, agent, ticket):
    """The browser is on the agent's own conversation."""
    agent.post(f"/desk/{ticket}/accept")
    page.goto(f"/desk/{ticket}")
    return ticket


def sent(console):
    return [e["data"]["text"] for e in console.outgoing() if e["type"] == "message.created"]


def test_a_kept_reply_is_written_once_and_sent_by_its_name(console, page, handoff, agent):
    page.goto("/replies")
    page.get_by_test_id("new-reply").click()
    page.get_by_test_id("reply-name").fill("parcel-late")
    page.get_by_test_id("reply-en").fill("Hello {customer}!")
    page.get_by_test_id("reply-sv").fill("Hej {customer}! {order_number} är sen, se {tracking}.")
    page.get_by_test_id("save-reply").click()
    expect(page.get_by_test_id("reply-row")).to_contain_text("/parcel-late")
    agent.post("/replies", name="hello", before="", text_da="Goddag")

    ticket = console.ticket_id(handoff)
    agent.post(f"/desk/{ticket}/accept")
    page.goto(f"/desk/{ticket}")
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("Obs: /")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("only in Danish")
    composer.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    composer.press("Escape")
    expect(options.first).to_be_hidden()
    composer.press_sequentially("late")
    expect(options).to_have_count(1)
    composer.press("Enter")
    filled = "Obs: Hej Astrid Lund! NL-104823 är sen, se {tracking}."
    expect(composer).to_have_value(filled)

    composer.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("{tracking} is not filled in")
    assert sent(console) == []
    composer.press_sequentially("PN-1")  # over what is selected
    composer.press("Enter")
    expect(composer).to_have_value("")
    assert sent(console) == ["Obs: Hej Astrid Lund! NL-104823 är sen, se PN-1."]


def test_a_slash_in_a_text_is_no_name(page, agent, mine):
    agent.post("/replies", name="or", text_en="!")
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("either/or")
    expect(page.get_by_role("option")).to_have_count(0)
    composer.fill("")
    composer.press_sequentially("/zzz")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_note_shows_to_a_colleague_at_once_and_goes_to_no_customer(
    console, page, agent, colleague, mine
):
    colleague.post(f"/desk/{mine}/notes", text="Be kind", client_id="0123456789")
    note = page.locator('[data-speaker="note"]')
    expect(note).to_contain_text("Be kind")
    colours = {
        speaker: page.locator(f'[data-speaker="{speaker}"] .bubble').last.evaluate(
            "bubble => getComputedStyle(bubble).backgroundColor"
        )
        for speaker in ("note", "customer", "bot")
    }
    assert len(set(colours.values())) == 3

    page.get_by_test_id("composer").press("Escape")
    page.keyboard.press("n")
    mine_too = page.get_by_test_id("note")
    expect(mine_too).to_be_focused()
    expect(page.get_by_test_id("composer")).to_be_hidden()
    mine_too.press_sequentially("I will")
    mine_too.press("Enter")
    expect(note).to_have_count(2)
    expect(mine_too).to_have_value("")
    assert sent(console) == []


def test_a_note_in_the_making_survives_that_the_conversation_changes_hands(page, colleague, ticket):
    page.goto(f"/desk/{ticket}")
    page.keyboard.press("n")
    note = page.get_by_test_id("note")
    note.press_sequentially("Halfway")
    colleague.post(f"/desk/{ticket}/accept")
    expect(page.locator(".bar")).to_contain_text("Robin has it")
    expect(note).to_be_focused()
    note.press_sequentially(" there")
    expect(note).to_have_value("Halfway there")


def test_a_conversation_is_given_with_a_note_and_left(console, page, colleague, mine):
    page.get_by_test_id("give").click()
    page.get_by_test_id("give-to").select_option(label="Robin")
    page.get_by_test_id("give-note").fill("You know Danish")
    page.get_by_test_id("give-confirm").click()
    expect(page.locator(".bar")).to_contain_text("Robin has it")
    assert "You know Danish" in colleague.get(f"/desk/{mine}").text
    page.keyboard.press("a")
    expect(page.get_by_test_id("take-over")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".bar")).to_contain_text("Yours")
    page.get_by_test_id("composer").press("Escape")
    page.keyboard.press("g")
    page.get_by_test_id("give-to").select_option("anyone")
    page.get_by_test_id("give-confirm").click()
    expect(page.locator(".bar")).to_contain_text("Waiting")
    expect(page.get_by_test_id("accept")).to_be_visible()


def test_being_given_a_conversation_shows_in_the_list_and_the_title(page, colleague, ticket):
    page.goto("/desk?view=mine")
    expect(page.get_by_text("You have no conversations")).to_be_visible()
    colleague.post(f"/desk/{ticket}/give", to="1", note="Yours, please")
    row = page.get_by_test_id("queue-row")
    expect(row).to_contain_text("For Kim")
    expect(row.locator(".badge")).to_contain_text("2")
    expect(page).to_have_title(re.compile(r"^\(2\) Mine"))


def test_two_agents_on_one_conversation_see_each_other(new_page, colleague, console, page, mine):
    others = page.get_by_test_id("others")
    expect(others).to_have_text("")
    second = new_page()
    log_in(second, "robin")
    second.goto(f"/desk/{mine}")
    expect(others).to_contain_text("Robin is here, too")
    expect(second.get_by_test_id("others")).to_contain_text("Kim is here, too")
    page.get_by_test_id("composer").press_sequentially("Hej")
    expect(second.get_by_test_id("others")).to_contain_text("Kim is writing")
    second.goto("/desk")
    expect(others).to_have_text("")


def test_single_keys_do_everything_and_can_be_turned_off(console, page, arrive):
    for name in ("Ada A", "Bo B"):
        arrive(name=name)
    rows = page.get_by_test_id("queue-row")
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Bo B")
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    expect(heading).to_have_text("Ada A")
    page.keyboard.press("r")
    expect(page.get_by_test_id("accept")).to_be_focused()
    page.keyboard.press("j")
    expect(heading).to_have_text("Bo B")
    page.get_by_test_id("composer").press("Escape")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    expect(page.locator(".foot")).to_contain_text("Kim resolved this")
    page.keyboard.press("u")
    expect(rows).to_have_count(1)
    page.keyboard.press("/")
    expect(page.get_by_test_id("search")).to_be_focused()
    page.keyboard.type("bo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 conversation has")).to_be_visible()
    page.keyboard.press("?")
    shown = page.get_by_role("dialog")
    expect(shown).to_contain_text("note for colleagues")
    shown.get_by_label("Single keys do this").uncheck()
    shown.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    expect(rows.first).not_to_be_focused()


def test_an_article_goes_into_the_reply_with_one_click(page, mine):
    composer = page.get_by_test_id("composer")
    composer.fill("Titta här:")
    page.get_by_test_id("insert-article").click()
    link = "[Försenat paket](https://nordlys.example/help/sv/lost-parcel)"
    expect(composer).to_have_value(f"Titta här:\n\n{link}")
    expect(composer).to_be_focused()


def test_an_article_is_looked_for_and_inserted(console, page, mine, tmp_path):
    (tmp_path / "articles" / "sv").mkdir(parents=True)
    (tmp_path / "articles" / "sv" / "gift.md").write_text(
        "---\ntitle: Presentpapper <b>\nsummary: S\naudience: public\nupdated: 2026-11-01\n"
        "intents: [gift]\nkeywords: [present]\n---\n\nVi slår in allt.\n",
        encoding="utf-8",
    )
    base = KnowledgeBase(console.engine, base_url=console.settings.url)
    base.sync(MarkdownSource(tmp_path / "articles"))
    page.get_by_test_id("find-article").fill("presentpapper")
    page.get_by_test_id("find-article").press("Enter")
    page.get_by_role("button", name="Insert “Presentpapper <b>” into the reply").click()
    expect(page.get_by_test_id("composer")).to_have_value(re.compile("^Vi slår in allt."))


def test_a_failed_delivery_shows_beside_the_conversation_by_itself(console, page, mine):
    history = page.get_by_test_id("history")
    expect(history).to_contain_text("Handed over")
    with transaction(console.engine) as connection:
        connection.execute(deliveries.update().values(state="dead", attempts=10, last_error="500"))
    expect(history).to_contain_text("was given up after 10 attempts: 500")


def test_on_a_phone_the_article_is_inserted_from_the_panel(new_page, agent, ticket):
    agent.post(f"/desk/{ticket}/accept")
    phone = new_page(viewport={"width": 390, "height": 844})
    log_in(phone)
    phone.goto(f"/desk/{ticket}")
    phone.get_by_role("link", name="About").click()
    phone.get_by_test_id("insert-article").click()
    expect(phone.get_by_test_id("composer")).to_have_value(re.compile("Försenat paket"))
    expect(phone.get_by_test_id("composer")).to_be_in_viewport()
