"""What is on record: whole conversations and their deletion, and the webhooks on their way."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console import deliveries, roles, transcript
from bot.console.errors import NotFound
from bot.console.web import Visit, for_admins, for_agents, page
from bot.handoff import outbox
from bot.handoff.context import transcript_line
from bot.handoff.lookup import of_conversation
from bot.privacy import erasure
from bot.privacy.kept import kept_of
from bot.storage import conversations
from bot.storage.conversations import Conversation
from bot.storage.database import reading, transaction
from bot.trainer.stories.finding import stories_of


def routes() -> list[Route]:
    """The routes."""
    return [
        Route("/conversations/{conversation_id:path}/forget", for_admins(ask), methods=["GET"]),
        Route("/conversations/{conversation_id:path}/forget", for_admins(forget), methods=["POST"]),
        Route("/conversations/{conversation_id:path}", for_agents(conversation), methods=["GET"]),
        Route("/deliveries", for_agents(show_deliveries), methods=["GET"]),
        Route("/deliveries/{number:number}/replay", for_agents(replay), methods=["POST"]),
    ]


def conversation(visit: Visit) -> Response:
    """A whole conversation as it is stored."""
    conversation_id = visit.request.path_params["conversation_id"]
    with reading(visit.engine) as connection:
        found = conversations.find(connection, conversation_id)
        if found is None:
            raise NotFound(f"There is no conversation '{conversation_id}'.")
        spoken = conversations.history(connection, conversation_id)
        handoffs = of_conversation(connection, conversation_id)
    name = _name(found)
    lines = transcript.from_transcript(
        [transcript_line(message, visit.settings) for message in spoken], name, found.language
    )
    return page(
        visit,
        "conversation.html",
        conversation=found,
        customer=name,
        lines=lines,
        handoffs=handoffs,
        may_make_story=visit.staff.role in roles.TRAINERS,
        may_forget=visit.staff.role in roles.ADMINS,
    )


def ask(visit: Visit) -> Response:
    """What goes when a conversation is deleted, and what stays."""
    return _ask(visit)


def forget(visit: Visit) -> Response:
    """Deletes a conversation for good; one that is in use only if that is wanted."""
    conversation_id = visit.request.path_params["conversation_id"]
    with reading(visit.engine) as connection:
        stories = stories_of(connection, [conversation_id])
    done = erasure.erase(
        visit.engine,
        visit.settings,
        [conversation_id],
        erasure.Asked(visit.staff.login, erasure.BY_ID),
        even_busy=bool(visit.form.get("even_busy")),
    )
    if done.busy:
        return _ask(visit, refused=done.busy[0].reason)
    if not done.erased:
        raise NotFound(f"Nothing is kept of a conversation '{conversation_id}'.")
    return page(visit, "forgotten.html", erased=done.erased[0], stories=stories)


def _ask(visit: Visit, *, refused: str = "") -> Response:
    conversation_id = visit.request.path_params["conversation_id"]
    with reading(visit.engine) as connection:
        kept = kept_of(connection, conversation_id)
        if kept.nothing:
            raise NotFound(f"Nothing is kept of a conversation '{conversation_id}'.")
        found = conversations.find(connection, conversation_id)
        stories = stories_of(connection, [conversation_id])
    return page(
        visit,
        "forget.html",
        status=409 if refused else 200,
        kept=kept,
        customer=_name(found) if found else conversation_id,
        stories=stories,
        refused=refused,
    )


def _name(conversation: Conversation) -> str:
    return str(conversation.customer.get("name") or "") or f"Customer {conversation.id[-6:]}"


def show_deliveries(visit: Visit) -> Response:
    """The outbox: what waits and what was given up."""
    with reading(visit.engine) as connection:
        found = deliveries.undelivered(connection)
        depth = outbox.depth(connection)
    return page(visit, "deliveries.html", deliveries=found, depth=depth, limit=deliveries.MAX_ROWS)


def replay(visit: Visit) -> Response:
    """Tries a delivery that was given up once more."""
    with transaction(visit.engine) as connection:
        if not outbox.replay(connection, visit.request.path_params["number"]):
            raise NotFound("This delivery is not among those given up. Reload the list.")
    return RedirectResponse("/deliveries", 303)
