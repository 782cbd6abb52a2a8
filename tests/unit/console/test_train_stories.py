"""The trainer's page of test stories, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_model
import sqlalchemy as sa
from console_browser import PASSWORD, log_in
from playwright.sync_api import expect

from bot.console import staff
from bot.console.routes import train_stories
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.job_tables import jobs
from bot.storage.tables import events
from bot.trainer.jobs import latest
from bot.trainer.stories import changes
from tests import accessibility

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


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model.train(tmp_path_factory.mktemp("small"))


@pytest.fixture
def small(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a small model, which the console works in."""
    (tmp_path / "models").mkdir()
    (tmp_path / "tests/stories").mkdir(parents=True)
    shutil.copy2(trained, tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    return tmp_path


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


def played(console, *stories: dict[str, object], model: str = "svara-1.tar.gz") -> None:
    """What the last playing of the stories gave."""
    ended(console, "stories", {"model": model, "at": time.time(), "stories": stories})


def ended(console, kind: str, result: dict[str, object]) -> None:
    """Long work that was done."""
    now = time.time()
    with transaction(console.engine) as connection:
        connection.execute(
            sa.insert(jobs).values(
                kind=kind,
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


def failed(path: Path, name: str = "Hej") -> dict[str, object]:
    """A story that failed, as it is kept."""
    lines = [
        (" ", "customer", "hej"),
        ("-", "intent", "greet"),
        ("+", "intent", "goodbye (0.61)"),
        ("-", "action", "utter_greet"),
        ("+", "action", "action_not_understood"),
    ]
    kept = [dict(zip(("mark", "what", "said"), line, strict=True)) for line in lines]
    return {"path": str(path), "line": 3, "name": name, "passed": False, "difference": kept}


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
    played(console, failed(path))
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    log_in(page)
    page.goto("/train/stories")
    expect(page.get_by_test_id("played")).to_contain_text("1 failed")
    difference = page.get_by_test_id("difference")
    expect(difference.locator(".customer")).to_contain_text("hej")
    expect(difference.locator("del")).to_have_text(["expected: Greet", "expected: Says: greet"])
    expect(difference.locator("ins")).to_have_text(
        ["the model: Goodbye (61 % sure)", "the model: Did not understand"]
    )
    page.get_by_test_id("read").first.locator("summary").click()
    expect(page.get_by_test_id("read").first.locator(".bot")).to_have_text("Bot: Says: greet")
    expect(page.get_by_test_id("trouble")).to_contain_text("broken.yml, line 4")
    accessibility.check(page)
    page.screenshot(path=tmp_path / f"stories-{width}-{scheme}.png", full_page=True)


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


def token(agent) -> str:
    found = re.search(r'name="csrf" content="(\w+)"', agent.get("/train/stories").text)
    assert found
    return found[1]


def test_a_difference_that_an_older_version_kept_is_shown_as_well(console, folder, agent) -> None:
    path = folder / "hej.yml"
    path.write_text(STORY)
    told = f"{path}:3  Hej\n    customer  hej\n  - intent    greet\n  + intent    goodbye (0.61)"
    played(console, {**failed(path), "difference": told})
    page = agent.get("/train/stories").text
    assert "Goodbye (61 % sure)" in page
    assert '<del title="greet">' in page


def test_where_the_bot_did_not_understand_the_story_ends_and_the_page_says_so(
    console, folder, conversation, agent
) -> None:
    with transaction(console.engine) as connection:
        for event in (
            {"event": "user", "text": "qwerty", "parse_data": {"intent": {"name": "nlu_fallback"}}},
            {"event": "action", "name": "action_not_understood"},
        ):
            row = {"sender_id": conversation, "type_name": event["event"]}
            connection.execute(events.insert().values(**row, data=json.dumps(event)))
    answer = agent.post("/train/stories/make", csrf=token(agent), conversation=conversation)
    page = agent.get(answer.headers["location"]).text
    assert "up to “qwerty”, which the bot did not understand" in page
    (path,) = folder.iterdir()
    assert "qwerty" not in path.read_text()


@pytest.mark.browser
def test_a_story_is_deleted_and_brought_back_with_a_click(console, folder, page) -> None:
    path = folder / "hej.yml"
    path.write_text(STORY + STORY.split("stories:\n")[1].replace("Hej", "Igen") + "# the end\n")
    whole = path.read_bytes()
    page.goto("/train/stories")
    row = page.get_by_test_id("story").first
    expect(row.get_by_test_id("delete")).to_be_hidden()
    row.get_by_test_id("read").locator("summary").click()
    expect(row.get_by_role("listitem")).to_have_text(
        ["Customer: hej", "means: Greet", "Bot: Says: greet"]
    )
    row.get_by_test_id("delete").click()
    expect(page.get_by_test_id("changed")).to_contain_text("Deleted “Hej”")
    expect(page.get_by_test_id("story")).to_have_count(1)
    assert path.read_bytes() == whole.replace(STORY[STORY.index("- story") :].encode(), b"", 1)
    page.get_by_test_id("changed").get_by_test_id("undo").click()
    expect(page.get_by_test_id("changed")).to_contain_text("“Hej” is as it was.")
    assert path.read_bytes() == whole
    (kept,) = changes(console.settings)
    assert (kept.by, kept.undone_by) == ("agent", "agent")
    page.get_by_test_id("past").locator("summary").click()
    expect(page.get_by_test_id("past")).to_contain_text("deleted by")


def test_nothing_is_brought_back_over_a_file_that_was_changed_and_that_is_said(
    console, folder, agent
) -> None:
    path = folder / "hej.yml"
    path.write_text(STORY)
    asked = {"file": str(path), "name": "Hej", "line": "3"}
    answer = agent.post("/train/stories/delete", csrf=token(agent), **asked)
    assert (answer.status_code, path.exists()) == (303, False)
    gone = agent.post("/train/stories/delete", csrf=token(agent), **asked)
    assert (gone.status_code, "any more" in gone.text) == (409, True)
    path.write_text("# mine\n" + STORY)
    refused = agent.post("/train/stories/undo", csrf=token(agent), change="1")
    assert (refused.status_code, "has been changed since" in refused.text) == (409, True)
    assert path.read_text().startswith("# mine")
    assert agent.post("/train/stories/undo", csrf=token(agent), change="x").status_code == 409


def test_only_files_of_the_folder_are_changed_and_only_by_trainers(
    console, folder, tmp_path, agent, colleague
) -> None:
    other = tmp_path / "other.yml"
    for path in (folder / "hej.yml", other):
        path.write_text(STORY)
    for path in (other, folder / "../other.yml", folder):
        asked = {"file": str(path), "name": "Hej"}
        for action in ("delete", "expect"):
            answer = agent.post(f"/train/stories/{action}", csrf=token(agent), **asked)
            assert answer.status_code == 409
    for action in ("delete", "expect", "undo"):
        assert colleague.post(f"/train/stories/{action}").status_code == 403
    assert other.exists()
    with reading(console.engine) as connection:
        assert latest(connection, "stories") is None


@pytest.mark.browser
@pytest.mark.timeout(480)
def test_a_story_that_a_model_breaks_is_made_to_expect_what_it_does_and_back(
    console, small, new_page, tmp_path
) -> None:
    path = small / "tests/stories/hej.yml"
    before = STORY.replace("user: hej", "user: thank  # by hand")
    path.write_text(before)
    strange = STORY.replace("user: hej", "user: order").replace("Hej", "Strange")
    path.with_name("strange.yml").write_text(strange)
    played(console, failed(Path("tests/stories/hej.yml")), model="svara-small.tar.gz")
    page = log_in(new_page())
    page.goto("/train/stories")
    page.get_by_test_id("expect").click()
    told = page.get_by_test_id("expected")
    expect(told).to_contain_text("“Hej” expects what the model does.", timeout=120_000)
    expect(page.get_by_test_id("played")).to_contain_text("1 failed")
    assert path.read_text() == before.replace("greet", "thank", 2).replace(
        "utter_thank\n", "utter_thank\n  - action: utter_goodbye\n"
    )
    page.get_by_test_id("story").filter(has_text="Strange").get_by_test_id("expect").click()
    expect(told).to_contain_text("Make a new test of a conversation", timeout=120_000)
    assert path.with_name("strange.yml").read_text() == strange
    page.get_by_test_id("past").locator("summary").click()
    page.get_by_test_id("past").get_by_test_id("undo").click()
    expect(page.get_by_test_id("changed")).to_contain_text("“Hej” is as it was.")
    assert path.read_text() == before


def blocked(console, *broken: object, model: str = "svara-small") -> None:
    """A ship that the gate has blocked."""
    gate = {
        "old": "svara-old",
        "new": model,
        "passed": False,
        "reasons": ["Broken test story: Hej (tests/stories/hej.yml, line 3)."],
        "notes": [],
        "missed": [],
        "broken": broken,
        "groups": {},
    }
    ended(console, "ship", {"model": model, "shipped": False, "gate": gate})


def of_an_older_version(path: str) -> str:
    return (
        f"Hej ({path}, line 3)\n{path}:3  Hej\n    customer  hej\n"
        "  - action    utter_greet\n  + action    action_not_understood"
    )


@pytest.mark.browser
@pytest.mark.timeout(480)
def test_what_blocked_a_model_is_made_to_expect_what_it_does_on_the_models_page(
    console, small, new_page, tmp_path
) -> None:
    path = small / "tests/stories/hej.yml"
    path.write_text(STORY.replace("user: hej", "user: weather"))
    blocked(console, failed(Path("tests/stories/hej.yml")))
    page = log_in(new_page())
    page.goto("/train/models")
    story = page.get_by_test_id("broken-story")
    expect(story.locator("ins").last).to_have_text("the model: Did not understand")
    for width, scheme in ((1280, "light"), (390, "light"), (1280, "dark"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        accessibility.check(page, f"{width} {scheme}")
        page.screenshot(path=tmp_path / f"blocked-{width}-{scheme}.png", full_page=True)
    page.get_by_test_id("expect").click()
    expect(page.get_by_test_id("ship-again")).to_be_visible(timeout=120_000)
    expect(story).to_contain_text("expects what this model does")
    assert page.url.endswith("/train/models")
    assert path.read_text() == STORY.replace("user: hej", "user: weather").replace(
        "intent: greet", "intent: weather"
    ).replace("utter_greet", "action_answer")
    page.screenshot(path=tmp_path / "blocked-done.png", full_page=True)


def test_a_broken_story_leads_to_where_it_is_deleted_and_is_out_of_the_way_then(
    console, small, agent
) -> None:
    place = "tests/stories/hej.yml"
    (small / place).write_text(STORY)
    blocked(console, failed(Path(place)))
    page = agent.get("/train/models").text
    assert "ship-again" not in page
    link = re.search(r'href="(/train/stories\?open=([\w-]+)#\2)"', page)
    assert link
    stories = agent.get(link[1]).text
    assert f'id="{link[2]}"' in stories
    assert '<details class="read" open' in stories
    agent.post("/train/stories/delete", csrf=token(agent), file=place, name="Hej")
    page = agent.get("/train/models").text
    assert "deleted since" in page
    assert "ship-again" in page


def test_why_a_story_was_not_changed_is_said_beside_it(console, small, agent) -> None:
    place = "tests/stories/hej.yml"
    (small / place).write_text(STORY)
    blocked(console, failed(Path(place)))
    refused = {"path": place, "name": "Hej", "change": None, "refused": "The model begins a form."}
    result = {"model": "svara-small.tar.gz", "at": time.time(), "stories": [failed(Path(place))]}
    ended(console, "stories", {**result, "expected": refused})
    assert "The model begins a form." in agent.get("/train/models").text
    ended(console, "stories", {**result, "model": "svara-another.tar.gz", "expected": refused})
    assert "The model begins a form." not in agent.get("/train/models").text


def test_a_verdict_that_an_older_version_kept_is_shown_as_well(console, small, agent) -> None:
    place = "tests/stories/hej.yml"
    (small / place).write_text(STORY)
    blocked(console, of_an_older_version(place), "refund (somewhere, line 12)\n- utter_refund")
    page = agent.get("/train/models").text
    assert "Did not understand" in page
    assert page.count('data-testid="expect"') == 1
    assert "refund (somewhere, line 12)\n- utter_refund" in page


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
