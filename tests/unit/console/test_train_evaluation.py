"""The trainer's page of evaluations."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from console_browser import log_in
from playwright.sync_api import expect

from bot.console import staff
from bot.settings import Settings
from bot.storage.database import transaction
from bot.trainer.behaviour import making as behaviour
from bot.trainer.behaviour.changes import KINDS
from bot.trainer.evaluation_report import making
from bot.trainer.evaluation_report.job import BEHAVIOUR, REPORT, folder_of
from bot.trainer.intent_evaluation import Request
from tests import accessibility

WORDS = {"order": ("parcel", "delivery", "package"), "login": ("password", "account", "username")}
FRAMES = ("where is my {}", "tell me about the {}", "I want to ask about the {}", "the {} please")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report, and one of behaviour; making them takes seconds."""
    made: Path = tmp_path_factory.mktemp("reports")
    lines = [
        f"{frame.format(word)},{intent},{'sv' if number % 2 else 'en'}"
        for intent, words in WORDS.items()
        for number, frame in enumerate(FRAMES)
        for word in words
    ]
    (made / "train.csv").write_text("\n".join(["text,intent,lang", *lines]))
    request = Request(train=made / "train.csv")
    making.make_report(request, made / REPORT, lambda *_: None)
    some = [kind for kind in KINDS if kind.name in ("upper_case", "negation")]
    behaviour.make_report(request, made / BEHAVIOUR, lambda *_: None, kinds=some, per=1)
    return made


@pytest.fixture
def evaluated(settings: Settings, reports: Path) -> Settings:
    """An installation that has both."""
    for what in (REPORT, BEHAVIOUR):
        shutil.copytree(reports / what, folder_of(settings, what))
    return settings


def test_without_an_evaluation_the_page_says_what_to_do(console, agent):
    answer = agent.get("/train/evaluation")
    assert answer.status_code == 200
    assert "Nothing has been evaluated yet" in answer.text


def test_only_trainers_may_see_it(console, colleague):
    assert colleague.get("/train/evaluation").status_code == 403
    assert colleague.get("/train/evaluation/pictures/coverage.png").status_code == 403


def test_pictures_and_files_are_those_of_the_report_and_no_others(evaluated, agent):
    picture = agent.get("/train/evaluation/pictures/coverage.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    kept = agent.get("/train/evaluation/files/behaviour/behaviour.html")
    assert "attachment" in kept.headers["content-disposition"]
    for path in (
        "pictures/nothing.png",
        "pictures/..%2freport.json",
        "files/report/svara.db",
        "files/..%2f../svara.db",
        "files/other/report.json",
    ):
        assert agent.get(f"/train/evaluation/{path}").status_code == 404, path


def test_a_damaged_report_is_told(settings, console, agent):
    path = folder_of(settings, REPORT) / "report.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    answer = agent.get("/train/evaluation")
    assert answer.status_code == 200
    assert "cannot be read" in answer.text


def test_more_examples_are_never_said_to_make_it_understand_more_than_all(evaluated, agent):
    path = folder_of(evaluated, REPORT) / "report.json"
    kept = json.loads(path.read_text())
    curve = {"intent": "order", "examples": 12, "points": [], "now": 0.92, "power": 0.5, "more": 10}
    kept["learning"] = [{**curve, "gain": 0.05, "low": 0.0, "high": 0.17}]
    path.write_text(json.dumps(kept))
    page = agent.get("/train/evaluation").text
    assert re.findall(r'title="80 % interval">([^<]*)<', page) == ["92 to 100"]


def test_what_is_asked_for_has_to_exist(console, agent):
    assert agent.post("/train/evaluation/start", what="nothing").status_code == 409


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_meets_wcag_aa(evaluated, new_page, tmp_path, width, scheme):
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    log_in(page)
    page.goto("/train/evaluation")
    expect(page.get_by_test_id("picture")).to_have_count(5)
    accessibility.check(page)
    page.screenshot(path=str(tmp_path / f"evaluation-{width}-{scheme}.png"), full_page=True)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("what", "name"), [(REPORT, "report"), (BEHAVIOUR, "behaviour")])
