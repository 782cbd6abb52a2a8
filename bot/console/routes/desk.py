"""The desk's pages and what agents do on them."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.console import casefile, transcript
from bot.console.desk import actions, queue, tickets
from bot.console.desk.typing import tell_typing
from bot.console.errors import NotFound
from bot.console.session import new_id
from bot.console.web import Visit, for_staff, page, render, wants_json
from bot.handoff.inbound import MAX_TEXT_CHARS
from bot.rate_limit import RateLimit
from bot.storage.database import reading, transaction


def routes() -> list[Route]:
    """The routes."""
    ticket = "/desk/{ticket:int}"
    return [
        Route("/desk", for_staff(show_queue), methods=["GET"]),
        Route(ticket, for_staff(show_ticket), methods=["GET"]),
        Route(f"{ticket}/accept", for_staff(accept), methods=["POST"]),
        Route(f"{ticket}/messages", for_staff(write), methods=["POST"]),
        Route(f"{ticket}/typing", for_staff(typing), methods=["POST"]),
        Route(f"{ticket}/seen", for_staff(seen), methods=["POST"]),
        Route(f"{ticket}/resolve", for_staff(resolve), methods=["POST"]),
    ]


def show_queue(visit: Visit) -> Response:
    """Who waits."""
    view = visit.request.query_params.get("view", queue.VIEWS[0])
    if view not in queue.VIEWS:
        raise NotFound(f"The queue has no view '{view}': {', '.join(queue.VIEWS)} are there.")
    with reading(visit.engine) as connection:
        rows = queue.rows(connection, view, visit.staff.id)
    return page(visit, "queue.html", rows=rows, view=view, limit=queue.MAX_ROWS)


def show_ticket(visit: Visit) -> Response:
    """One conversation, with everything known of it."""
    number = _number(visit)
    with reading(visit.engine) as connection:
        ticket = tickets.get(connection, number)
        said = tickets.messages(connection, number)
    if ticket.staff_id == visit.staff.id and said and said[-1].id > ticket.seen_id:
        with transaction(visit.engine) as connection:
            actions.see(connection, number, visit.staff)
    earlier = ticket.context.get("transcript", {}).get("messages", [])
    return page(
        visit,
        "ticket.html",
        ticket=ticket,
        before=transcript.from_transcript(earlier, ticket.customer, ticket.language),
        since=[transcript.from_desk(m, ticket.customer, ticket.language) for m in said],
        case=casefile.case_file(ticket.context),
        client_id=_client_id(),
        max_chars=MAX_TEXT_CHARS,
    )


def accept(visit: Visit) -> Response:
    """Takes the conversation."""
    with transaction(visit.engine) as connection:
        actions.accept(
            connection, _number(visit), visit.staff, take_over=visit.form.get("take_over") == "1"
        )
    return _back(visit)


def write(visit: Visit) -> Response:
    """Sends the agent's words."""
    with transaction(visit.engine) as connection:
        message = actions.write(
            connection,
            _number(visit),
            visit.staff,
            visit.form.get("text", ""),
            client_id=visit.form.get("client_id", ""),
        )
    if not wants_json(visit.request):
        return _back(visit)
    line = transcript.from_desk(message, "", None)
    return JSONResponse({"ok": True, "html": render("_message.html", line=line)})


def typing(visit: Visit) -> Response:
    """Tells the customer that somebody writes, if it can be done now."""
    with reading(visit.engine) as connection:
        ticket = tickets.get(connection, _number(visit))
    limit: RateLimit = visit.request.app.state.typing_limit
    if ticket.closed or ticket.staff_id != visit.staff.id or not limit.use(ticket.id):
        return Response(status_code=204)
    task = BackgroundTask(tell_typing, visit.settings, ticket, visit.staff)
    return Response(status_code=202, background=task)


def seen(visit: Visit) -> Response:
    """Notes that the agent has read what there is."""
    with transaction(visit.engine) as connection:
        actions.see(connection, _number(visit), visit.staff)
    return Response(status_code=204)


def resolve(visit: Visit) -> Response:
    """Gives the conversation back to the bot."""
    with transaction(visit.engine) as connection:
        actions.resolve(connection, _number(visit), visit.staff)
    return _back(visit)


def _number(visit: Visit) -> int:
    return int(visit.request.path_params["ticket"])


def _back(visit: Visit) -> Response:
    if wants_json(visit.request):
        return JSONResponse({"ok": True})
    return RedirectResponse(f"/desk/{_number(visit)}", 303)


def _client_id() -> str:
    return new_id()[:24].replace("_", "-")
