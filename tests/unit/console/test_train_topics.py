"""The trainer's page of topics: found, read, made intents of."""

from __future__ import annotations

import html
import json
import re
import time
from pathlib import Path

import inbox_pages
import pytest
import sqlalchemy as sa
from console_browser import log_in, seen
from playwright.sync_api import expect

from bot.storage.database import reading, transaction
from bot.storage.job_tables import jobs as table
from bot.storage.trainer_tables import reviews
from bot.trainer import inbox
from bot.trainer.discovery import Message, find_topics
from bot.trainer.discovery.trends import WEEK
from bot.trainer.examples import read_examples
from tests import accessibility

NOT_IN_THE_INBOX = 9_999
SAID = (
    ("en", "do you gift wrap"),
    ("en", "can i have gift wrap <b>please</b>"),
    ("sv", "kan ni gift wrap min present"),
)


def alike(texts):
    """Unit vectors: what has gift wrap in it is one topic."""
    import numpy as np  # noqa: PLC0415

    return np.array([[1.0, 0.0] if "gift wrap" in text else [0.0, 1.0] for text in texts])


@pytest.fixture
def found(console, tmp_path, monkeypatch):
    """A project with an inbox in which topics were looked for; gives the ids of the reviews."""
    inbox_pages.write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    now = time.time()
    with transaction(console.engine) as connection:
        ids = [
            int(
                connection.execute(
                    reviews.insert().values(
                        inbox_pages.row(rank, language, text, "return_item", 0.2)
                    )
                ).inserted_primary_key[0]
            )
            for rank, (language, text) in enumerate(SAID)
        ]
    times = tuple(now - 3600.0 * n for n in range(3))
    messages = [
        Message(number, 1, text, language, times)
        for number, (language, text) in zip(ids, SAID, strict=True)
    ]
    usual = [now - WEEK * (back + 0.5) for back in range(8) for _ in range(9)]
    poem = Message(NOT_IN_THE_INBOX, 1, "write me <i>a poem", "en", times[:1])
    result = find_topics(
        [*messages, poem], read_examples(), now, handled={"order_status": usual}, vectors=alike
    ).as_json()
    with transaction(console.engine) as connection:
        connection.execute(
            table.insert().values(
                kind="discover", started_by="agent", arguments="{}", state="done", said="Done",
                done=1, total=1, host="here", started_at=now, seen_at=now, ended_at=now,
                result=json.dumps(result),
            )
        )  # fmt: skip
    return ids


def states(console, ids):
    with reading(console.engine) as connection:
        found = [inbox.get_review(connection, number) for number in ids]
    return [(review.state, review.intent) for review in found]


def test_before_the_first_search_the_page_says_so(agent):
    assert "Nobody has looked for topics yet" in agent.get("/train/topics").text


def test_only_trainers_see_it(found, colleague):
    assert colleague.get("/train/topics").status_code == 403
    assert colleague.post("/train/topics/make", name="x").status_code == 403


def test_topics_are_shown_with_counts_weeks_and_messages_escaped(found, agent):
    text = agent.get("/train/topics").text
    assert text.count('data-testid="topic"') == 1
    assert "gift_wrap" in text
    assert "9 times" in text
    assert 'data-testid="rises"' in text
    assert "<polyline" in text
    assert "<b>please" not in text
    assert "<b>please" in html.unescape(text)


def test_a_topic_becomes_an_intent_in_the_files(found, console, agent):
    fields = {f"review-{number}": "1" for number in found}
    answer = agent.post("/train/topics/make", name="gift_wrap", **fields)
    assert answer.status_code == 303, answer.text
    assert states(console, found) == [("labelled", "gift_wrap")] * 3
    assert "- do you gift wrap" in Path("data/nlu/en/gift_wrap.yml").read_text()
    assert "gift_wrap" in Path("domain.yml").read_text()
    after = agent.get(answer.headers["location"]).text
    assert "is an intent now, with 3 examples" in after
    assert 'data-testid="topic"' not in after  # nothing of it is left to label


