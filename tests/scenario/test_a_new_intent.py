"""A trainer finishes a new intent in the console: made of a message, answered, shipped, said; and
offered when the bot is not sure."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect, sync_playwright
from rest_customer import RestCustomer
from running_svara import STAFF_PASSWORD, SVARA, RunningSvara, project_of_its_own, until

pytestmark = [pytest.mark.scenario, pytest.mark.browser, pytest.mark.timeout(900)]

CHROMIUM = Path("/usr/bin/chromium")
SAID = (
    "slår ni in presenter",
    "kan jag få paketet inslaget som present",
    "har ni presentinslagning med kort",
    "går det att få presentpapper och ett hälsningskort",
)
NAME = "Presentinslagning & kort!"
INTENT = "presentinslagning_kort"
TEXTS = {
    "en": "Yes, we wrap gifts. Tick the box at the checkout.",
    "sv": 'Ja, vi slår in presenter: kryssa i "present" i kassan.',
    "da": "Ja, vi pakker gaver ind.",
    "nb": "Ja, vi pakker inn gaver.",
}
TITLES = {
    "en": "Gift wrapping",
    "sv": "Få det inslaget",
    "da": "Få pakket en gave ind",
    "nb": "Få pakket inn en gave",
}
UNSURE = (
    "present",
    "jag behöver presentpapper",
    "det ska vara en present till mamma",
    "inslaget tack",
    "kan man få det fint paketerat",
    "kort och papper",
    "ett hälsningskort till paketet",
    "paketet är en gåva",
)
"""Which of them the bot is not sure of is the model's business; of some it is not."""
SHIP_SECONDS = 480


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with training files of its own."""
    return project_of_its_own(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def svara(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSvara]:
    running = RunningSvara(tmp_path_factory.mktemp("svara"), project=project)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def trainer(svara: RunningSvara) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(base_url=svara.staff_url)
        page.goto("/login")
        page.get_by_test_id("login").fill("agent")
        page.get_by_test_id("password").fill(STAFF_PASSWORD)
        page.get_by_test_id("submit").click()
        page.wait_for_url("**/desk*")
        yield page
        browser.close()


def collect(svara: RunningSvara) -> None:
    subprocess.run(
        [SVARA, "inbox", "collect", "--var", str(svara.var)],
        check=True,
        cwd=svara.project,
        env=svara.environment,
        timeout=300,
    )


def find(page: Page, text: str) -> None:
    """Opens a message, whether the model was sure of it or not."""
    for state in ("open", "known"):
        page.goto(f"/train/inbox?q={text}&state={state}")
        if page.get_by_test_id("review-row").count():
            break
    expect(page.get_by_test_id("message-text")).to_have_text(text)


def answering(svara: RunningSvara) -> str:
    found: str = requests.get(f"{svara.url}/healthz?short=1", timeout=30).json()["model"]
    return found


def told(svara: RunningSvara, text: str) -> RestCustomer:
    """A new customer who has said this."""
    customer = RestCustomer(svara, language="sv")
    customer.say(text)
    return customer


def buttons(customer: RestCustomer) -> list[str]:
    return [button["title"] for line in customer.lines for button in line.buttons]


def test_a_new_intent_is_made_answered_and_shipped_in_the_console(
    svara: RunningSvara, trainer: Page, project: Path
) -> None:
    first = answering(svara)
    for text in SAID:
        assert TEXTS["sv"] not in " ".join(RestCustomer(svara).say(text))
    collect(svara)
    for number, text in enumerate(SAID):
        find(trainer, text)
        if number:
            trainer.keyboard.press("r")
            trainer.get_by_test_id("finder").press_sequentially("presentinslag")
            option = trainer.locator("#finder-options [role=option]").first
            expect(option).to_contain_text("Presentinslagning kort")
            trainer.keyboard.press("Enter")
            expect(trainer.get_by_test_id("toast")).to_contain_text("Labelled as")
            until(lambda: trainer.evaluate("pending === 0"), "the server to have it")
        else:
            trainer.keyboard.press("n")
            trainer.get_by_test_id("new-name").fill(NAME)
            trainer.keyboard.press("Enter")
            expect(trainer.get_by_test_id("toast")).to_contain_text(f"{INTENT} is new")
    trainer.goto("/train/answers")
    expect(trainer.locator("#answer")).to_contain_text(INTENT)
    expect(trainer.get_by_test_id("how")).to_contain_text("Sorry, I misunderstood you")
    for language, text in TEXTS.items():
        trainer.get_by_test_id(f"text-{language}").fill(text)
        trainer.get_by_test_id(f"title-{language}").fill(TITLES[language])
    trainer.keyboard.press("Control+Enter")
    expect(trainer.get_by_test_id("saved")).to_contain_text("next Ship")
    assert f"utter_title_{INTENT}" in (project / "domain.yml").read_text()

    trainer.goto("/train/models")
    trainer.get_by_test_id("ship").click()
    job = trainer.get_by_test_id("job")
    expect(job).to_have_attribute("data-state", re.compile("^(running|done)$"))
    expect(job).to_have_attribute(
        "data-state", re.compile("^(?!running)"), timeout=SHIP_SECONDS * 1000
    )
    assert job.get_attribute("data-state") == "done", job.inner_text()
    expect(trainer.get_by_test_id("verdict")).to_contain_text("passed")
    until(lambda: answering(svara) != first, "the new model", 60)
    assert TEXTS["sv"] in " ".join(RestCustomer(svara).say(SAID[0]))

    customers = [told(svara, text) for text in UNSURE]
    offered = [customer for customer in customers if TITLES["sv"] in buttons(customer)]
    assert offered, [customer.lines for customer in customers]
    assert TEXTS["sv"] in " ".join(offered[0].press(TITLES["sv"]))
