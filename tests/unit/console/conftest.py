"""A console that really runs, handoffs as the bot makes them, and agents who log in."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import inbox_pages
import pytest
import requests
import sqlalchemy as sa
from console_browser import ARGUMENTS, CHROMIUM, PASSWORD, log_in
from console_client import Agent
from playwright.sync_api import expect, sync_playwright
from sqlalchemy.engine import Engine

from bot.console import staff
from bot.console.server import make_server
from bot.handoff import signing
from bot.handoff.context import Facts
from bot.handoff.lifecycle import HandoffRequest, open_handoff
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.conversations import iso
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import deliveries, desk_tickets
from tests.ports import free_ports

TIMEOUT = 10


@dataclass(frozen=True)
class Console:
    """A running console."""

    settings: Settings
    engine: Engine
    url: str

    def hook(self, body: str, webhook_id: str | None = None, **headers: str) -> requests.Response:
        """Posts a signed webhook to the desk."""
        name = webhook_id or f"msg_{uuid.uuid4().hex}"
        signed = signing.sign(self.settings.handoff_secrets, name, body)
        url = f"{self.url}/desk/v1/webhook"
        return requests.post(url, data=body.encode(), headers=signed | headers, timeout=TIMEOUT)

    def event(self, kind: str, data: dict[str, Any], **how: Any) -> requests.Response:
        """Posts an event to the desk."""
        body = {"type": kind, "timestamp": "2026-11-20T10:00:00Z", "data": data}
        return self.hook(json.dumps(body), **how)

    def customer_says(self, handoff: Handoff, text: str) -> requests.Response:
        """Brings the desk a customer's message."""
        said = {"id": 99, "time": iso(time.time()), "speaker": "customer", "text": text}
        ids = {"handoff_id": handoff.id, "conversation_id": handoff.conversation_id}
        return self.event("message.created", ids | {"message": said})

    def ticket_id(self, handoff: Handoff) -> int:
        """The ticket of a handoff."""
        query = sa.select(desk_tickets.c.id).where(desk_tickets.c.handoff_id == handoff.id)
        with reading(self.engine) as connection:
            return int(connection.execute(query).scalar_one())

    def outgoing(self) -> list[dict[str, Any]]:
        """The events in the outbox for the customer's side, in order."""
        query = sa.select(deliveries.c.body).where(deliveries.c.destination == "svara")
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by(deliveries.c.id)).all()
        return [json.loads(body) for (body,) in rows]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (port,) = free_ports(1)
    return Settings(
        var=tmp_path,
        # Events for the customer's side come back to the console's own port.
        port=port,
        console_port=port,
        session_secret="a secret for tests",
        handoff_secret="whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode(),
        staff_password=PASSWORD,
    )


