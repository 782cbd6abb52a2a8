"""The Models page: shipping, what got better and worse, going back."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from itertools import product
from pathlib import Path

import inbox_pages
import pytest
import requests
from console_browser import PASSWORD, log_in
from console_client import Agent
from playwright.sync_api import expect

from bot.console import staff
from bot.storage.database import reading, transaction
from bot.storage.job_tables import jobs as job_table
from bot.trainer import jobs
from bot.trainer.gate import BrokenStory, Comparison, Outcome, Pair, Rules, Said, judge
from bot.trainer.gate.verdict import BOTH, SINCE
from bot.trainer.models import live, ship
from bot.trainer.models.live import say_working
from bot.trainer.models.notes import add_to_notes
from tests import accessibility


def pair(text: str, intent: str, language: str, old: str, new: str, taken_for: str) -> Pair:
    def said(how: str) -> Said:
        return Said(intent if how == "right" else taken_for, 0.87, Outcome(how))

    return Pair(text, intent, language, said(old), said(new))


def verdict() -> dict[str, object]:
    lost = [
        ("Var är mitt paket?", "sv", "right", "wrong"),
        ("When will it arrive, it was due on Tuesday?", "en", "right", "wrong"),
        ("Hvor langt er min bestilling kommet?", "da", "right", "asked"),
        ("Pakken skulle vært her i går", "nb", "asked", "wrong"),
        ("Kan jag se var leveransen är?", "sv", "right", "wrong"),
        ("Is my parcel on its way?", "en", "right", "wrong"),
        ("Where is NL-104823", "en", "right", "wrong"),
    ]
    both = [pair(text, "order_status", lang, o, n, "refund_status") for text, lang, o, n in lost]
    both += [pair(f"Fine {n}", "greet", "sv", "right", "right", "") for n in range(40)]
    both.append(pair("Får jeg pengene tilbake?", "refund_status", "nb", "asked", "right", "greet"))
    since = [
        pair("Kan jag hämta i butik?", "shipping_info", "sv", "wrong", "right", "order_status")
    ]
    groups = {BOTH: Comparison(tuple(both)), SINCE: Comparison(tuple(since))}
    return judge(
        "svara-aaaa11112222",
        "svara-bbbb33334444",
        groups,
        Rules(),
        broken=[
            BrokenStory(
                "refund in Danish",
                "tests/stories/refund.yml",
                12,
                (
                    {"mark": "-", "what": "action", "said": "utter_refund"},
                    {"mark": "+", "what": "action", "said": "utter_ask"},
                ),
            )
        ],
        unanswered=["gift_card"],
        notes=["There are no blind sentences (tests/blind/intents.csv)."],
    ).as_json()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(jobs.KINDS, "ship", "job_for_tests:gated")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "trainer"))
    made = tmp_path / "models"
    made.mkdir()
    for name, accuracy in (("aaaa11112222", 0.912), ("bbbb33334444", 0.874)):
        path = made / f"svara-{name}.tar.gz"
        path.write_bytes(b"a model")
        add_to_notes(
            path, accuracy=accuracy, examples=5812, trained_at=1795000000.0, trained_by="tove"
        )
    return made


@pytest.fixture
def trainer(console):
    with transaction(console.engine) as connection:
        staff.add(connection, "tove", "Tove", PASSWORD, "trainer")
    found = Agent(console)
    assert found.log_in("tove").status_code == 303
    return found


def post(trainer: Agent, path: str, **fields: str) -> requests.Response:
    found = re.search(r'<meta name="csrf" content="(\w+)">', trainer.get("/train/models").text)
    assert found
    return trainer.post(path, csrf=found[1], **fields)


def live_model(console) -> str:
    with reading(console.engine) as connection:
        found = live(connection)
    return "" if found is None else found.model


def test_a_trainer_goes_back_with_one_click(console, folder, trainer):
    first, second = sorted(folder.glob("*.tar.gz"))
    ship(console.engine, first, "tove")
    assert 'data-testid="back"' not in trainer.get("/train/models").text
    ship(console.engine, second, "tove")
    page = trainer.get("/train/models").text
    assert "Answer with aaaa11112222 again" in page and "Back to the one before" in page
    answer = post(trainer, "/train/models/back", live=second.name)
    assert (answer.status_code, live_model(console)) == (303, first.name)
    stale = post(trainer, "/train/models/back", live=second.name)
    assert (stale.status_code, live_model(console)) == (409, first.name)
    page = trainer.get("/train/models").text
    assert "Gone back to by Tove," in page and "No server runs" in page


@pytest.mark.parametrize(
    ("trained_by", "told"),
    [
        ("tove", "by Tove"),
        ("root", "on the command line (root)"),
        ("unknown", "on the command line"),
        ("svara up", "when Svara started"),
        ("<b>x</b>", "on the command line (&lt;b&gt;x&lt;/b&gt;)"),
    ],
)
def test_who_trained_is_a_colleague_by_name_or_somebody_on_the_command_line(
    console, folder, trainer, trained_by, told
):
    first, second = sorted(folder.glob("*.tar.gz"))
    add_to_notes(first, trained_by=trained_by)
    add_to_notes(second, trained_by=None)
    ship(console.engine, first, "root")
    page = trainer.get("/train/models").text
    assert f"</time> {told}</td>" in page
    assert "Shipped on the command line (root)," in page
    assert "shipped on the command line (root)" in page
    assert "by root" not in page


def test_a_model_that_a_server_could_not_load_is_told(console, folder, trainer):
    first, second = sorted(folder.glob("*.tar.gz"))
    ship(console.engine, second, "tove")
    say_working(console.engine, "host:7", first.name, refused=second.name, error="It is damaged.")
    page = trainer.get("/train/models").text
    told = re.sub(r"<[^>]+>", "", page)
    assert (
        "It is damaged. The server on host (process 7) goes on with Model of  aaaa11112222." in told
    )


def test_before_the_first_ship_the_page_tells_which_model_answers(console, folder, trainer):
    assert 'data-testid="live"' not in trainer.get("/train/models").text
    say_working(console.engine, "host:7", sorted(folder.glob("*.tar.gz"))[0].name)
    page = trainer.get("/train/models").text
    live = page.split('data-testid="live">')[1].split("</h2>")[0]
    assert "aaaa11112222" in live and "<time" in live and "live</span>" in live
    assert "Nothing has been shipped yet." in page and "The data has changed since" in page


def test_a_verdict_that_an_older_version_has_stored_is_shown(console, folder, trainer):
    """Such a one had broken stories as text, and knew nothing of intents without an answer."""
    stored = verdict() | {"broken": ["refund in Danish (tests/stories/refund.yml, line 12)\n  - x"]}
    del stored["unanswered"]
    now = time.time()
    with transaction(console.engine) as connection:
        connection.execute(
            job_table.insert().values(
                kind="ship", started_by="tove", arguments="{}", state="done", said="Done",
                done=1, total=1, host="here", started_at=now, seen_at=now, ended_at=now,
                result=json.dumps({"model": "svara-bbbb33334444", "shipped": 0, "gate": stored}),
            )
        )  # fmt: skip
    answer = trainer.get("/train/models")
    assert answer.status_code == 200
    assert "refund in Danish" in answer.text and "blocked" in answer.text


def test_stories_played_before_or_while_a_ship_works_leave_the_page_whole(console, folder, trainer):
    now = time.time()
    played = {"model": "svara-aaaa11112222.tar.gz", "at": now, "stories": []}
    common = {"started_by": "tove", "arguments": "{}", "said": "", "done": 0, "total": 0}
    common |= {"host": socket.gethostname(), "started_at": now, "seen_at": now}
    with transaction(console.engine) as connection:
        for job in (
            {"kind": "stories", "state": "done", "ended_at": now, "result": json.dumps(played)},
            {"kind": "ship", "state": "running", "pid": os.getpid(), "running_kind": "ship"},
        ):
            connection.execute(job_table.insert().values(**common, **job))
    answer = trainer.get("/train/models")
    assert answer.status_code == 200 and 'data-state="running"' in answer.text
    with transaction(console.engine) as connection:
        connection.execute(
            job_table.update()
            .where(job_table.c.kind == "ship")
            .values(state="failed", running_kind=None, ended_at=now - 9, error="It broke off.")
        )
    answer = trainer.get("/train/models")
    assert answer.status_code == 200 and "It broke off." in answer.text


def test_an_intent_without_an_answer_is_told_before_the_ship(console, folder, trainer):
    inbox_pages.write_project(Path())
    rules = Path("data/rules.yml")
    rules.write_text("rules:\n- rule: Asked\n  steps:\n  - intent: order_status\n")
    text = trainer.get("/train/models").text
    told = text.split('data-testid="without-answer"')[1].split("</p>")[0]
    assert 'href="/train/answers?intent=return_item">Return item</a>' in told
    assert "order_status" not in told
    first = sorted(folder.glob("*.tar.gz"))[0]
    add_to_notes(first, unanswered=list(inbox_pages.EXAMPLES))
    ship(console.engine, first, "tove")
    assert "without-answer" not in trainer.get("/train/models").text, "it never had one"


def test_an_agent_may_not_ship(console, folder, colleague):
    for path in ("ship", "back"):
        assert colleague.post(f"/train/models/{path}").status_code == 403
    assert live_model(console) == ""


def test_an_unknown_model_and_an_unknown_job_are_refused(console, folder, trainer):
    assert post(trainer, "/train/models/ship", model="svara-zzz").status_code == 409
    assert trainer.get("/train/jobs/99").status_code == 404
    assert post(trainer, "/train/jobs/99/cancel").status_code == 404


@pytest.mark.browser
def test_shipping_shows_how_far_it_is_and_then_both_sides(console, folder, new_page, tmp_path):
    first, second = sorted(folder.glob("*.tar.gz"))
    Path("verdict.json").write_text(json.dumps(verdict()))
    ship(console.engine, second, "svara", why="found")
    ship(console.engine, first, "tove")
    say_working(console.engine, "host:7", first.name)
    page = log_in(new_page())
    page.goto("/train/models")
    page.get_by_test_id("ship").click()
    expect(page.get_by_test_id("job")).to_contain_text("Training the model")
    expect(page.get_by_test_id("ship")).to_be_disabled()
    page.get_by_test_id("cancel").focus()
    Path("go").touch()
    shown = page.get_by_test_id("verdict")
    expect(shown).to_contain_text("blocked")
    answer = shown.get_by_role("link", name="Write the answer of Gift card")
    expect(answer).to_have_attribute("href", "/train/answers?intent=gift_card")
    expect(page.get_by_test_id("both-regressed").locator("li")).to_have_count(7)
    expect(page.get_by_test_id("both-improved")).to_contain_text("Får jeg pengene tilbake?")
    expect(page.get_by_test_id("since-improved")).to_contain_text("Kan jag hämta i butik?")
    assert live_model(console) == first.name
    for width, scheme in product((1280, 390), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        accessibility.check(page, f"{width} {scheme}")
        page.screenshot(path=tmp_path / f"models-{width}-{scheme}.png", full_page=True)


@pytest.mark.browser
def test_a_ship_is_cancelled(console, folder, new_page):
    page = log_in(new_page())
    page.goto("/train/models")
    page.get_by_test_id("ship").click()
    page.get_by_test_id("cancel").click(timeout=30_000)
    expect(page.get_by_test_id("job")).to_contain_text("Cancelled by agent.")
    expect(page.get_by_test_id("ship")).to_be_enabled()
    assert live_model(console) == ""
