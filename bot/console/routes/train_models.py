"""The models: which one is live, shipping, what got better and worse, going back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused
from bot.console.people import by_whom
from bot.console.train.stories import broken_stories
from bot.console.web import Visit, for_trainers, page
from bot.errors import JobBusy, ModelError, NluError
from bot.storage.database import reading
from bot.trainer import answers, jobs
from bot.trainer.checks import Project
from bot.trainer.inbox import labels
from bot.trainer.models import find_model, go_back, history, list_models, live, previous, working
from bot.trainer.models.notes import read_notes
from bot.trainer.models.registry import MODELS
from bot.trainer.training import model_path

PATH, KIND = "/train/models", "ship"
STORIES = "stories"
SHOWN = 100


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/ship", for_trainers(ship), methods=["POST"]),
        Route(f"{PATH}/back", for_trainers(back), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """The models, and what the last ship said."""
    with reading(visit.engine) as connection:
        models = list_models(connection, MODELS)
        now, before = live(connection), previous(connection)
        job = jobs.latest(connection, KIND)
        stories = jobs.latest(connection, STORIES)
        played = jobs.latest(connection, STORIES, state="done")
        servers, past = working(connection), history(connection)
        by = by_whom(connection)
    verdict, judged_at = _verdict(job), (job.ended_at or 0.0) if job else 0.0
    answering = now.model if now else servers[0].model if servers else None
    changing = now is not None and any(
        now.model not in (server.model, server.refused) for server in servers
    )
    return page(
        visit,
        "train_models.html",
        models=models,
        trained={model.name: model.trained_at for model in models},
        by=by,
        live=now,
        previous=before,
        job=job,
        told=None if job is None else job.result,
        verdict=verdict,
        broken=broken_stories(verdict or {}, judged_at, (played.result if played else None) or {}),
        expecting=_expecting(stories, judged_at),
        servers=servers,
        changing=changing,
        history=past,
        answering=answering,
        changed=answering not in (None, model_path().name),
        unanswered=_unanswered(answering),
        shown=SHOWN,
    )


def ship(visit: Visit) -> Response:
    """Starts to train, gate and ship a model of today's data; or gates and ships one given."""
    arguments: dict[str, Any] = {"by": visit.staff.login}
    try:
        if visit.form.get("model"):
            arguments["model"] = find_model(visit.form["model"], MODELS).name
        jobs.start(visit.engine, visit.settings, KIND, arguments, visit.staff.login)
    except (JobBusy, ModelError) as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(PATH, 303)


def back(visit: Visit) -> Response:
    """Goes back to the model before, at once."""
    with reading(visit.engine) as connection:
        now = live(connection)
    if now is None or now.model != visit.form.get("live"):
        raise ActionRefused("Another model has become live meanwhile. Reload the page.")
    try:
        go_back(visit.engine, MODELS, visit.staff.login)
    except ModelError as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(PATH, 303)


def _unanswered(answering: str | None) -> list[str]:
    """Intents for which Ship would be blocked, as they have no answer and the live model had none.

    What cannot be read is told by Ship itself.
    """
    try:
        read = answers.read_answers(Project())
        before = read_notes(MODELS / answering).unanswered if answering else None
    except NluError:
        return []
    missing = [each.intent for each in read.by_intent.values() if each.missing]
    known = labels() if missing else set()
    return [intent for intent in missing if intent not in (before or ()) and intent in known]


def _expecting(stories: jobs.Job | None, judged_at: float) -> jobs.Job | None:
    """The work of making a story expect what a model does, if it began since the verdict."""
    asked = stories is not None and stories.arguments.get("expect")
    return stories if stories and asked and stories.started_at > judged_at else None


def _verdict(job: jobs.Job | None) -> Mapping[str, Any] | None:
    if job is None or job.result is None:
        return None
    verdict: Mapping[str, Any] | None = job.result.get("gate")
    return verdict
