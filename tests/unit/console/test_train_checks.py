"""The trainer's page of checks: started, read, mended, set aside."""

from __future__ import annotations

import html
import json
import re
import time
from pathlib import Path

import pytest
from console_browser import log_in
from playwright.sync_api import expect

from bot.storage.database import reading, transaction
from bot.storage.job_tables import jobs as table
from bot.trainer import jobs
from bot.trainer.checks import run_job
from tests import accessibility

DOMAIN = "intents:\n- greet\n- goodbye\n- thank\n"
RULES = "rules:\n- rule: all\n  steps:\n  - or:\n    - intent: greet\n    - intent: goodbye\n"
GREET = ["hello", "hi there", "good morning", "hey", "good afternoon", "so long <b>you</b>"]
GOODBYE = ["bye", "see you", "So long <b>you</b>!", "farewell", "until next time"]


def write(intent: str, texts: list[str]) -> None:
    lines = "".join(f"    - {text}\n" for text in texts)
    path = Path(f"data/nlu/en/{intent}.yml")
    path.write_text(f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{lines}')


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project in the working folder."""
    folder = tmp_path / "project"
    (folder / "data/nlu/en").mkdir(parents=True)
    monkeypatch.chdir(folder)
    write("greet", GREET)
    write("goodbye", GOODBYE)
    Path("domain.yml").write_text(DOMAIN)
    Path("data/rules.yml").write_text(RULES)
    return folder


@pytest.fixture
def checked(settings, console, project):
    """The project, checked once."""
    check(settings, console)
    return project


def check(settings, console) -> None:
    only = ["same-text", "no-rule", "no-examples", "too-small"]
    result = run_job(settings, {"only": only}, lambda *_: None)
    now = time.time()
    with transaction(console.engine) as connection:
        connection.execute(
            table.insert().values(
                kind="check", started_by="agent", arguments="{}", state="done", said="Done",
                done=1, total=1, host="here", started_at=now, seen_at=now, ended_at=now,
                result=json.dumps(result),
            )
        )  # fmt: skip


def post(agent, path: str, **fields: str):
    found = re.search(r'<meta name="csrf" content="(\w+)">', agent.get("/train/checks").text)
    assert found
    return agent.post(path, csrf=found[1], **fields)


def keys(agent, check: str) -> list[str]:
    text = agent.get(f"/train/checks?grade=INFO&check={check}").text
    text = text.split('data-testid="asides"')[0]
    return list(dict.fromkeys(re.findall(r'name="key" value="(\w{8})"', text)))


def test_before_the_first_check_the_page_says_what_to_do(console, agent, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = agent.get("/train/checks")
    assert answer.status_code == 200
    assert "Nothing has been checked yet" in answer.text


def test_only_trainers_may_see_it_and_change_the_files(checked, colleague):
    assert colleague.get("/train/checks").status_code == 403
    assert colleague.post("/train/checks/fix", key="x", fix="0").status_code == 403


def test_findings_stand_beside_their_intent_with_file_and_line_and_are_escaped(checked, agent):
    text = agent.get("/train/checks").text
    assert "data/nlu/en/goodbye.yml:7" in text
    assert "<b>you</b>" not in text
    assert "so long <b>you</b>" in html.unescape(text)
    assert 'href="/train/answers?intent=greet#add-examples"' in text, "it has few examples"
    assert "Thank has no answer: no rule and no story waits for it." in text


def test_an_intent_without_an_answer_leads_to_where_it_is_written(checked, agent):
    assert 'href="/train/answers?intent=thank"' in agent.get("/train/checks?check=no-rule").text


def test_a_fix_changes_the_one_line_and_the_finding_is_gone(checked, agent):
    before = Path("data/nlu/en/greet.yml").read_bytes()
    (key,) = keys(agent, "same-text")
    assert post(agent, "/train/checks/fix", key=key, fix="0").status_code == 303
    assert Path("data/nlu/en/greet.yml").read_bytes() == before.replace(
        b"    - so long <b>you</b>\n", b""
    )
    assert keys(agent, "same-text") == []
    again = post(agent, "/train/checks/fix", key=key, fix="0")
    assert (again.status_code, "meanwhile" in again.text) == (409, True)


def test_a_fix_is_taken_back_byte_for_byte_unless_the_file_has_changed(checked, agent):
    file = Path("data/nlu/en/greet.yml")
    before = file.read_bytes()
    (key,) = keys(agent, "same-text")
    done = post(agent, "/train/checks/fix", key=key, fix="0")
    number = re.search(r"undo=(\d+)", done.headers["location"])[1]
    mended = file.read_bytes()
    file.write_bytes(mended + b"    - hullo\n")
    refused = post(agent, "/train/checks/undo", change=number)
    assert (refused.status_code, "changed since" in refused.text) == (409, True)
    file.write_bytes(mended)
    assert post(agent, "/train/checks/undo", change=number).status_code == 303
    assert file.read_bytes() == before
    assert keys(agent, "same-text") == [key]
    again = post(agent, "/train/checks/undo", change=number)
    assert (again.status_code, "already, by agent" in again.text) == (409, True)
    assert post(agent, "/train/checks/undo", change="x").status_code == 409


def test_what_was_mended_by_hand_is_gone_and_moved_lines_are_found(checked, agent):
    write("goodbye", ["ciao", *GOODBYE])
    assert "data/nlu/en/goodbye.yml:8" in agent.get("/train/checks").text
    write("goodbye", GOODBYE[:2])
    assert keys(agent, "same-text") == []


def test_a_finding_is_set_aside_with_a_reason_and_a_name(checked, agent):
    (key,) = keys(agent, "no-rule")
    assert post(agent, "/train/checks/aside", key=key, because=" ").status_code == 409
    assert not Path("data/checks.yml").exists()
    assert post(agent, "/train/checks/aside", key=key, because="by button").status_code == 303
    assert "by button (agent)" in Path("data/checks.yml").read_text()
    assert keys(agent, "no-rule") == []


def test_what_is_set_aside_is_listed_with_its_reason_and_looked_at_again(checked, agent):
    (key,) = keys(agent, "no-rule")
    post(agent, "/train/checks/aside", key=key, because="by button <only>")
    text = agent.get("/train/checks").text
    assert 'data-testid="count-aside">1<' in text
    listed = text.split('data-testid="asides"')[1].split("</details>")[0]
    assert "Thank" in listed and "by button &lt;only&gt; (agent)" in listed
    assert post(agent, "/train/checks/again", key=key).status_code == 303
    assert keys(agent, "no-rule") == [key]
    assert post(agent, "/train/checks/again", key=key).status_code == 409


def test_a_broken_file_of_what_is_set_aside_is_told_on_the_page(checked, agent):
    Path("data/checks.yml").write_text("set_aside:\n- check: x\n")
    answer = agent.get("/train/checks")
    assert answer.status_code == 200
    assert "checks.yml, line 2" in answer.text


def test_a_check_runs_as_a_job_and_its_findings_are_shown(checked, console, agent, monkeypatch):
    root = str(Path(__file__).parents[3])
    monkeypatch.setenv("PYTHONPATH", root)
    write("greet", [*GREET, "thank"])
    assert post(agent, "/train/checks/start").status_code == 303
    assert post(agent, "/train/checks/start").status_code == 409
    for _ in range(600):
        with reading(console.engine) as connection:
            job = jobs.latest(connection, "check")
        if not job.running:
            break
        time.sleep(0.2)
    assert (job.state, job.error) == ("done", None)
    assert job.result["examples"] == len(GREET) + len(GOODBYE) + 1
    assert "Greet has 7 examples in en." in agent.get("/train/checks").text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_meets_wcag_aa(checked, new_page, tmp_path, width, scheme):
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    log_in(page)
    page.goto("/train/checks?grade=INFO")
    expect(page.get_by_test_id("finding")).not_to_have_count(0)
    page.locator("summary").first.click()
    accessibility.check(page)
    page.screenshot(path=str(tmp_path / f"checks-{width}-{scheme}.png"), full_page=True)


@pytest.mark.browser
def test_a_trainer_mends_by_the_keyboard_alone(checked, new_page):
    page = new_page()
    log_in(page)
    page.goto("/train/checks?grade=ERROR")
    fix = page.get_by_test_id("fix").first
    expect(fix).to_contain_text("Keep it in Goodbye only")
    fix.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("done")).to_contain_text(
        "“so long <b>you</b>” was removed from Greet (English)."
    )
    expect(page.get_by_test_id("finding")).to_have_count(0)
    page.get_by_test_id("undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("done")).to_contain_text("This was taken back")
    expect(page.get_by_test_id("finding")).to_have_count(1)


@pytest.mark.browser
def test_each_of_many_fixes_has_its_digit(settings, console, project, new_page):
    with Path("domain.yml").open("a") as domain:
        domain.write("- praise\n")
    for intent in ("thank", "praise"):
        write(intent, ["so long <b>you</b>"])
    check(settings, console)
    page = new_page()
    log_in(page)
    page.goto("/train/checks?check=same-text")
    fixes = page.get_by_test_id("fix")
    expect(fixes).to_have_count(4)
    expect(fixes.nth(3)).to_have_text(re.compile(r"^Keep it in \w+ only\s*4$"))
    kept = fixes.nth(3).inner_text().split()[3]
    page.keyboard.press("j")
    page.keyboard.press("4")
    expect(page.get_by_test_id("finding")).to_have_count(0)
    left = [path.stem for path in Path("data/nlu/en").glob("*.yml") if "o long" in path.read_text()]
    assert left == [kept.lower()]
