"""What a real django-helpdesk cannot be made to do at will: follow-ups that are half stored."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.errors import DeskRefused
from bot.handoff.desks.contract import MESSAGE, RESOLVED, Ticket
from bot.handoff.desks.django_helpdesk import DjangoHelpdeskDesk
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.settings import Settings

SVARA, ASTRID = 2, 3
TICKET = Ticket("7")


class Product:
    """Its API, over what the tests put into it."""

    def __init__(self) -> None:
        self.status = 1
        self.followups: list[dict[str, Any]] = []
        self.url = ""

    def say(self, text: str, user: int | None = ASTRID, **more: Any) -> dict[str, Any]:
        """Adds a follow-up."""
        made = {
            "id": len(self.followups) + 1,
            "ticket": 7,
            "user": user,
            "comment": text,
            "public": True,
            "date": datetime.now(tz=timezone.utc).isoformat(),
            "message_id": None,
            "email_recipients": [],
            "followupattachment_set": [],
            **more,
        }
        self.followups.append(made)
        return made

    def answer(self, path: str) -> Any:
        """What it says at a path; None for not found."""
        way, _, query = path.partition("?")
        ticket = {"id": 7, "status": self.status, "description": "Hej", "custom_x": "c-1"}
        ticket["followup_set"] = self.followups
        hidden = "status=" in query and self.status != 1
        if way == "/api/tickets/7/":
            return None if hidden else ticket
        if way == "/api/tickets/":
            return {"count": 1, "next": None, "results": [] if hidden else [ticket]}
        return {"count": len(self.followups), "next": None, "results": self.followups}


@pytest.fixture
def product() -> Iterator[Product]:
    made = Product()
    made.say("Hej", SVARA)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = made.answer(self.path)
            body = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def opened(url: str, **options: Any) -> DjangoHelpdeskDesk:
    given = {"url": url, "queue": 1, "user": "svara", "field": "x", **options}
    entry = DeskEntry("support", "django_helpdesk", given, allow_private=True)
    return DjangoHelpdeskDesk(Opening(entry, Settings(var=Path()), key="password"))


def test_words_wait_for_their_files_and_later_words_and_the_end_wait_for_them(
    product: Product,
) -> None:
    desk = opened(product.url)
    first = product.say("Här är den.", email_recipients=None)
    product.say("Klart.")
    product.status = 4
    news = desk.news(None, [TICKET])
    assert news.events == ()
    first["email_recipients"] = []
    first["followupattachment_set"] = [{"filename": "a.txt", "file": f"{product.url}/api/file"}]
    news = desk.news(news.cursor, [TICKET])
    assert [(e.id, e.type, e.text) for e in news.events] == [
        ("djh-2", MESSAGE, "Här är den."),
        ("djh-3", MESSAGE, "Klart."),
        ("djh-ticket-7-end", RESOLVED, ""),
    ]
    assert news.events[0].attachments == [{"name": "a.txt", "url": f"{product.url}/api/file"}]
    assert desk.news(news.cursor, [TICKET]).events == ()


def test_words_that_never_get_a_list_of_mails_wait_a_minute_at_most(product: Product) -> None:
    before = datetime.now(tz=timezone.utc) - timedelta(seconds=61)
    product.say("Hej.", email_recipients=None, date=before.isoformat().replace("+00:00", "Z"))
    assert [event.text for event in opened(product.url).news(None, [TICKET]).events] == ["Hej."]


def test_words_that_nobody_signed_notes_and_our_own_are_not_an_agents(product: Product) -> None:
    product.say("[2026-11-27 10:00:00] Hallå?", SVARA)
    product.say("Från min telefon", None, message_id="<1@mail>")
    product.say("Hon är arg.", public=False)
    product.say("", title="Assigned to astrid")
    assert opened(product.url).news(None, [TICKET]).events == ()


def test_a_process_that_was_started_anew_goes_on_where_the_last_one_was(product: Product) -> None:
    product.say("Ett.")
    cursor = opened(product.url).news(None, [TICKET]).cursor
    # The text that it knew its own login by is gone since.
    product.followups[0]["comment"] = "Hej!"
    product.say("Hallå?", SVARA)
    product.say("Två.")
    assert [each.text for each in opened(product.url).news(cursor, [TICKET]).events] == ["Två."]


def test_files_that_customers_cannot_open_are_named(product: Product) -> None:
    file = {"filename": "a.txt", "file": f"{product.url}/api/tickets/7/?status=1"}
    product.say("Här.", followupattachment_set=[file, {"filename": "b.txt", "file": "/media/b"}])
    product.status = 4
    (said, _) = opened(product.url).news(None, [TICKET]).events
    assert said.text == "Här.\n\N{PAPERCLIP} a.txt\n\N{PAPERCLIP} b.txt" and not said.attachments


@pytest.mark.parametrize(
    ("options", "message"),
    [({"queue": "Chat"}, "'queue' must be a number"), ({"agents": "Astrid"}, "number: name")],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DeskRefused, match=message):
        opened("http://127.0.0.1:9", **options)
