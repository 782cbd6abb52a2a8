"""The replies that agents keep: a list, and a form for each."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.desk import replies
from bot.console.desk.replies import Reply
from bot.console.errors import ActionRefused
from bot.console.web import Visit, for_agents, page
from bot.settings import LANGUAGES
from bot.storage.database import reading, transaction


def routes() -> list[Route]:
    """The routes."""
    return [
        Route("/replies", for_agents(show), methods=["GET"]),
        Route("/replies", for_agents(save), methods=["POST"]),
        Route("/replies/new", for_agents(write), methods=["GET"]),
        Route("/replies/{name}/edit", for_agents(edit), methods=["GET"]),
        Route("/replies/{name}/remove", for_agents(remove), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """All of them."""
    with reading(visit.engine) as connection:
        found = replies.every(connection)
    return page(visit, "replies.html", replies=found)


def write(visit: Visit) -> Response:
    """An empty form."""
    return _form(visit, Reply("", {}), before="")


def edit(visit: Visit) -> Response:
    """The form of one reply."""
    with reading(visit.engine) as connection:
        found = replies.get(connection, visit.request.path_params["name"])
    return _form(visit, found, before=found.name)


def save(visit: Visit) -> Response:
    """Takes the form; one that cannot be kept is shown again with what was written."""
    name, before = visit.form.get("name", ""), visit.form.get("before", "")
    texts: Mapping[str, str] = {code: visit.form.get(f"text_{code}", "") for code in LANGUAGES}
    try:
        with transaction(visit.engine) as connection:
            replies.save(connection, visit.staff, name, texts, before=before or None)
    except ActionRefused as error:
        return _form(visit, Reply(name, texts), before=before, error=error)
    return RedirectResponse("/replies", 303)


def remove(visit: Visit) -> Response:
    """Forgets a reply."""
    with transaction(visit.engine) as connection:
        replies.remove(connection, visit.request.path_params["name"])
    return RedirectResponse("/replies", 303)


def _form(
    visit: Visit, reply: Reply, *, before: str, error: ActionRefused | None = None
) -> Response:
    return page(
        visit,
        "reply.html",
        status=error.status if error else 200,
        reply=reply,
        before=before,
        languages=LANGUAGES,
        max_chars=replies.MAX_TEXT_CHARS,
        error=str(error) if error else "",
    )
