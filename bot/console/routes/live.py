"""`/desk/events`: server-sent events that keep an open page up to date.

| event | data | when |
|---|---|---|
| `counts` | `{waiting, mine, open, unread, dead}` | they change |
| `queue` | `{html}`: the rows of the view | one of them changes |
| `messages` | `{html}`; the event's id is the last message's, to go on from | there are new ones |
| `states` | `{key: {state, problem}}` of the agents' messages | a delivery's state changes |
| `ticket` | `{version, bar, composer}`: HTML | it is accepted, given, left, closed or rated |
| `others` | `{html}`: who else looks at the ticket or writes in it | they come, write or go |
| `history` | `{html}`: the handoff's changes and deliveries | there are new ones |
| `ended` | `{}` | the session has ended |
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.console import roles, transcript, web
from bot.console.desk import feed, queue
from bot.console.desk.feed import Snapshot, Watch
from bot.console.errors import NotFound
from bot.console.numbers import number_in
from bot.handoff.inbound import MAX_TEXT_CHARS
from bot.storage.database import reading

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
RETRY_MS = 1000


def routes() -> list[Route]:
    """The routes."""
    return [Route("/desk/events", events, methods=["GET"])]


async def events(request: Request) -> Response:
    """A stream for one page: `?view=` for the queue, `?ticket=` and `?after=` for a ticket."""
    visit = await run_in_threadpool(web.enter, request, allowed=roles.AGENTS)
    asked = request.query_params
    view, named = asked.get("view"), asked.get("ticket") or ""
    ticket = number_in(named)
    after = number_in(request.headers.get("last-event-id") or asked.get("after") or "0")
    if (view and view not in queue.VIEWS) or (named and ticket is None) or after is None:
        raise NotFound("There is no such stream of events.")
    watch = Watch(visit.session, view or None, ticket)
    await run_in_threadpool(_read, visit.engine, watch)  # no such ticket: say so before streaming
    page = Page(visit.csrf, after)
    return StreamingResponse(
        _stream(visit.engine, watch, page, request.app.state.closing),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def _stream(
    engine: Engine, watch: Watch, page: Page, closing: threading.Event
) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    heard = time.monotonic()
    while not closing.is_set():
        try:
            snapshot = await run_in_threadpool(_read, engine, watch)
        except SQLAlchemyError as error:
            # The browser comes back by itself and goes on from the last message it has.
            logger.warning("The desk's events cannot be read: %s", error)
            return
        except NotFound:
            snapshot = (
                None  # the conversation was deleted: the page says so when it is loaded again
            )
        if snapshot is None:
            yield _event("ended", {})
            return
        for text in page.changes(snapshot):
            heard = time.monotonic()
            yield text
        if time.monotonic() - heard > HEARTBEAT_SECONDS:
            heard = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


class Page:
    """What one page has been told already.

    Args:
        csrf: token for the forms in what it is sent.
        after: the last message that it has.
    """

    def __init__(self, csrf: str, after: int) -> None:
        self._csrf = csrf
        self._after = after
        self._told: dict[str, Any] = {}

    def changes(self, now: Snapshot) -> Iterator[str]:
        """The events that bring the page up to date."""
        counts = asdict(now.counts) | {"dead": now.dead}
        if self._news("counts", counts):
            yield _event("counts", counts)
        if now.rows is not None and self._news("queue", now.rows):
            yield _event("queue", {"html": web.render("_rows.html", rows=now.rows)})
        if now.ticket is not None:
            yield from self._of_ticket(now)

    def _of_ticket(self, now: Snapshot) -> Iterator[str]:
        ticket = now.ticket
        if ticket is None:
            return
        lines = [transcript.from_desk(m, ticket.customer, ticket.language) for m in now.messages]
        fresh = [line for line in lines if line.number > self._after]
        if fresh:
            self._after = fresh[-1].number
            html = "".join(web.render("_message.html", line=line) for line in fresh)
            yield _event("messages", {"html": html}, number=self._after)
        states = {line.key: (line.state, line.problem) for line in lines if line.state}
        if self._news("states", states):
            yield _event(
                "states",
                {
                    key: web.render("_state.html", state=state, problem=problem)
                    for key, (state, problem) in states.items()
                },
            )
        if self._news("others", now.others):
            yield _event("others", {"html": web.render("_others.html", others=now.others)})
        if self._news("history", now.history):
            yield _event("history", {"html": web.render("_history.html", history=now.history)})
        if self._news("ticket", ticket.version):
            values = {
                "ticket": ticket,
                "staff": now.staff,
                "csrf": self._csrf,
                "client_id": "",
                "max_chars": MAX_TEXT_CHARS,
            }
            yield _event(
                "ticket",
                {
                    "version": ticket.version,
                    "bar": web.render("_bar.html", **values),
                    "composer": web.render("_composer.html", **values),
                },
            )

    def _news(self, name: str, value: Any) -> bool:
        if name in self._told and self._told[name] == value:
            return False
        self._told[name] = value
        return True


def _read(engine: Engine, watch: Watch) -> Snapshot | None:
    with reading(engine) as connection:
        return feed.read(connection, watch)


def _event(name: str, data: Any, *, number: int | None = None) -> str:
    prefix = "" if number is None else f"id: {number}\n"
    return f"{prefix}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
