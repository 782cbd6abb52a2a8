"""The desk's pages and what agents do on them."""

from __future__ import annotations

from dataclasses import asdict

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.console import articles, casefile, history, staff, transcript
from bot.console.desk import actions, presence, queue, related, replies, search, tickets
from bot.console.desk.typing import tell_typing
from bot.console.errors import ActionRefused, NotFound
from bot.console.numbers import number_in
from bot.console.session import new_id
from bot.console.web import Visit, for_agents, page, render, wants_json
from bot.handoff import words
from bot.handoff.inbound import MAX_TEXT_CHARS
from bot.rate_limit import RateLimit
from bot.settings import LANGUAGES
from bot.storage.database import reading, transaction
from kb_connector.knowledge_base import KnowledgeBase


def routes() -> list[Route]:
    """The routes."""
    ticket = "/desk/{ticket:number}"
    return [
        Route("/desk", for_agents(show_queue), methods=["GET"]),
        Route(ticket, for_agents(show_ticket), methods=["GET"]),
        Route(f"{ticket}/accept", for_agents(accept), methods=["POST"]),
        Route(f"{ticket}/messages", for_agents(write), methods=["POST"]),
        Route(f"{ticket}/notes", for_agents(annotate), methods=["POST"]),
        Route(f"{ticket}/give", for_agents(give), methods=["POST"]),
        Route(f"{ticket}/replies", for_agents(show_replies), methods=["GET"]),
        Route(f"{ticket}/articles", for_agents(find_articles), methods=["GET"]),
        Route(f"{ticket}/articles/{{position:number}}", for_agents(show_article), methods=["GET"]),
        Route(f"{ticket}/here", for_agents(here), methods=["POST"]),
        Route(f"{ticket}/gone", for_agents(gone), methods=["POST"]),
        Route(f"{ticket}/typing", for_agents(typing), methods=["POST"]),
        Route(f"{ticket}/seen", for_agents(seen), methods=["POST"]),
        Route(f"{ticket}/resolve", for_agents(resolve), methods=["POST"]),
    ]


def show_queue(visit: Visit) -> Response:
    """Who waits; with `?q=` the tickets that have those words."""
    asked = visit.request.query_params.get("q", "").strip()[: search.MAX_ASKED_CHARS]
    if asked:
        with reading(visit.engine) as connection:
            rows = queue.found(connection, asked)
        return page(visit, "queue.html", rows=rows, view="found", asked=asked, limit=queue.MAX_ROWS)
    view = visit.request.query_params.get("view", queue.VIEWS[0])
    if view not in queue.VIEWS:
        raise NotFound(f"The queue has no view '{view}': {', '.join(queue.VIEWS)} are there.")
    with reading(visit.engine) as connection:
        rows = queue.rows(connection, view, visit.staff.id)
    return page(visit, "queue.html", rows=rows, view=view, asked="", limit=queue.MAX_ROWS)


def show_ticket(visit: Visit) -> Response:
    """One conversation, with everything known of it."""
    number = _number(visit)
    with reading(visit.engine) as connection:
        ticket = tickets.get(connection, number)
        said = tickets.messages(connection, number)
        others = related.of_customer(connection, ticket)
        known = [ticket.handoff_id, *(other.handoff_id for other in others)]
        elsewhere = history.elsewhere(connection, ticket.conversation_id, known)
        past = history.of_handoff(connection, ticket.handoff_id)
        colleagues = staff.colleagues(connection, visit.staff)
        here_too = presence.others(connection, number, visit.staff.id)
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
        related=others,
        elsewhere=elsewhere,
        history=past,
        colleagues=colleagues,
        others=here_too,
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
            settings=visit.settings,
            attachments=visit.form.get("attachments", "").split(),
        )
        presence.stop_writing(connection, message.ticket_id, visit.staff.id)
    return _written(visit, message)


