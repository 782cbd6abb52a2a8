"""How well customers are understood: started and read by trainers."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused, NotFound
from bot.console.train import evaluation as shown
from bot.console.transcript import iso
from bot.console.web import Visit, for_trainers, page
from bot.errors import JobError, NluError
from bot.storage.database import reading
from bot.trainer import jobs
from bot.trainer.evaluation_report import job as evaluation

KIND = "evaluate"
PATH = "/train/evaluation"
_FILES = {
    evaluation.REPORT: {"report.html", "report.json", "junit.xml"},
    evaluation.BEHAVIOUR: {"behaviour.html", "behaviour.json", "junit.xml"},
}
_PICTURE = re.compile(r"[a-z]{1,20}\.png")


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/start", for_trainers(start), methods=["POST"]),
        Route(f"{PATH}/pictures/{{name}}", for_trainers(picture), methods=["GET"]),
        Route(f"{PATH}/files/{{what}}/{{name}}", for_trainers(download), methods=["GET"]),
    ]


def show(visit: Visit) -> Response:
    """The last evaluation, and the one that runs."""
    trouble, reports = "", {}
    for what in _FILES:
        try:
            reports[what] = evaluation.read_report(visit.settings, what)
        except NluError as error:
            trouble, reports[what] = str(error), None
    with reading(visit.engine) as connection:
        latest = jobs.latest(connection, KIND)
    return page(
        visit,
        "train_evaluation.html",
        job=latest,
        shown=shown,
        trouble=trouble,
        report=reports[evaluation.REPORT],
        behaviour=reports[evaluation.BEHAVIOUR],
        made_at={what: iso(one["made_at"]) for what, one in reports.items() if one},
    )


def start(visit: Visit) -> Response:
    """Starts one."""
    what = visit.form.get("what", "")
    if what not in _FILES:
        raise ActionRefused("There is no such evaluation. Reload the page.")
    try:
        jobs.start(visit.engine, visit.settings, KIND, {"what": what}, by=visit.staff.login)
    except JobError as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(PATH, 303)


def picture(visit: Visit) -> Response:
    """A picture of the last report."""
    name = visit.request.path_params["name"]
    if not _PICTURE.fullmatch(name):
        raise NotFound("There is no such picture.")
    return _file(evaluation.folder_of(visit.settings, evaluation.REPORT) / name)


def download(visit: Visit) -> Response:
    """A file of a report, to be kept."""
    what, name = (visit.request.path_params[part] for part in ("what", "name"))
    if name not in _FILES.get(what, set()):
        raise NotFound("There is no such file.")
    return _file(evaluation.folder_of(visit.settings, what) / name, as_name=f"{what}-{name}")


def _file(path: Path, as_name: str | None = None) -> Response:
    if not path.is_file():
        raise NotFound("It is not there yet. Start the evaluation, and come back.")
    # As a download: the page's own styles would be refused by our policy.
    return FileResponse(path, filename=as_name)
