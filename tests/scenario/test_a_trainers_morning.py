"""A trainer, from yesterday's conversation to a model that understands it, and back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright
from rest_customer import RestCustomer
from running_svara import STAFF_PASSWORD, SVARA, RunningSvara, project_of_its_own, until

pytestmark = [pytest.mark.scenario, pytest.mark.browser, pytest.mark.timeout(900)]

CHROMIUM = Path("/usr/bin/chromium")
SAID = "beam me over to a carbon based lifeform"
LATER = "what goes well with marmalade"
INTENT = "talk_to_human"
UNDERSTOOD = "I'm passing you to a colleague"
SHIP_SECONDS = 480


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with files of its own, so that what is labelled here is nobody else's."""
    return project_of_its_own(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def svara(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSvara]:
    running = RunningSvara(tmp_path_factory.mktemp("svara"), project=project)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def trainer(browser: Browser, svara: RunningSvara) -> Iterator[Page]:
    """Somebody who may do everything, logged in."""
    context = browser.new_context(base_url=svara.staff_url, reduced_motion="reduce")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/login")
    page.get_by_test_id("login").fill("agent")
    page.get_by_test_id("password").fill(STAFF_PASSWORD)
    page.get_by_test_id("submit").click()
    page.wait_for_url("**/desk*")
    yield page
    context.close()
    assert errors == []


def answering(svara: RunningSvara) -> str:
    found: str = requests.get(f"{svara.url}/healthz?short=1", timeout=30).json()["model"]
    return found


def command(svara: RunningSvara, *arguments: str) -> str:
    """What a `svara` command prints, run beside the servers; it has to succeed."""
    done = subprocess.run(
        [SVARA, *arguments, "--var", str(svara.var)],
        check=False,
        cwd=svara.project,
        env=svara.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def label(page: Page, word: str, typed: str, intent: str) -> None:
    """Gives the message with a word in it an intent, by keys."""
    page.goto(f"/train/inbox?q={word}")
    expect(page.get_by_test_id("message-text")).to_contain_text(word)
    page.keyboard.press("r")
    finder = page.get_by_test_id("finder")
    expect(finder).to_be_focused()
    finder.press_sequentially(typed)
    expect(page.locator("#finder-options [role=option]").first).to_contain_text(intent)
    finder.press("Enter")
    expect(page.get_by_test_id("toast")).to_contain_text(f"Labelled as {intent}")
    until(lambda: page.evaluate("pending === 0"), "the server to have it")


def worked(page: Page, button: str, seconds: float) -> None:
    """Presses a button that begins long work, and waits until the work has ended well."""
    page.get_by_test_id(button).click()
    ended(page, seconds)


def ended(page: Page, seconds: float) -> None:
    """Waits until long work has ended well."""
    job = page.get_by_test_id("job")
    expect(job).to_have_attribute("data-state", re.compile("^(running|done)$"))
    expect(job).to_have_attribute("data-state", re.compile("^(?!running)"), timeout=seconds * 1000)
    assert job.get_attribute("data-state") == "done", job.inner_text()


def test_what_was_not_understood_yesterday_is_understood_before_lunch(
    svara: RunningSvara, trainer: Page, project: Path
) -> None:
    first = answering(svara)
    assert UNDERSTOOD not in " ".join(RestCustomer(svara).say(SAID))
    RestCustomer(svara).say(LATER)
    command(svara, "inbox", "collect")

    label(trainer, "carbon", "talk to h", "Talk to human")
    file = project / f"data/nlu/en/{INTENT}.yml"
    until(lambda: f"    - {SAID}\n" in file.read_text(), "the example in its file")

    trainer.goto("/train/checks")
    worked(trainer, "start", 120)

    trainer.goto("/train/models")
    expect(trainer.get_by_test_id("live")).to_contain_text("The data has changed since")
    trainer.get_by_test_id("ship").click()
    expect(trainer.get_by_test_id("job")).to_contain_text("Training the model", timeout=60_000)
    # Nobody has to wait: what is labelled meanwhile is for the next model.
    label(trainer, "marmalade", "out of sc", "None of the bot’s business")
    trainer.goto("/train/models")
    ended(trainer, SHIP_SECONDS)
    expect(trainer.get_by_test_id("verdict")).to_contain_text("passed")
    until(lambda: answering(svara) != first, "the new model", 60)
    second = answering(svara)
    (notes,) = (project / "models").glob(f"{second.removesuffix('.tar.gz')}.json")
    assert json.loads(notes.read_text())["shipped"][-1]["by"] == "agent"
    assert UNDERSTOOD in " ".join(RestCustomer(svara).say(SAID))

    trainer.goto("/train/models")
    trainer.get_by_test_id("back").click()
    until(lambda: answering(svara) == first, "the model before", 60)
    assert UNDERSTOOD not in " ".join(RestCustomer(svara).say(SAID))


def test_a_conversation_becomes_a_story_that_passes(
    svara: RunningSvara, trainer: Page, project: Path
) -> None:
    customer = RestCustomer(svara)
    customer.say("How long does delivery take?")
    customer.press("Yes, thanks")
    trainer.goto("/train/stories")
    before = trainer.get_by_test_id("story").count()
    trainer.get_by_test_id("conversation").fill(customer.sender)
    trainer.get_by_test_id("make").click()
    expect(trainer.get_by_test_id("made")).to_contain_text("tests/stories/")
    worked(trainer, "play", 240)
    expect(trainer.get_by_test_id("played")).to_contain_text("all passed")
    expect(trainer.get_by_test_id("story")).to_have_count(before + 1)


def test_topics_are_looked_for_with_a_click(svara: RunningSvara, trainer: Page) -> None:
    for text in ("can you engrave initials on the watch", "do you engrave names on knives"):
        RestCustomer(svara).say(text)
    command(svara, "inbox", "collect")
    trainer.goto("/train/topics")
    worked(trainer, "start", 120)
    expect(trainer.get_by_test_id("unhandled")).not_to_have_text("0")


def test_the_same_models_from_the_command_line(svara: RunningSvara, project: Path) -> None:
    first = answering(svara)
    shutil.copy2(project / "models" / first, project / "models/svara-twin.tar.gz")
    verdict = json.loads(command(svara, "gate", first, "svara-twin", "--json"))
    assert verdict["passed"] and verdict["broken"] == []
    shipped = command(svara, "model", "ship", "svara-twin")
    assert "svara-twin is live; the running server answers with it." in shipped
    assert answering(svara) == "svara-twin.tar.gz"
    listed = command(svara, "model", "list")
    assert re.search(r"^live +svara-twin ", listed, re.M)
    assert re.search(rf"^before +{first.removesuffix('.tar.gz')} ", listed, re.M)
    back = command(svara, "model", "back")
    assert f"{first.removesuffix('.tar.gz')} is live again" in back
    assert answering(svara) == first
