"""What the bot says to each intent: which have no answer, and writing one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused
from bot.console.train import answers as shown
from bot.console.web import Visit, for_trainers, page
from bot.errors import AnswerRefused, DataChanged, InboxError, NluError, TitleRefused
from bot.settings import LANGUAGES
from bot.trainer import answers
from bot.trainer.answers import Place

PATH = "/train/answers"
_SHOWN_ENTRIES = 10
_LONGEST_FIELD = 5_000


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/save", for_trainers(save), methods=["POST"]),
        Route(f"{PATH}/undo", for_trainers(undo), methods=["POST"]),
    ]


def address(intent: str, **more: str) -> str:
    """Where an intent is answered."""
    return f"{PATH}?{urlencode({'intent': intent, **more})}"


def show(visit: Visit) -> Response:
    """The intents, and the answer of one."""
    asked = visit.request.query_params
    return _page(visit, asked.get("intent", ""), saved=asked.get("saved", ""))


def save(visit: Visit) -> Response:
    """Writes an answer, or changes its texts, and what the intent is called on a button; what is
    refused stays in the fields."""
    form = visit.form
    intent, way = form.get("intent", ""), form.get("way", answers.AS_IT_IS)
    given = _fields(form, "text"), _fields(form, "title")
    texts, titles = given
    seen = form.get("seen", "")
    try:
        entry = answers.save(
            _place(visit), intent, visit.staff.login, way, texts, titles=titles, seen=seen
        )
    except DataChanged as error:
        return _page(visit, intent, overtaken=error, given=given, status=409)
    except NluError as error:
        return _page(visit, intent, refused=error, way=way, given=given, status=409)
    return RedirectResponse(address(intent, saved=entry.id if entry else "same"), 303)


def undo(visit: Visit) -> Response:
    """Takes back what this trainer wrote last."""
    try:
        entry = answers.undo(_place(visit), visit.staff.login)
    except (InboxError, NluError) as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(address(entry.intent, saved=entry.id), 303)


def _page(
    visit: Visit,
    intent: str,
    *,
    saved: str = "",
    refused: NluError | None = None,
    overtaken: NluError | None = None,
    way: str = "",
    given: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    status: int = 200,
) -> Response:
    place = _place(visit)
    trouble, read, entries = "", None, []
    try:
        read = answers.read_answers(place.project)
        entries = answers.read_journal(place.journal)
    except NluError as error:
        trouble = str(error)
    sizes, examples = shown.examples_of(intent)
    rows = shown.rows(read.by_intent.values() if read else (), sizes)
    if not intent and rows and rows[0].answer.missing:
        intent = rows[0].answer.intent
        _, examples = shown.examples_of(intent)
    chosen = next((row for row in rows if row.answer.intent == intent), None)
    response, title = (chosen.answer.response, chosen.answer.title) if chosen else (None, None)
    texts, titles = given if not overtaken else ({}, {})
    title_refused = isinstance(refused, TitleRefused)
    wrong = refused.languages if isinstance(refused, AnswerRefused) else ()
    mine = [each for each in answers.standing(entries) if each.by == visit.staff.login]
    return page(
        visit,
        "train_answers.html",
        status=status,
        trouble=trouble,
        domain=place.project.domain.as_posix(),
        rows=rows,
        missing=sum(row.answer.missing for row in rows),
        asked=intent,
        chosen=chosen,
        examples=examples,
        texts={**_present(response), **texts},
        titles={**_present(title), **titles},
        kept=given if overtaken else ({}, {}),
        way=way,
        refused=refused,
        wrong=() if title_refused else wrong,
        wrong_titles=wrong if title_refused else (),
        overtaken=overtaken,
        saved=next((each for each in entries if each.id == saved), None),
        same=saved == "same",
        history=[each for each in reversed(entries) if each.intent == intent][:_SHOWN_ENTRIES],
        last=mine[-1] if mine else None,
        shown=shown,
        most=answers.MOST_CHARACTERS,
        most_of_a_title=answers.MOST_OF_A_TITLE,
        languages=LANGUAGES,
    )


def _fields(form: Mapping[str, str], name: str) -> dict[str, str]:
    """What was written in each language."""
    return {
        language: form[f"{name}-{language}"][:_LONGEST_FIELD]
        for language in LANGUAGES
        if f"{name}-{language}" in form
    }


def _present(response: answers.Response | None) -> dict[str, str]:
    """The texts that the fields begin with."""
    return {} if response is None or response.refusal else dict(response.texts)


def _place(visit: Visit) -> Place:
    return Place(journal=visit.settings.var / "answers.jsonl")
