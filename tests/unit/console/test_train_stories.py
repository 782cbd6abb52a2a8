"""The trainer's page of test stories, in a real browser."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from console_browser import PASSWORD, log_in
from playwright.sync_api import expect

from bot.console import staff
from bot.console.routes import train_stories
from bot.storage import conversations
from bot.storage.database import transaction
from bot.storage.job_tables import jobs
from bot.storage.tables import events

AXE = Path(__file__).parent.parent / "widget" / "axe.min.js"
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
STORY = """\
version: "3.1"
stories:
- story: Hej
  metadata: {made: "2026-11-27", language: sv}
  steps:
  - user: hej
    intent: greet
  - action: utter_greet
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    found = tmp_path / "stories"
    found.mkdir()
    monkeypatch.setattr(train_stories, "STORIES_FOLDER", found)
    return found


@pytest.fixture
def conversation(console) -> str:
    with transaction(console.engine) as connection:
        conversations.start(connection, "webchat-1", "webchat", language="sv")
        message = conversations.append(
            connection, "webchat-1", "customer", "jag heter Anna Berg, var är NL-104823?"
        )
        spoken = [
            {
                "event": "user",
                "text": message.text,
                "parse_data": {"intent": {"name": "order_status"}},
            },
            {"event": "action", "name": "order_form"},
            {"event": "action", "name": "action_listen"},
        ]
        for event in spoken:
            connection.execute(
                events.insert().values(
                    sender_id="webchat-1", type_name=event["event"], data=json.dumps(event)
                )
            )
    return "webchat-1"


def played(console, *stories: dict[str, object]) -> None:
    """What the last playing of the stories gave."""
    result = {"model": "svara-1.tar.gz", "at": time.time(), "stories": stories}
    now = time.time()
    with transaction(console.engine) as connection:
        connection.execute(
            sa.insert(jobs).values(
                kind="stories",
                started_by="agent",
                arguments="{}",
                state="done",
                said="",
                done=1,
                total=1,
                host="here",
                started_at=now,
                seen_at=now,
                ended_at=now,
                result=json.dumps(result),
            )
        )


def test_one_click_makes_a_story_of_a_conversation(console, folder, conversation, page) -> None:
    page.goto(f"/conversations/{conversation}")
    page.get_by_test_id("make-story").click()
    page.wait_for_url("**/train/stories?**")
    expect(page.get_by_test_id("made")).to_contain_text("stories/")
    story = page.get_by_test_id("story")
    expect(story).to_contain_text("jag heter Kim Exempelsson, var är NL-900001?")
    expect(story).to_contain_text("not played")
    (path,) = folder.iterdir()
    assert "Anna" not in path.read_text()
    page.get_by_test_id("conversation").fill(conversation)
    page.get_by_test_id("make").click()
    expect(page.get_by_test_id("refused")).to_contain_text("already")
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_what_a_model_breaks_is_shown_as_a_diff_and_meets_wcag_aa(
    console, folder, new_page, tmp_path, width, scheme
):
    path = folder / "hej.yml"
    path.write_text(STORY)
    (folder / "new.yml").write_text(STORY.replace("Hej", "Not played yet"))
    (folder / "broken.yml").write_text("stories:\n- story: a\n  steps:\n  - actoin: x\n")
    told = f"{path}:3  Hej\n    customer  hej\n  - intent    greet\n  + intent    goodbye (0.61)"
    one = {"path": str(path), "line": 3, "name": "Hej", "passed": False, "difference": told}
    played(console, one)
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True)
    log_in(page)
    page.goto("/train/stories")
    expect(page.get_by_test_id("played")).to_contain_text("1 failed")
    expect(page.get_by_test_id("difference").locator("del")).to_have_text("  - intent    greet")
    expect(page.get_by_test_id("difference").locator("ins")).to_contain_text("goodbye (0.61)")
    expect(page.get_by_test_id("trouble")).to_contain_text("broken.yml, line 4")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("options => axe.run(document, options)", WCAG)
    assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found["violations"]] == []


def test_agents_who_are_no_trainers_make_no_stories(console, folder, conversation, colleague):
    assert colleague.get("/train/stories").status_code == 403
    assert "make-story" not in colleague.get(f"/conversations/{conversation}").text
    assert colleague.post("/train/stories/make", conversation=conversation).status_code == 403
    assert list(folder.iterdir()) == []


def test_a_trainer_makes_one_by_a_message_of_the_conversation(
    console, folder, conversation, visitor
) -> None:
    with transaction(console.engine) as connection:
        staff.add(connection, "tove", "Tove", PASSWORD, "trainer")
        (message,) = conversations.history(connection, conversation)
    assert visitor.log_in("tove").status_code == 303
    token = re.search(r'name="csrf" content="(\w+)"', visitor.get("/train/stories").text)
    assert token
    answer = visitor.post(
        "/train/stories/make", csrf=token[1], message=str(message.id), name="Sen order"
    )
    assert answer.status_code == 303
    assert (folder / "sen-order.yml").exists()


@pytest.mark.browser
def test_on_a_small_screen_the_page_that_is_open_is_in_sight_in_both_bars(
    console, folder, new_page
):
    page = log_in(new_page(viewport={"width": 390, "height": 844}))
    for path, names in (("/train/stories", ["Train", "Stories"]), ("/staff", ["Staff"])):
        page.goto(path)
        current = page.locator("nav a[aria-current]")
        expect(current).to_have_text(names)
        for place in range(len(names)):
            box = current.nth(place).bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, names[place]
