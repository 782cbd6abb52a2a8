"""Kept replies, and articles as replies."""

from __future__ import annotations

import pytest

from bot.console import articles
from kb_connector import KnowledgeBase, MarkdownSource

TEXTS = {
    "text_en": "Hello {customer}, parcel {order_number} is late.\r\n{agent}",
    "text_sv": "Hej {customer}! Paketet {order_number} är försenat, se {tracking}. <b>{agent}</b>",
}
ARTICLE = """---
title: Försenat paket
summary: Vad du gör när paketet dröjer.
audience: public
updated: 2026-11-01
intents: [order_status]
keywords: [paket]
---

Vänta fem dagar.

## Utomlands

Utanför Norden tar det upp till **tio** dagar.
"""


def save(agent, name, before="", **texts):
    return agent.post("/replies", name=name, before=before, **texts)


def offered(console, agent, handoff):
    said = agent.get(f"/desk/{console.ticket_id(handoff)}/replies").json()
    return {reply["name"]: reply for reply in said["replies"]}


def test_a_reply_is_filled_in_in_the_customers_language(console, agent, arrive):
    assert save(agent, "/Parcel-Late", **TEXTS).status_code == 303
    swedish = offered(console, agent, arrive())["parcel-late"]
    assert swedish == {
        "name": "parcel-late",
        "language": "sv",
        "in": "Swedish",
        "text": "Hej Astrid Lund! Paketet NL-104823 är försenat, se {tracking}. <b>Kim</b>",
        "missing": ["tracking"],
    }
    danish = offered(console, agent, arrive(language="da", name=None))["parcel-late"]
    assert (danish["language"], danish["missing"]) == ("en", ["customer"])
    assert danish["text"] == "Hello {customer}, parcel NL-104823 is late.\nKim"


def test_without_the_customers_language_and_english_another_is_offered(console, agent, handoff):
    save(agent, "tak", text_da="Tak!")
    assert offered(console, agent, handoff)["tak"]["in"] == "Danish"


def test_a_reply_is_changed_renamed_and_removed(agent):
    save(agent, "late", **TEXTS)
    assert save(agent, "late-parcel", before="late", text_en="Sorry!").status_code == 303
    page = agent.get("/replies").text
    assert "/late-parcel" in page and "Sorry!" in page and "Swedish" not in page
    assert agent.get("/replies/late/edit").status_code == 404
    assert "Sorry!" in agent.get("/replies/late-parcel/edit").text
    assert agent.post("/replies/late-parcel/remove").status_code == 303
    assert "No replies yet" in agent.get("/replies").text


@pytest.mark.parametrize(
    ("name", "texts", "why"),
    [
        ("late parcel", {"text_en": "x"}, "small letters"),
        ("", {"text_en": "x"}, "small letters"),
        ("x" * 41, {"text_en": "x"}, "small letters"),
        ("late", {"text_en": "  "}, "no text"),
        ("taken", {"text_en": "<i>mine</i>"}, "already"),
        ("late", {"text_sv": "x" * 4001}, "The text in Swedish has 4001 characters"),
    ],
)
def test_a_reply_that_cannot_be_kept_is_shown_again_with_the_reason(agent, name, texts, why):
    save(agent, "taken", text_en="First")
    answer = save(agent, name, **texts)
    assert answer.status_code == 409
    assert why in answer.text
    for text in texts.values():
        assert text.replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert "First" in agent.get("/replies").text


def test_replies_are_for_staff_only(visitor):
    assert visitor.get("/replies", allow_redirects=False).status_code == 303
    assert visitor.post("/replies", csrf="x", name="late", text_en="x").status_code == 303


@pytest.fixture
def base(console, tmp_path):
    folder = tmp_path / "articles" / "sv"
    folder.mkdir(parents=True)
    (folder / "late-parcel.md").write_text(ARTICLE, encoding="utf-8")
    knowledge = KnowledgeBase(console.engine, base_url="https://shop.example")
    knowledge.sync(MarkdownSource(tmp_path / "articles"))
    return knowledge


def test_an_article_becomes_its_own_words_with_its_link(base):
    url = "https://shop.example/help/sv/late-parcel"
    whole = articles.as_reply(base, "Försenat paket", url, "var är det")
    assert whole == f"Vänta fem dagar.\n\n[Försenat paket]({url})"
    part = articles.as_reply(base, "Försenat [x]", f"{url}#utomlands", "var är det")
    assert part == (
        f"Utanför Norden tar det upp till **tio** dagar.\n\n[Försenat (x)]({url}#utomlands)"
    )


def test_an_agent_finds_articles_and_those_for_agents_are_no_replies(
    console, agent, handoff, base, tmp_path
):
    staff_page = ARTICLE.replace("public", "staff").replace("Försenat paket", "Goodwill paket")
    (tmp_path / "articles" / "sv" / "goodwill.md").write_text(staff_page, encoding="utf-8")
    base.sync(MarkdownSource(tmp_path / "articles"))
    path = f"/desk/{console.ticket_id(handoff)}/articles"
    found = agent.get(path, params={"q": "paket utomlands"}).json()["articles"]
    texts = {article["title"]: article["text"] for article in found}
    assert set(texts) == {"Försenat paket", "Goodwill paket"}
    assert texts["Goodwill paket"] is None
    assert texts["Försenat paket"].startswith("Utanför Norden")
    assert texts["Försenat paket"].endswith("/help/sv/late-parcel#utomlands)")
    assert agent.get(path, params={"q": " "}).json()["articles"] == []


def test_an_article_that_is_gone_is_a_link_alone(base):
    url = "https://elsewhere.example/a"
    assert articles.as_reply(base, "A", url, "") == f"[A]({url})"


def test_only_suggested_public_articles_can_be_inserted(console, agent, handoff):
    ticket = console.ticket_id(handoff)
    said = agent.get(f"/desk/{ticket}/articles/0").json()
    assert said["text"] == "[Försenat paket](https://nordlys.example/help/sv/lost-parcel)"
    assert agent.get(f"/desk/{ticket}/articles/1").status_code == 404  # for agents alone
    assert agent.get(f"/desk/{ticket}/articles/7").status_code == 404


def test_the_question_is_what_the_evidence_says_else_the_summary():
    assert articles.question_of({"reason": {"evidence": {"question": "a"}}, "summary": "b"}) == "a"
    assert articles.question_of({"reason": {}, "summary": "b"}) == "b"
    assert articles.question_of({}) == ""