def test_the_report_opens_from_disk_and_meets_wcag_aa(
    evaluated, chromium, tmp_path, what, name, scheme
):
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 1100, "height": 900})
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder_of(evaluated, what) / f"{name}.html").as_uri())
    assert len(asked) == 1
    accessibility.check(page)
    page.screenshot(path=str(tmp_path / f"{name}-{scheme}.png"), full_page=True)
    context.close()


@pytest.mark.browser
def test_the_report_is_gone_through_by_the_keyboard_alone(evaluated, new_page):
    page = log_in(new_page())
    page.goto("/train/evaluation")
    page.keyboard.press("j")
    expect(page.get_by_role("region", name="Understood", exact=True)).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("region", name="Languages").first).to_be_focused()
    places = page.locator("[data-item]")
    for _ in range(places.count()):
        page.keyboard.press("j")
    expect(places.last).to_be_focused()
    page.get_by_role("link", name="the whole report", exact=True).focus()
    page.keyboard.press("j")
    expect(page.get_by_role("region", name="Languages").first).to_be_focused()
    page.route("**/start", lambda route: route.fulfill(body="taken"))
    with page.expect_request("**/start") as asked:
        page.keyboard.press("t")
    assert "what=behaviour" in asked.value.post_data


@pytest.mark.browser
def test_an_evaluation_is_started_watched_and_cancelled(console, page, new_page):
    with transaction(console.engine) as connection:
        staff.add(connection, "tove", "Tove", "a-long-password", "trainer")
    trainer = log_in_as_trainer(new_page())
    trainer.goto("/train/evaluation")
    trainer.get_by_test_id("start-report").click()
    expect(trainer.get_by_test_id("job")).to_be_visible()
    expect(trainer.get_by_test_id("start-report")).to_be_disabled()
    page.goto("/train/evaluation")
    expect(page.get_by_test_id("job")).to_contain_text("Started by tove")
    page.get_by_test_id("cancel").click()
    expect(page.get_by_test_id("job")).to_contain_text("Cancelled")
    # The trainer's own page notices by itself.
    expect(trainer.get_by_test_id("job")).to_contain_text("Cancelled by")


def log_in_as_trainer(page):
    """Logs Tove in, who starts at the inbox."""
    page.goto("/login")
    page.get_by_test_id("login").fill("tove")
    page.get_by_test_id("password").fill("a-long-password")
    page.get_by_test_id("submit").click()
    page.wait_for_url("**/train/**")
    return page


def test_a_trainer_reads_words_and_no_codes(evaluated, agent):
    page = agent.get("/train/evaluation").text
    shown = re.sub(r"<[^>]*>", " ", re.sub(r"<small>.*?</small>", "", page[page.index("<main") :]))
    for language in ("English", "Swedish"):
        assert language in shown
    for code in ("typo_", "upper_case", "macro", "F1", "oos", "out_of_scope", "confidence"):
        assert code not in shown, code
    assert not re.search(r"\b(sv|en|und)\b", shown)
    # What experts call it is there as well.
    assert 'title="upper_case"' in page
    assert "In the reports: 95 % interval (Wilson)." in page
    assert "the results as tests (JUnit)" in page


def test_intents_are_shown_as_words_with_their_name_at_hand(settings, console, agent, reports):
    content = json.loads((reports / REPORT / "report.json").read_text(encoding="utf-8"))
    mistake = {"text": "<i>where</i>", "language": "en", "confidence": 0.8, "acted": True}
    pair = {"intent": "order_status", "predicted": "out_of_scope", "mistakes": [mistake]}
    folder_of(settings, REPORT).mkdir(parents=True)
    told = json.dumps({**content, "confused": [pair]})
    (folder_of(settings, REPORT) / "report.json").write_text(told, encoding="utf-8")
    page = agent.get("/train/evaluation").text
    assert '<abbr class="code" title="order_status">Order status</abbr>' in page
    assert '<abbr class="code" title="out_of_scope">None of the bot’s business</abbr>' in page
    assert "&lt;i&gt;where" in page and "80 % sure, so it answered, wrongly" in page
