"""What is on record: whole conversations, and the webhooks on their way."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console import deliveries, roles, transcript
from bot.console.errors import NotFound
from bot.console.web import Visit, for_agents, page
from bot.handoff import outbox
from bot.handoff.context import transcript_line
from bot.handoff.lookup import of_conversation
from bot.storage import conversations
from bot.storage.database import reading, transaction


def routes() -> list[Route]:
    """The routes."""
    return [
        Route("/conversations/{conversation_id:path}", for_agents(conversation), methods=["GET"]),
        Route("/deliveries", for_agents(show_deliveries), methods=["GET"]),
        Route("/deliveries/{number:int}/replay", for_agents(replay), methods=["POST"]),
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
    name = str(found.customer.get("name") or "") or f"Customer {conversation_id[-6:]}"
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
    )


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
