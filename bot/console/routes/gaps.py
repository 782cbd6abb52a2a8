"""Knowledge gaps: a page and a table to download."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.console.roles import TRAINERS
from bot.console.web import Visit, for_staff, page
from bot.insight.knowledge_gaps import DAYS, agents_answers, recent_gaps
from bot.storage.database import reading
from bot.trainer.inbox import reviews_of
from kb_connector.gaps import as_csv

MOST = 50


def routes() -> list[Route]:
    """The routes."""
    return [
        Route("/gaps", for_staff(show), methods=["GET"]),
        Route("/gaps.csv", for_staff(table), methods=["GET"]),
    ]


def show(visit: Visit) -> Response:
    """What customers asked and no article answered, the most asked for first."""
    found = recent_gaps(visit.knowledge_base)
    asked = {(gap.question, gap.lang) for gap in found[:MOST]}
    with reading(visit.engine) as connection:
        rows = [(gap, agents_answers(connection, gap)) for gap in found[:MOST]]
        reviews = reviews_of(connection, asked) if visit.staff.role in TRAINERS else {}
    more = len(found) - len(rows)
    return page(visit, "gaps.html", rows=rows, reviews=reviews, days=DAYS, more=more)


def table(visit: Visit) -> Response:
    """The same as CSV."""
    found = recent_gaps(visit.knowledge_base)
    headers = {"content-disposition": "attachment; filename=gaps.csv"}
    return Response("\ufeff" + as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)