def annotate(visit: Visit) -> Response:
    """Keeps a note for colleagues."""
    with transaction(visit.engine) as connection:
        message = actions.annotate(
            connection,
            _number(visit),
            visit.staff,
            visit.form.get("text", ""),
            client_id=visit.form.get("client_id", ""),
        )
        presence.stop_writing(connection, message.ticket_id, visit.staff.id)
    return _written(visit, message)


def give(visit: Visit) -> Response:
    """Gives the conversation to a colleague, or leaves it for anyone."""
    to = visit.form.get("to", "")
    with transaction(visit.engine) as connection:
        if to == "anyone":
            actions.leave(connection, _number(visit), visit.staff)
        elif (colleague := number_in(to)) is not None:
            actions.give(
                connection,
                _number(visit),
                visit.staff,
                staff.find(connection, colleague),
                note=visit.form.get("note", ""),
            )
        else:
            raise ActionRefused("Nobody was chosen. Choose a colleague, or leave it for anyone.")
    return _back(visit)


def show_replies(visit: Visit) -> Response:
    """The kept replies as they would be sent to this customer."""
    with reading(visit.engine) as connection:
        ticket = tickets.get(connection, _number(visit))
        found = replies.for_ticket(connection, ticket, visit.staff)
    shown = [asdict(reply) | {"in": words.language(reply.language)} for reply in found]
    return JSONResponse({"ok": True, "replies": shown, "language": ticket.language})


def find_articles(visit: Visit) -> Response:
    """The articles for `?q=` in the customer's language, each as a reply where it may be one."""
    query = visit.request.query_params.get("q", "").strip()
    with reading(visit.engine) as connection:
        spoken = tickets.get(connection, _number(visit)).language
    language = spoken if spoken in LANGUAGES else LANGUAGES[0]
    found = articles.find(visit.knowledge_base, query, language) if query else []
    return JSONResponse({"ok": True, "articles": [asdict(article) for article in found]})


def show_article(visit: Visit) -> Response:
    """The text that answers with one of the suggested articles."""
    position = int(visit.request.path_params["position"])
    with reading(visit.engine) as connection:
        ticket = tickets.get(connection, _number(visit))
    found = [each for each in casefile.suggested(ticket.context) if each.position == position]
    if not found or not found[0].public or not found[0].article.url:
        raise NotFound("There is no such article for customers. Choose another.")
    link = found[0].article
    question = articles.question_of(ticket.context)
    # Without the search, and so without what makes it slow to begin.
    base = KnowledgeBase(visit.engine, base_url=visit.settings.url, create_tables=False)
    text = articles.as_reply(base, link.text, link.url or "", question)
    return JSONResponse({"ok": True, "text": text})


def here(visit: Visit) -> Response:
    """Notes that the agent looks at the ticket."""
    with transaction(visit.engine) as connection:
        presence.look(connection, tickets.get(connection, _number(visit)).id, visit.staff.id)
    return Response(status_code=204)


def gone(visit: Visit) -> Response:
    """Notes that the agent looks elsewhere."""
    with transaction(visit.engine) as connection:
        presence.leave(connection, _number(visit), visit.staff.id)
    return Response(status_code=204)


def typing(visit: Visit) -> Response:
    """Tells colleagues that somebody writes, and the customer, if it is to them.

    `for=note` in the form: it is not.
    """
    with transaction(visit.engine) as connection:
        ticket = tickets.get(connection, _number(visit))
        presence.look(connection, ticket.id, visit.staff.id, writing=True)
    if visit.form.get("for") == "note":
        return Response(status_code=204)
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


def _written(visit: Visit, message: tickets.DeskMessage) -> Response:
    if not wants_json(visit.request):
        return _back(visit)
    line = transcript.from_desk(message, "", None)
    return JSONResponse({"ok": True, "html": render("_message.html", line=line)})


def _back(visit: Visit) -> Response:
    if wants_json(visit.request):
        return JSONResponse({"ok": True})
    return RedirectResponse(f"/desk/{_number(visit)}", 303)


def _client_id() -> str:
    return new_id()[:24].replace("_", "-")
