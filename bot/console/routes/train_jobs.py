"""Long work on the trainer's pages: how far it is, and cancelling it."""

from __future__ import annotations

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import NotFound
from bot.console.web import Visit, for_trainers, render, wants_json
from bot.errors import JobUnknown
from bot.storage.database import reading
from bot.trainer import jobs


def routes() -> list[Route]:
    """The routes."""
    return [
        Route("/train/jobs/{job:number}", for_trainers(show), methods=["GET"]),
        Route("/train/jobs/{job:number}/cancel", for_trainers(cancel), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """How far a job is, for a script: its state, and the piece of a page that shows it."""
    try:
        with reading(visit.engine) as connection:
            job = jobs.get(connection, int(visit.request.path_params["job"]))
    except JobUnknown as error:
        raise NotFound(str(error)) from error
    html = render("_job.html", job=job, csrf=visit.csrf)
    return JSONResponse({"ok": True, "state": job.state, "html": html})


def cancel(visit: Visit) -> Response:
    """Ends a job."""
    try:
        job = jobs.cancel(visit.engine, int(visit.request.path_params["job"]), visit.staff.login)
    except JobUnknown as error:
        raise NotFound(str(error)) from error
    if wants_json(visit.request):
        return JSONResponse({"ok": True, "state": job.state})
    back = visit.form.get("page", "")
    return RedirectResponse(back if back.startswith("/train/") else "/train/inbox", 303)
