"""Staff see what customers asked and no article answered."""

from __future__ import annotations

import datetime as dt

import inbox_pages

from bot.storage import conversations
from bot.storage.database import transaction
from kb_connector import KnowledgeBase


def test_gaps_are_shown_with_what_an_agent_answered_and_can_be_downloaded(
    console, agent, handoff
) -> None:
    answer = "We wrap any item as a present for 5 EUR; choose it at the checkout."
    with transaction(console.engine) as connection:
        conversations.append(connection, handoff.conversation_id, "agent", answer)
    base = KnowledgeBase(console.engine)
    for text in ("<b>can you gift wrap it</b>", "do you wrap it as a present"):
        base.record_feedback(text, "", "en", "no_answer", conversation_id=handoff.conversation_id)
    long_ago = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=99)
    base.record_feedback("do you sell skis", "", "en", "no_answer", at=long_ago)
    page = agent.get("/gaps").text
    assert page.count('data-testid="gap"') == 1
    assert "2 times" in page
    assert "&lt;b&gt;can you gift wrap it" in page
    assert "<b>can you" not in page
    assert "skis" not in page
    assert handoff.conversation_id in page
    assert answer in page
    table = agent.get("/gaps.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "do you wrap it as a present" in table.text


def test_what_belongs_to_a_person_is_neither_shown_nor_downloaded(console, agent, handoff) -> None:
    answer = "Write to silje.haugen@mail.example and we shall engrave whatever name you want."
    with transaction(console.engine) as connection:
        conversations.append(connection, handoff.conversation_id, "agent", answer)
    base = KnowledgeBase(console.engine)
    for text in (
        "can you engrave a watch, my mail is anna.lindqvist@mail.example",
        "NL-104823",
        "anna.lindqvist@mail.example",
        "+46 70 123 45 67",
    ):
        base.record_feedback(text, "", "en", "no_answer", conversation_id=handoff.conversation_id)
    page, table = agent.get("/gaps").text, agent.get("/gaps.csv").text
    assert page.count('data-testid="gap"') == 1, "what is nothing else is no gap"
    assert "can you engrave a watch" in page and "can you engrave a watch" in table
    assert "whatever name you want" in page
    for private in ("mail.example", "104823", "70 123"):
        assert private not in page and private not in table, private


def test_a_trainer_goes_from_a_gap_to_its_message_in_the_inbox(
    console, agent, colleague, handoff
) -> None:
    text = "do you gift wrap"
    KnowledgeBase(console.engine).record_feedback(
        text, "", "en", "no_answer", conversation_id=handoff.conversation_id
    )
    assert "/train/inbox/" not in agent.get("/gaps").text.split("<main")[1], "there is none yet"
    number = inbox_pages.fill(console.engine)[-1]
    assert f'href="/train/inbox/{number}"' in agent.get("/gaps").text
    assert "/train/inbox/" not in colleague.get("/gaps").text, "who does not train has no inbox"


def test_without_gaps_the_page_says_so(console, agent) -> None:
    KnowledgeBase(console.engine)
    assert "Nothing was left without an answer" in agent.get("/gaps").text


def test_only_staff_see_them(visitor) -> None:
    for path in ("/gaps", "/gaps.csv"):
        assert visitor.get(path, allow_redirects=False).status_code == 303


def test_what_asks_nothing_is_no_gap(console, agent) -> None:
    base = KnowledgeBase(console.engine)
    said = (
        ("stop", "nlu_fallback", {"cancel_subscription": 0.55, "deny": 0.35}),
        ("cancel", "nlu_fallback", {"cancel_order": 0.5, "cancel_subscription": 0.49}),
        ("tack ska du ha", "thank", {"thank": 0.99}),
        ("never mind", "deny", {"deny": 0.96}),
        ("friday 3pm", "nlu_fallback", {"contact_info": 0.31}),
        ("can you engrave it", "nlu_fallback", {"product_availability": 0.44}),
    )
    for number, (text, intent, belief) in enumerate(said):
        ranking = [{"name": name, "confidence": share} for name, share in belief.items()]
        nlu = {"intent": {"name": intent}, "ranking": ranking}
        if text == "friday 3pm":
            nlu["taken_by_form"] = True
        with transaction(console.engine) as connection:
            conversations.start(connection, f"web-{number}", "webchat", language="en")
            message = conversations.append(connection, f"web-{number}", "customer", text)
            conversations.mark_handled(connection, message.id, nlu=nlu)
        base.record_feedback(text, "", "en", "no_answer", conversation_id=f"web-{number}")
    page, table = agent.get("/gaps").text, agent.get("/gaps.csv").text
    assert page.count('data-testid="gap"') == 1
    for text, *_ in said[:-1]:
        assert text not in table
    assert "can you engrave it" in table
