"""The trainer's inbox: what customers wrote, to be labelled."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.console.web import Visit, for_trainers, page


def routes() -> list[Route]:
    """The routes."""
    return [Route("/train/inbox", for_trainers(show), methods=["GET"])]


def show(visit: Visit) -> Response:
    """The messages that are open."""
    return page(visit, "train_inbox.html")