def test_free_text_names_the_intent_and_leads_to_its_answer(found, console, agent):
    fields = {f"review-{number}": "1" for number in found}
    answer = agent.post("/train/topics/make", name="Presentinslagning & kort!", **fields)
    assert answer.status_code == 303, answer.text
    assert states(console, found) == [("labelled", "presentinslagning_kort")] * 3
    after = agent.get(answer.headers["location"]).text
    assert 'href="/train/answers?intent=presentinslagning_kort"' in after
    assert "Until it has an answer, customers are told that the bot misunderstood them" in after


@pytest.mark.parametrize(("name", "status"), [("Return item!", 303), ("?!", 409)])
def test_the_words_of_an_intent_that_there_is_mean_that_one(found, console, agent, name, status):
    answer = agent.post("/train/topics/make", name=name, **{f"review-{found[0]}": "1"})
    assert answer.status_code == status
    state = ("labelled", "return_item") if status == 303 else ("open", None)
    assert states(console, found)[0] == state


def test_messages_can_be_given_to_an_intent_that_there_is(found, console, agent):
    answer = agent.post("/train/topics/make", name="return_item", **{f"review-{found[0]}": "1"})
    assert answer.status_code == 303, answer.text
    assert states(console, found)[0] == ("labelled", "return_item")
    assert states(console, found)[1][0] == "open"


def test_a_button_gives_them_the_intent_that_they_look_like(found, console, agent):
    fields = {f"review-{found[0]}": "1", "name": "gift_wrap", "known": "return_item"}
    answer = agent.post("/train/topics/make", **fields)
    assert answer.status_code == 303, answer.text
    assert states(console, found)[0] == ("labelled", "return_item")
    assert "Return item has 1 more of its examples" in agent.get(answer.headers["location"]).text


def test_what_was_made_of_a_topic_is_taken_back(found, console, agent):
    before = {path: path.read_bytes() for path in Path("data").rglob("*.yml")}
    domain = Path("domain.yml").read_bytes()
    fields = {f"review-{number}": "1" for number in found}
    made = agent.post("/train/topics/make", name="gift_wrap", **fields).headers["location"]
    action = re.search(r'name="action" value="(\d+)"', agent.get(made).text)
    assert action is not None
    answer = agent.post("/train/topics/undo", action=action[1])
    assert answer.status_code == 303, answer.text
    assert "Taken back: new intent, 3 messages" in agent.get(answer.headers["location"]).text
    assert states(console, found) == [("open", None)] * 3
    assert {path: path.read_bytes() for path in Path("data").rglob("*.yml")} == before
    assert Path("domain.yml").read_bytes() == domain
    again = agent.post("/train/topics/undo", action=action[1])
    assert again.status_code == 409
    assert "could be taken back" in again.text


@pytest.mark.parametrize("action", ["", "x", "9" * 30, "-1"])
def test_what_is_no_action_cannot_be_taken_back(found, agent, action):
    assert agent.post("/train/topics/undo", action=action).status_code == 409


def test_what_is_less_like_the_others_is_shown_and_not_chosen(found, console, agent):
    with transaction(console.engine) as connection:
        result = json.loads(connection.execute(sa.select(table.c.result)).scalar_one())
        result["topics"][0]["doubtful"] = [found[1]]
        connection.execute(table.update().values(result=json.dumps(result)))
    text = agent.get("/train/topics").text
    assert f'name="review-{found[0]}" value="1" checked' in text
    assert f'name="review-{found[1]}" value="1">' in text
    assert text.count("less like the others") == 1


def test_what_is_none_of_the_topics_is_shown_with_its_weeks(found, agent):
    text = agent.get("/train/topics").text
    rest = text[text.index('data-testid="rest"') :]
    assert "1 time<" in rest
    assert "By week:" in rest
    assert f'href="/train/inbox/{NOT_IN_THE_INBOX}"' in rest
    assert "write me &lt;i&gt;a poem" in rest


def test_a_message_that_somebody_has_labelled_meanwhile_is_refused(found, console, agent):
    agent.post("/train/topics/make", name="gift_wrap", **{f"review-{found[0]}": "1"})
    answer = agent.post("/train/topics/make", name="gifts", **{f"review-{found[0]}": "1"})
    assert answer.status_code == 409
    assert states(console, found)[0] == ("labelled", "gift_wrap")
    assert not re.search("gifts", Path("domain.yml").read_text())