@pytest.fixture
def console(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    # With `monkeypatch`, it ends before a test's folder is left: what a page has only just sent is
    # written there.
    server = make_server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive() and time.monotonic() < until, "the console did not start"
        time.sleep(0.01)
    yield Console(settings, open_database(settings.database), settings.staff_url)
    server.stop()
    thread.join(10)


@pytest.fixture
def agent(console: Console) -> Agent:
    found = Agent(console)
    assert found.log_in().status_code == 303
    return found


@pytest.fixture
def colleague(console: Console) -> Agent:
    with transaction(console.engine) as connection:
        staff.add(connection, "robin", "Robin", PASSWORD, "agent")
    found = Agent(console)
    assert found.log_in("robin").status_code == 303
    return found


@pytest.fixture
def visitor(console: Console) -> Agent:
    return Agent(console)


def customer_asks(
    engine: Engine,
    settings: Settings,
    *,
    conversation_id: str,
    name: str | None = "Astrid Lund",
    language: str = "sv",
    said: str = "Hej! Paketet har inte kommit, det skulle vara här i tisdags.",
    request: HandoffRequest | None = None,
) -> Handoff:
    """A conversation that the bot had, and the handoff that ended it."""
    nlu = {
        "intent": {"name": "order_status", "confidence": 0.91},
        "ranking": [
            {"name": "order_status", "confidence": 0.91},
            {"name": "missing_item", "confidence": 0.05},
            {"name": "refund_status", "confidence": 0.02},
        ],
        "entities": [{"entity": "order_number", "value": "NL-104823"}],
        "tone": "neutral",
    }
    article = {
        "title": "När kommer mitt paket?",
        "url": "https://nordlys.example/help/sv/track-order",
    }
    choice = [
        {"title": "Ja, tack", "payload": "/article_helpful"},
        {"title": "Nej", "payload": "/article_not_helpful"},
    ]
    with transaction(engine) as connection:
        customer = {"name": name, "club_member": True} if name else {}
        conversations.start(
            connection, conversation_id, "webchat", language=language, customer=customer
        )

        def add(speaker: str, text: str, **data: Any) -> int:
            return conversations.append(connection, conversation_id, speaker, text, data=data).id

        add("bot", "Hej! Jag är Svara. Vad kan jag hjälpa dig med?")
        first = add("customer", said)
        conversations.mark_handled(connection, first, nlu=nlu)
        add(
            "bot",
            "Leverans i Sverige tar 1-3 arbetsdagar. Spårningen kan vara tom det första dygnet.",
            article=article,
        )
        add("bot", "Hjälpte det?", buttons=choice, chosen="/article_not_helpful")
        second = add("customer", "Nej")
        conversations.mark_handled(
            connection,
            second,
            nlu={"intent": {"name": "article_not_helpful", "confidence": 0.99}, "tone": "upset"},
        )
        add("bot", "Jag hämtar en medarbetare.")
        return open_handoff(
            connection,
            settings,
            conversation_id,
            request
            or HandoffRequest(
                "answer_rejected", {"question": said, "rejected_articles": [article]}
            ),
            Facts(
                slots={"order_number": "NL-104823", "country": "Sweden"},
                suggested_articles=[
                    {
                        "title": "Försenat paket",
                        "url": "https://nordlys.example/help/sv/lost-parcel",
                        "audience": "public",
                    },
                    {"title": "Goodwill: vad vi får bjuda på", "url": None, "audience": "staff"},
                ],
                model="20261120-094210-nordlys",
                language=language,
            ),
        )


@pytest.fixture
def arrive(console: Console) -> Callable[..., Handoff]:
    """Opens a handoff and delivers its webhook, the outbox's own words, to the desk."""

    def make(**how: Any) -> Handoff:
        how.setdefault("conversation_id", f"web-{uuid.uuid4().hex}")
        handoff = customer_asks(console.engine, console.settings, **how)
        query = sa.select(deliveries.c.body, deliveries.c.webhook_id).where(
            deliveries.c.handoff_id == handoff.id
        )
        with reading(console.engine) as connection:
            body, webhook_id = connection.execute(query).one()
        answer = console.hook(body, webhook_id)
        assert answer.status_code == 200, answer.text
        return handoff

    return make


@pytest.fixture
def handoff(arrive: Callable[..., Handoff]) -> Handoff:
    return arrive()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Any, console: Console) -> Iterator[Callable[..., Any]]:
    """Opens pages of the console; an error in one of its scripts fails the test."""
    contexts: list[Any] = []
    errors: list[str] = []

    def make(**how: Any) -> Any:
        how.setdefault("viewport", {"width": 1280, "height": 900})
        contexts.append(chromium.new_context(base_url=console.url, **how))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: errors.append(message.text) if "Refused to" in message.text else None,
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    return log_in(new_page())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop's training files, which the console works in."""
    inbox_pages.write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reviews(project: Path, console: Console) -> list[int]:
    """A trainer's inbox, and two trainers."""
    inbox_pages.hire(console.engine, password=PASSWORD)
    inbox_pages.hire(console.engine, "robin", "Robin", PASSWORD)
    return inbox_pages.fill(console.engine)


@pytest.fixture
def enter(new_page: Callable[..., Any], reviews: list[int]) -> Callable[..., Any]:
    """Logs a trainer in, who starts in the inbox."""

    def make(login: str = "tove", **how: Any) -> Any:
        page = new_page(**how)
        page.goto("/login")
        page.get_by_test_id("login").fill(login)
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("submit").click()
        page.wait_for_url("**/train/inbox*")
        expect(page.locator("html.scripts")).to_be_attached()
        return page

    return make


@pytest.fixture(autouse=True)
def _close_databases() -> Iterator[None]:
    yield
    open_database.cache_clear()
