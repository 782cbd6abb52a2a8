"""What the pages show."""

from __future__ import annotations

import pytest

from bot.console.transcript import from_transcript, safe_url
from bot.handoff.lifecycle import HandoffRequest

HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)>\nSecond line'


def test_a_hostile_customer_is_shown_and_not_run(console, agent, arrive):
    handoff = arrive(name='<b>Eve</b>" onclick="x', said=HOSTILE)
    console.customer_says(handoff, HOSTILE)
    ticket = console.ticket_id(handoff)
    for path in ("/desk", f"/desk/{ticket}", f"/conversations/{handoff.conversation_id}"):
        page = agent.get(path).text
        assert "<script>alert" not in page and "<img" not in page and "<b>Eve" not in page
        assert 'onclick="x' not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_line_breaks_are_kept(console, agent, handoff):
    console.customer_says(handoff, "Rad ett\nRad två")
    assert ">Rad ett\nRad två</p>" in agent.get(f"/desk/{console.ticket_id(handoff)}").text


def test_a_ticket_shows_all_that_the_bot_knows(console, agent, handoff):
    page = agent.get(f"/desk/{console.ticket_id(handoff)}").text
    assert page.count('data-testid="transcript-message"') == 6
    for expected in (
        "Astrid Lund",
        "The answer did not help",
        "När kommer mitt paket?",
        "The customer said it did not help",
        '<li class="chosen">Nej',
        "Order status",
        "91 %",
        "NL-104823",
        "Upset",
        "Did not help",
        "Försenat paket",
        "For agents only",
        handoff.conversation_id,
        "Model 20261120-094210-nordlys",
        'href="https://nordlys.example/help/sv/track-order"',
    ):
        assert expected in page, expected


def test_a_customer_without_a_name_is_told_from_others(console, agent, arrive):
    arrive(name=None, conversation_id="web-abc123")
    assert "Customer abc123" in agent.get("/desk").text


def test_each_view_has_its_tickets(console, agent, arrive):
    first, second, third = (
        console.ticket_id(arrive(name=name)) for name in ("Ada A", "Bo B", "Cy C")
    )
    agent.post(f"/desk/{first}/accept")
    agent.post(f"/desk/{second}/accept")
    agent.post(f"/desk/{second}/resolve")
    shown = {
        view: [n for n in ("Ada A", "Bo B", "Cy C") if n in agent.get(f"/desk?view={view}").text]
        for view in ("waiting", "mine", "open", "closed")
    }
    assert shown == {
        "waiting": ["Cy C"],
        "mine": ["Ada A"],
        "open": ["Ada A", "Cy C"],
        "closed": ["Bo B"],
    }
    assert third
    assert agent.get("/desk?view=other").status_code == 404


def test_a_whole_conversation_can_be_read(agent, handoff):
    page = agent.get(f"/conversations/{handoff.conversation_id}").text
    assert page.count('data-testid="transcript-message"') == 6
    assert 'data-speaker="customer"' in page
    assert agent.get("/conversations/unknown").status_code == 404


def test_a_context_that_is_cut_says_how_much_is_missing(console, agent, handoff):
    ticket = agent.get(f"/desk/{console.ticket_id(handoff)}").text
    assert "not shown here" not in ticket
    context = {
        "handoff_id": "ho_cut",
        "conversation_id": "c1",
        "channel": "rest",
        "customer": {},
        "reason": {"code": "rule"},
        "transcript": {"total": 40, "inline": 1, "messages": [{"speaker": "bot", "text": "Hi"}]},
    }
    assert console.event("handoff.requested", context).status_code == 200
    page = agent.get("/desk/2").text
    assert "39 earlier messages are not shown here" in page


@pytest.mark.parametrize(
    "spoken",
    [
        {},
        {"speaker": "robot", "text": 5},
        {"speaker": "customer", "text": None, "intent": "greet", "ranking": "none"},
        {"speaker": "customer", "text": "x", "intent": {"name": "a"}, "ranking": [{}, 1, None]},
        {"speaker": "bot", "text": "x", "buttons": [{"payload": "/a"}, 3], "article": "title"},
        {"speaker": "agent", "text": "x", "agent": "Kim", "attachments": [{}]},
        {"speaker": "customer", "text": "x", "intent": {"name": "a"}, "entities": [{"value": 1}]},
    ],
)
def test_a_transcript_in_another_form_is_shown_as_far_as_it_can_be(spoken):
    (line,) = from_transcript([spoken], "Ada", "sv")
    assert line.speaker in ("customer", "bot", "agent", "system")


def test_what_was_not_recognised_is_said_in_words_and_without_the_threshold() -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.75},
        {"name": "order_status", "confidence": 0.31},
    ]
    spoken = {"speaker": "customer", "text": "hm", "intent": "nlu_fallback", "confidence": 0.75}
    (line,) = from_transcript([spoken | {"ranking": ranking}], "Ada", "sv")
    assert line.understood is not None
    assert (line.understood.intent, line.understood.confidence) == ("No intent recognised", "")
    assert line.understood.ranking == [("Order status", "31 %", 0.31)]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("https://nordlys.example/a", "https://nordlys.example/a"),
        ("javascript:alert(1)", None),
        (" JavaScript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("https://[", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(asked, given):
    assert safe_url(asked) == given


def test_evidence_is_in_words(console, agent, arrive):
    request = HandoffRequest("not_understood", {"attempts": 2, "confidence": 0.31, "words": ["a"]})
    page = agent.get(f"/desk/{console.ticket_id(arrive(request=request))}").text
    assert "The bot did not understand" in page
    assert "<dt>Confidence</dt><dd>31 %</dd>" in page
    assert "<dt>Attempts</dt><dd>2</dd>" in page


def test_an_error_is_a_page_for_people_and_json_for_scripts(agent):
    page = agent.get("/desk/999")
    assert page.status_code == 404 and "There is no ticket 999" in page.text
    said = agent.get("/desk/999", headers={"accept": "application/json"})
    assert said.status_code == 404 and "There is no ticket 999" in said.json()["message"]
    assert agent.get("/nothing", headers={"accept": "application/json"}).json()["ok"] is False


def test_static_files_are_kept_by_their_content(agent):
    page = agent.get("/desk").text
    name = page.split('href="/static/console.css', 1)[1].split('"', 1)[0]
    kept = agent.get(f"/static/console.css{name}")
    assert kept.status_code == 200
    assert kept.headers["cache-control"].endswith("immutable")
    assert agent.get("/static/../app.py").status_code == 404


def test_a_form_over_the_limit_is_refused(agent, console, handoff):
    path = f"/desk/{console.ticket_id(handoff)}/messages"
    assert agent.post(path, text="x" * 200_000).status_code == 413


@pytest.mark.parametrize(
    ("intent", "verdict"),
    [("article_helpful", "helped"), ("article_not_helpful", "not_helped"), ("greet", None)],
)
def test_what_the_customer_says_next_is_the_verdict_on_an_article(intent, verdict):
    spoken = [
        {"speaker": "bot", "text": "Do this.", "article": {"title": "How to"}},
        {"speaker": "bot", "text": "Did it help?"},
        {"speaker": "customer", "text": "Well", "intent": {"name": intent, "confidence": 0.9}},
        {"speaker": "bot", "text": "And this?", "article": {"title": "Another"}},
    ]
    lines = from_transcript(spoken, "Ada", "en")
    assert [line.article.verdict for line in lines if line.article] == [verdict, None]
