"""A customer and an agent, each in a browser of their own, from the question to the rating."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from running_svara import LANGUAGES, STAFF_PASSWORD, RunningSvara
from words import WORDS, Words

pytestmark = [pytest.mark.scenario, pytest.mark.browser]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREENSHOTS = Path(__file__).with_name("screenshots")
AGENT = "Kim"
"""The first member of staff, as the settings have it."""

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for all."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """Opens a page in a profile of its own; an error in its scripts fails the test."""
    contexts = []
    errors: list[str] = []

    def make(address: str, **how: object) -> Page:
        contexts.append(chromium.new_context(reduced_motion="reduce", **how))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        page.goto(address)
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


class Customer:
    """The shop's page with the chat."""

    def __init__(self, page: Page, words: Words) -> None:
        self.page = page
        self.words = words

    def hook(self, name: str) -> Locator:
        """What the chat calls `name`."""
        return self.page.get_by_test_id(name)

    def messages(self, speaker: str) -> Locator:
        """What a speaker has said."""
        return self.page.locator(f'[data-testid="message"][data-speaker="{speaker}"]')

    def open(self) -> None:
        """Opens the chat."""
        self.hook("launcher").click()
        expect(self.hook("panel")).to_have_attribute("data-online", "true")

    def write(self, text: str) -> None:
        """Writes something and presses Enter."""
        self.hook("input").fill(text)
        self.hook("input").press("Enter")
        expect(self.messages("customer").last).to_contain_text(text)

    def press(self, title: str) -> None:
        """Presses the newest button with this title."""
        self.hook("button").get_by_text(title, exact=True).last.click()

    def hears(self, speaker: str, text: str) -> Locator:
        """Waits for words of a speaker."""
        said = self.messages(speaker).filter(has_text=text).last
        expect(said).to_be_visible()
        return said


class Agent:
    """The console."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def hook(self, name: str) -> Locator:
        """What the console calls `name`."""
        return self.page.get_by_test_id(name)

    def log_in(self) -> None:
        """From the login page to the queue."""
        self.hook("login").fill("agent")
        self.hook("password").fill(STAFF_PASSWORD)
        self.hook("submit").click()
        self.page.wait_for_url("**/desk*")

    def sees(self, speaker: str, text: str) -> None:
        """Waits for words of a speaker."""
        said = self.page.locator(
            f'[data-testid="transcript-message"][data-speaker="{speaker}"]'
        ).filter(has_text=text)
        expect(said.last).to_be_visible()

    def write(self, text: str) -> None:
        """Writes to the customer."""
        self.hook("composer").fill(text)
        self.hook("send").click()
        self.sees("agent", text)


def picture(page: Page, name: str) -> None:
    """Keeps what a page looks like."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.mark.parametrize(
    ("language", "screen"),
    [*((language, DESKTOP) for language in LANGUAGES), ("nb", PHONE)],
    ids=[*LANGUAGES, "nb on a phone"],
)
def test_from_the_question_to_the_rating(
    svara: RunningSvara, new_page: NewPage, language: str, screen: dict[str, object]
) -> None:
    words = WORDS[language]
    name = f"{'phone' if screen is PHONE else 'desktop'}-{language}"
    # The browser's language is another than the page's: the page's counts.
    customer = Customer(new_page(svara.url + words.page, locale="fr-FR", **screen), words)

    # A question, and an answer with its source.
    expect(customer.page.locator("html")).to_have_attribute("lang", language)
    expect(customer.hook("launcher")).to_have_accessible_name(words.open_chat)
    customer.open()
    expect(customer.hook("input")).to_have_attribute("placeholder", words.placeholder)
    picture(customer.page, f"{name}-1-customer-greeted")
    customer.write(words.question)
    card = customer.hook("article-link").first
    expect(card).to_contain_text(words.source)
    expect(card).to_contain_text(words.article)
    article = customer.page.request.get(str(card.get_attribute("href")))
    assert article.ok
    assert words.article in article.text()
    customer.hears("bot", words.helped)
    picture(customer.page, f"{name}-2-customer-answered")

    # It does not help, and neither does the next one.
    customer.press(words.no)
    customer.hears("bot", words.next_article)
    expect(customer.messages("bot").filter(has_text=words.helped)).to_have_count(2)
    customer.press(words.no)
    customer.hears("bot", words.handed_over)
    expect(customer.hook("status")).to_contain_text(words.delivered)
    picture(customer.page, f"{name}-3-customer-waits")

    # A person sees who waits and why, and answers.
    agent = Agent(new_page(svara.staff_url, locale="en-GB", **screen))
    agent.log_in()
    row = agent.hook("queue-row").filter(has_text=words.question).last
    expect(row).to_be_visible()
    picture(agent.page, f"{name}-4-agent-queue")
    row.click()
    agent.sees("customer", words.question)
    agent.sees("bot", words.handed_over)
    expect(agent.hook("context")).to_contain_text(words.question)
    picture(agent.page, f"{name}-5-agent-reads")
    agent.hook("accept").click()
    customer.hears("system", words.joined.format(agent=AGENT))
    expect(customer.hook("status")).to_contain_text(words.accepted.format(agent=AGENT))
    agent.write(words.agent_writes)
    said = customer.hears("agent", words.agent_writes)
    expect(said).to_contain_text(AGENT)
    customer.write(words.customer_writes)
    agent.sees("customer", words.customer_writes)
    expect(customer.messages("bot").filter(has_text=words.customer_writes)).to_have_count(0)
    picture(customer.page, f"{name}-6-customer-and-agent")
    picture(agent.page, f"{name}-7-agent-and-customer")

    # The bot is back, asks how it was, and answers again.
    agent.hook("resolve").click()
    agent.hook("resolve-confirm").click()
    customer.hears("system", words.ended)
    customer.hears("bot", words.rate)
    picture(customer.page, f"{name}-8-customer-asked-for-rating")
    customer.press(words.best)
    customer.hears("bot", words.rated)
    expect(agent.page.locator("body")).to_contain_text("5 of 5")
    picture(agent.page, f"{name}-9-agent-done")
    customer.write(words.another)
    expect(customer.hook("article-link").last).to_contain_text(words.another_article)
    expect(customer.messages("bot").filter(has_text=words.helped)).to_have_count(3)
    expect(customer.messages("agent")).to_have_count(1)

    # Whoever comes back finds it all again.
    shown = customer.hook("message").count()
    customer.page.reload()
    expect(customer.hook("message")).to_have_count(shown)
    picture(customer.page, f"{name}-10-customer-back")
