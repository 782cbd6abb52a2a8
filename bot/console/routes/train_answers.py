"""What the bot says to each intent: which have no answer, and writing one; and what customers say
when they mean it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused
from bot.console.numbers import number_in
from bot.console.train import answers as shown
from bot.console.web import Visit, for_trainers, page
from bot.errors import DataChanged, InboxError, NluError
from bot.settings import LANGUAGES
from bot.trainer import answers
from bot.trainer.answers import Adding, Place
from bot.trainer.nlu_files import Remove

PATH = "/train/answers"
_SHOWN_ENTRIES = 10


@dataclass(frozen=True)
class _Told:
    """What became of what a trainer sent.

    Attributes:
        texts, titles: as they were written.
        adding: what became of examples; `lines` as they were written where nothing could.
    """

    refused: NluError | None = None
    overtaken: NluError | None = None
    way: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    adding: Adding | None = None
    not_added: NluError | None = None
    language: str = ""
    lines: str = ""


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/save", for_trainers(save), methods=["POST"]),
        Route(f"{PATH}/undo", for_trainers(undo), methods=["POST"]),
        Route(f"{PATH}/examples", for_trainers(add), methods=["POST"]),
        Route(f"{PATH}/examples/remove", for_trainers(remove), methods=["POST"]),
    ]


def address(intent: str, **more: str) -> str:
    """Where an intent is answered."""
    return f"{PATH}?{urlencode({'intent': intent, **more})}"


def show(visit: Visit) -> Response:
    """The intents, and the answer of one."""
    return _page(visit, visit.request.query_params.get("intent", ""))


def save(visit: Visit) -> Response:
    """Writes an answer, or changes it or its texts, and what the intent is called on a button; what
    is refused stays in the fields."""
    form = visit.form
    intent, way = form.get("intent", ""), form.get("way", answers.AS_IT_IS)
    texts, titles = _fields(form, "text"), _fields(form, "title")
    by, seen = visit.staff.login, form.get("seen", "")
    try:
        entry = answers.save(_place(visit), intent, by, way, texts, titles=titles, seen=seen)
    except DataChanged as error:
        told = _Told(overtaken=error, texts=texts, titles=titles)
        return _page(visit, intent, told, status=409)
    except NluError as error:
        told = _Told(refused=error, way=way, texts=texts, titles=titles)
        return _page(visit, intent, told, status=409)
    return RedirectResponse(address(intent, saved=entry.id if entry else "same"), 303)


def undo(visit: Visit) -> Response:
    """Takes back what this trainer wrote last, or the change of examples that the form names."""
    number = number_in(visit.form.get("change", ""))
    try:
        if number is not None:
            change = answers.undo_examples(_place(visit), number, visit.staff.login)
            return RedirectResponse(address(change.about, done="undone"), 303)
        entry = answers.undo(_place(visit), visit.staff.login)
    except (InboxError, NluError) as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(address(entry.intent, saved=entry.id), 303)


def add(visit: Visit) -> Response:
    """Adds examples; those that are refused stay in the field, with the reason."""
    form = visit.form
    intent, language, lines = (form.get(each, "") for each in ("intent", "language", "lines"))
    try:
        adding = answers.add_examples(
            _place(visit),
            intent,
            language,
            lines,
            visit.staff.login,
            invented=form.get("invented") == "yes",
        )
    except NluError as error:
        told = _Told(not_added=error, language=language, lines=lines)
        return _page(visit, intent, told, status=409)
    if adding.refused:
        left = "\n".join(each.line for each in adding.refused)
        told = _Told(adding=adding, language=language, lines=left)
        return _page(visit, intent, told, status=409)
    counts = {"added": str(adding.added), "there": str(len(adding.there)), "language": language}
    return RedirectResponse(address(intent, done="added", **counts), 303)


def remove(visit: Visit) -> Response:
    """Takes an example out of the training files."""
    form = visit.form
    intent, language, marked = (form.get(each, "") for each in ("intent", "language", "marked"))
    gone = Remove(language, intent, marked)
    try:
        answers.remove_example(_place(visit), gone, visit.staff.login)
    except NluError as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(address(intent, done="removed", language=language), 303)


def _page(visit: Visit, intent: str, told: _Told | None = None, *, status: int = 200) -> Response:
    told = told or _Told()
    asked = visit.request.query_params
    place, login = _place(visit), visit.staff.login
    trouble, read, entries, last = "", None, [], None
    try:
        read = answers.read_answers(place.project)
        entries = answers.read_journal(place.journal)
        last = shown.last(entries, answers.last_of(place, login), login)
    except NluError as error:
        trouble = str(error)
    sizes, examples = shown.examples_of(intent)
    rows = shown.rows(read.by_intent.values() if read else (), sizes)
    if not intent and rows and rows[0].answer.missing:
        intent = rows[0].answer.intent
        _, examples = shown.examples_of(intent)
    chosen = next((row for row in rows if row.answer.intent == intent), None)
    response, title = (chosen.answer.response, chosen.answer.title) if chosen else (None, None)
    kept = told.overtaken is None
    saved = asked.get("saved", "")
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
        texts={**_present(response), **(told.texts if kept else {})},
        titles={**_present(title), **(told.titles if kept else {})},
        told=told,
        wrong=answers.by_field(told.refused) if told.refused else {},
        saved=next((each for each in entries if each.id == saved), None),
        same=saved == "same",
        done=shown.done(asked),
        language=told.language or shown.language_of(asked, examples),
        history=[each for each in reversed(entries) if each.intent == intent][:_SHOWN_ENTRIES],
        last=last,
        shown=shown,
        most=answers.MOST_CHARACTERS,
        most_of_a_title=answers.MOST_OF_A_TITLE,
        languages=LANGUAGES,
    )


def _fields(form: Mapping[str, str], name: str) -> dict[str, str]:
    """What was written in each language."""
    return {
        language: form[f"{name}-{language}"]
        for language in LANGUAGES
        if f"{name}-{language}" in form
    }


def _present(response: answers.Response | None) -> dict[str, str]:
    """The texts that the fields begin with."""
    return {} if response is None or response.refusal else dict(response.texts)


def _place(visit: Visit) -> Place:
    return Place(journal=visit.settings.var / "answers.jsonl")
