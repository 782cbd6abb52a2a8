"""The secret changes as docs/handoff.md says, in the middle of traffic: nothing is lost."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from handoff_world import CONVERSATION, say
from interface_servers import PORTS
from sqlalchemy.engine import Engine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bot.handoff import dispatcher, forwarding, outbox, signing
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries
from tests.waiting import until

OLD, NEW = "whsec_dGhlIG9sZCBvbmUgb2YgdGhlIHRlc3Q=", "whsec_dGhlIG5ldyBvbmUgb2YgdGhlIHRlc3Q="
ASTRID = {"id": "7", "name": "Astrid"}
STEP_SECONDS = 0.7
WRITES_SECONDS = 0.05
"""Slower than deliveries are made, also on a machine with much else to do: the one has to catch up
with the other."""


class Helpdesk:
    """Knows some secrets, signs with one, and sends again what was not taken.

    Attributes:
        knows: secrets that it verifies with.
        signs: the one that it signs with.
        taken: the customer's words, each webhook once.
        refused: webhooks that no known secret verifies.
    """

    def __init__(self) -> None:
        self.knows, self.signs = [OLD], OLD
        self.taken: dict[str, str] = {}
        self.refused = 0
        self.sent: list[str] = []
        self.sent_in_vain = 0

    def take(self, headers: dict[str, str], body: bytes) -> int:
        for secret in list(self.knows):
            with contextlib.suppress(WebhookVerificationError):
                event = Webhook(secret).verify(body, headers)
                name = {key.lower(): value for key, value in headers.items()}["webhook-id"]
                if event["type"] == "message.created":
                    self.taken.setdefault(name, event["data"]["message"]["text"])
                return 204
        self.refused += 1
        return 401

    def send(self, url: Callable[[], str], handoff: Handoff, text: str) -> None:
        """Sends words of an agent, under one id, until they are taken."""
        data = {"handoff_id": handoff.id, "conversation_id": CONVERSATION}
        event = {"type": "message.created", "data": {**data, "agent": ASTRID, "text": text}}
        body, name = json.dumps(event), f"evt_{uuid.uuid4().hex}"
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                headers = signing.sign([self.signs], name, body)
                answer = requests.post(
                    f"{url()}/handoff/v1/events", data=body.encode(), headers=headers, timeout=5
                )
                if answer.status_code == 200:
                    self.sent.append(text)
                    return
                assert answer.status_code == 401, answer.text
                self.sent_in_vain += 1
            time.sleep(0.02)
        raise AssertionError(f"{text!r} was never taken")


@pytest.fixture
def helpdesk() -> Iterator[tuple[Helpdesk, str]]:
    made = Helpdesk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(made.take(dict(self.headers), body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Svara's port and its dispatcher with some settings; the port's address."""
    stop = threading.Event()
    worker = threading.Thread(target=dispatcher.run, args=(settings, stop))
    with PORTS["staff"](settings) as url:
        worker.start()
        try:
            yield url
        finally:
            stop.set()
            worker.join(20)


def test_the_secret_changes_in_the_middle_of_traffic(
    engine: Engine, settings: Settings, handoff: Handoff, helpdesk: tuple[Helpdesk, str]
) -> None:
    there, url = helpdesk
    settings = replace(settings, handoff_url=url)
    where = [""]
    over = threading.Event()
    written: list[str] = []

    def customer() -> None:
        while not over.wait(WRITES_SECONDS):
            text = f"Hallå {len(written)}?"
            message = say(engine, "customer", text)
            with transaction(engine) as connection:
                forwarding.forward(connection, handoff, message)
            written.append(text)

    def agent() -> None:
        number = 0
        while not over.wait(WRITES_SECONDS):
            there.send(lambda: where[0], handoff, f"Hej {number}!")
            number += 1

    def learns_the_new_one() -> None:
        there.knows, there.signs = [OLD, NEW], NEW

    def forgets_the_old_one() -> None:
        there.knows = [NEW]

    pool = ThreadPoolExecutor(2)
    traffic: list[Future[None]] = []
    steps: list[tuple[str, Callable[[], None]]] = [
        (OLD, lambda: None),
        (f"{NEW},{OLD}", learns_the_new_one),
        (NEW, forgets_the_old_one),
    ]
    for secret, then in steps:
        with running(replace(settings, handoff_secret=secret)) as address:
            where[0] = address
            traffic = traffic or [pool.submit(work) for work in (customer, agent)]
            time.sleep(STEP_SECONDS)
            then()
            # Instead of the minutes until the next attempt at what was refused meanwhile.
            until(lambda: make_due(engine) or len(there.taken) >= len(written) - 3)
            time.sleep(STEP_SECONDS)
            if secret == NEW:
                over.set()
                for done in traffic:
                    done.result(40)
                until(lambda: make_due(engine) or len(there.taken) == len(written))
    pool.shutdown()
    assert there.refused > 0  # between the first step and the second
    assert list(there.taken.values()) == written
    with reading(engine) as connection:
        said = conversations.history(connection, CONVERSATION, speakers=["agent"])
        left = outbox.depth(connection)
    assert [message.text for message in said] == there.sent
    assert len(set(there.sent)) == len(there.sent) > 10
    assert left == {"pending": 0, "dead": 0}


def make_due(engine: Engine) -> bool:
    """Brings attempts that wait forward to now; False, to go on with what is waited for."""
    with transaction(engine) as connection:
        waits = (deliveries.c.state == "pending", deliveries.c.attempts > 0)
        connection.execute(
            deliveries.update()
            .where(*waits, deliveries.c.next_at > time.time() + 2)
            .values(next_at=0)
        )
    return False