def test_nothing_chosen_is_refused(found, agent):
    assert agent.post("/train/topics/make", name="gift_wrap").status_code == 409


def test_with_a_broken_file_the_page_says_so_and_keeps_what_was_filled_in(found, console, agent):
    file = Path("data/nlu/sv/order_status.yml")
    file.write_text(file.read_text() + "\t- tabs\n")
    answer = agent.post("/train/topics/make", name="Gifts", **{f"review-{found[1]}": "1"})
    assert answer.status_code == 409
    refused = answer.text.split('data-testid="refused"')[1].split("</p>")[0]
    assert "data/nlu/sv/order_status.yml, line 6: " in refused
    assert 'aria-current="page">Topics' in answer.text
    assert 'name="name" value="Gifts"' in answer.text
    assert f'name="review-{found[1]}" value="1" checked' in answer.text
    assert f'name="review-{found[0]}" value="1">' in answer.text
    assert states(console, found)[1] == ("open", None)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_long_names_do_not_make_a_narrow_page_scroll_sideways(found, console, new_page, scheme):
    name = "presentinslagning_och_ett_gratulationskort_till_mottagaren"
    with transaction(console.engine) as connection:
        result = json.loads(connection.execute(sa.select(table.c.result)).scalar_one())
        rise = {"now": 1_204, "usual": 100.5}
        result["topics"][0] |= {
            "name": name,
            "keywords": [name, name.replace("_", "-")],
            "near": {"intent": name, "same": True},
            "rise": rise,
        }
        result["rising_intents"] = {name: rise}
        result["rest"]["rise"] = rise
        result["topics"][0]["examples"][0]["text"] = "https://example.com/" + "a" * 90
        connection.execute(table.update().values(result=json.dumps(result)))
    page = log_in(new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme))
    page.goto("/train/topics")
    expect(page.get_by_test_id("give")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
def test_by_the_keyboard_alone_a_topic_is_made_an_intent_and_taken_back(found, console, new_page):
    page = log_in(new_page())
    page.goto("/train/topics")
    page.keyboard.press("j")
    expect(page.get_by_test_id("topic")).to_be_focused()
    page.keyboard.press("3")
    expect(page.locator(".said input").nth(2)).not_to_be_checked()
    page.keyboard.press("n")
    expect(page.get_by_test_id("name")).to_be_focused()
    page.get_by_test_id("name").fill("Gifts 4 you")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("done")).to_contain_text("Gifts 4 you is an intent now, with 2")
    expect(page.get_by_test_id("topic")).to_be_focused()
    said = page.locator(".only-heard[role=status]")
    expect(said).to_have_text(re.compile(r"is an intent now, .* Write its answer$"))
    assert [state for state, _ in states(console, found)] == ["labelled", "labelled", "open"]
    seen(page)
    page.keyboard.press("z")
    expect(page.get_by_test_id("done")).to_contain_text("Taken back: new intent, 2 messages")
    assert states(console, found) == [("open", None)] * 3


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser_a_topic_is_read_and_made_an_intent(
    found, console, new_page, width, scheme, tmp_path
):
    page = log_in(new_page(viewport={"width": width, "height": 844}, color_scheme=scheme))
    page.goto("/train/topics")
    expect(page.get_by_role("heading", level=1)).to_have_text("Topics")
    page.screenshot(path=tmp_path / f"topics-{width}-{scheme}.png", full_page=True)
    accessibility.check(page)
    page.get_by_test_id("name").fill("Gift wrap, please")
    expect(page.get_by_test_id("called")).to_have_text("It will be called gift_wrap_please.")
    page.get_by_test_id("name").fill("Gift wrap")
    page.locator(".said input").last.uncheck()
    page.get_by_test_id("make").click()
    expect(page.get_by_test_id("done")).to_contain_text("Gift wrap is an intent now, with 2")
    assert [state for state, _ in states(console, found)].count("labelled") == 2
    page.get_by_test_id("write-answer").click()
    expect(page.locator("#answer")).to_contain_text("Gift wrap")
