"""The trainer's inbox: what customers wrote, to be labelled.

A script asks for JSON and gets pieces of the page; without scripts, the same addresses are pages.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused, FormRefused, NotFound
from bot.console.numbers import number_in
from bot.console.routes.train_answers import address
from bot.console.train import inbox as shown
from bot.console.train.inbox import Asked
from bot.console.train.troubles import training_troubles
from bot.console.web import Visit, for_trainers, page, render, wants_json
from bot.errors import (
    InboxError,
    IntentUnknown,
    NluDataInvalid,
    NluError,
    ReviewChanged,
    ReviewUnknown,
    SvaraError,
)
from bot.handoff import words
from bot.settings import LANGUAGES
from bot.storage.database import reading
from bot.trainer import inbox
from bot.trainer.inbox import Done, Inbox, Review, Seen
from bot.trainer.inbox.intents import readable_catalogue
from bot.trainer.inbox.running import start_reading
from bot.trainer.nlu_files.changes import intent_name

logger = logging.getLogger(__name__)

PAGE_ROWS = 50
MAX_BULK = 500
MAX_PARTS = 20
MAX_WORDS = 200
_DOMAIN = Path("domain.yml")


def routes() -> list[Route]:
    """The routes."""
    review = "/train/inbox/{review:number}"
    return [
        Route("/train/inbox", for_trainers(show), methods=["GET"]),
        Route("/train/inbox/list", for_trainers(more), methods=["GET"]),
        Route("/train/inbox/news", for_trainers(news), methods=["GET"]),
        Route("/train/inbox/intents", for_trainers(intents), methods=["GET"]),
        Route("/train/inbox/name", for_trainers(name), methods=["GET"]),
        Route("/train/inbox/entity", for_trainers(entity), methods=["GET"]),
        Route("/train/inbox/bulk", for_trainers(bulk), methods=["POST"]),
        Route("/train/inbox/undo", for_trainers(undo), methods=["POST"]),
        Route(review, for_trainers(show_one), methods=["GET"]),
        Route(f"{review}/{{action}}", for_trainers(act), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """The inbox, with the first message open."""
    return _inbox_page(visit, None)


def show_one(visit: Visit) -> Response:
    """The inbox with this message open; for a script, the message alone."""
    number = int(visit.request.path_params["review"])
    if not wants_json(visit.request):
        return _inbox_page(visit, number)
    asked = _asked(visit)
    with _refusing():
        review, html = _detail(visit, number, asked)
        with reading(visit.engine) as connection:
            last = shown.last_said(inbox.history(connection, number))
    told = {"id": review.id, "version": review.version, "html": html, "last": last}
    return JSONResponse({"ok": True, **told})


def more(visit: Visit) -> Response:
    """More rows of the list."""
    asked, after = _asked(visit), visit.request.query_params.get("after", "")
    with reading(visit.engine) as connection:
        found = inbox.open_reviews(connection, asked.filter, PAGE_ROWS, number_in(after))
        # Counting goes through all of them; going on in the list needs no count.
        counts = inbox.counts(connection, asked.filter) if not after else None
    html = _rows(found.reviews, asked)
    total = counts.by_state.get(asked.state, 0) if counts else None
    return JSONResponse({"ok": True, "html": html, "next": found.next, "total": total})


def news(visit: Visit) -> Response:
    """The first `?rows=` rows as they are now, unless nothing has changed since `?token=`.

    Also how far the newest model is with reading the messages.
    """
    asked, query = _asked(visit), visit.request.query_params
    rows = number_in(query.get("rows", "")) or PAGE_ROWS
    with reading(visit.engine) as connection:
        token = inbox.stamp(connection)
        told: dict[str, Any] = {"ok": True, "token": token, "reading": shown.reading_of(connection)}
        if token != query.get("token"):
            found = inbox.open_reviews(connection, asked.filter, max(rows, PAGE_ROWS))
            total = inbox.counts(connection, asked.filter).by_state.get(asked.state, 0)
            told |= {"html": _rows(found.reviews, asked), "next": found.next, "total": total}
    return JSONResponse(told | {"troubles": training_troubles()})


def intents(visit: Visit) -> Response:
    """Intents whose name or examples are like `?q=`."""
    query = visit.request.query_params
    language = query.get("language", "")
    hits = inbox.search_intents(
        query.get("q", "")[:200], language=language if language in LANGUAGES else None, limit=12
    )
    found = [
        {
            "name": hit.name,
            "label": words.label(hit.name),
            "example": hit.example or "",
            "examples": hit.examples,
        }
        for hit in hits
    ]
    return JSONResponse({"ok": True, "intents": found, "troubles": training_troubles()})


def name(visit: Visit) -> Response:
    """What an intent about `?text=` will be called, or why it cannot be made."""
    text = visit.request.query_params.get("text", "")[:MAX_WORDS]
    known = readable_catalogue().sizes
    told = {"name": intent_name(text), "known": intent_name(text) in known}
    try:
        says = f"It will be called {inbox.new_name(text, known)}."
    except IntentUnknown as error:
        says = str(error)
        if told["known"]:
            says = f"There is {words.label(str(told['name']))} already."
    return JSONResponse({"ok": True, **told, "label": words.label(str(told["name"])), "says": says})


def entity(visit: Visit) -> Response:
    """What `?words=` are likely to be marked as, and why."""
    query = visit.request.query_params
    _, marked, _ = _names()
    likely = inbox.likely_entity(query.get("words", "")[:MAX_WORDS], _language(query), marked)
    because = shown.because(likely) if likely else ""
    return JSONResponse({"ok": True, "entity": likely and likely.entity, "because": because})


def act(visit: Visit) -> Response:
    """Does one of `ACTIONS` to a message."""
    action = ACTIONS.get(visit.request.path_params["action"])
    if action is None:
        raise NotFound("There is no such action.")
    number, form = int(visit.request.path_params["review"]), visit.form
    seen = Seen(number, _number(form, "version"), form.get("suggested") or None)
    with _refusing():
        done = action(_inbox(visit), seen, _by(visit), form)
    if done.made:
        try:
            start_reading(visit.engine, visit.settings)  # so that the parts have a prediction
        except (SvaraError, SQLAlchemyError, OSError) as error:
            # The split is made; at the next collecting they are read all the same.
            logger.error("The parts of a split message cannot be read at once: %s", error)
    return _answer(visit, visit.request.path_params["action"], done)


def bulk(visit: Visit) -> Response:
    """Does the same to several messages; each that cannot be done is told."""
    form = visit.form
    several = _seen(form)
    if not several or len(several) > MAX_BULK:
        raise FormRefused(f"Select 1 to {MAX_BULK} messages.")
    with _refusing():
        told = inbox.bulk(
            _inbox(visit),
            several,
            _by(visit),
            form.get("action", ""),
            intent=form.get("intent") or None,
        )
    done = [each.id for each in told if each.done is not None]
    refused = [{"id": each.id, "message": str(each.error)} for each in told if each.error]
    return JSONResponse({"ok": True, "done": done, "refused": refused})


def undo(visit: Visit) -> Response:
    """Takes back what this trainer did last, or last before what stays, `before`."""
    stays = number_in(visit.form.get("before", ""))
    with _refusing():
        try:
            done = inbox.undo(_inbox(visit), _by(visit), before=stays)
        except ReviewChanged as error:
            if error.action is None or not wants_json(visit.request):
                raise
            said = f"{error} Undo once more takes back what you did before that."
            return JSONResponse({"ok": False, "message": said, "stays": error.action}, 409)
    return _answer(visit, "undo", done)


Act = Callable[[Inbox, Seen, str, Mapping[str, str]], Done]


def _mark(at: Inbox, seen: Seen, by: str, form: Mapping[str, str]) -> Done:
    try:
        marks = [
            inbox.Mark(int(start), int(end), str(entity))
            for start, end, entity in json.loads(form.get("marks", "[]"))
        ]
    except (ValueError, TypeError) as error:
        raise FormRefused("The marks could not be read. Reload the page.") from error
    return inbox.mark(at, seen, by, marks)


def _split(at: Inbox, seen: Seen, by: str, form: Mapping[str, str]) -> Done:
    parts = [line.strip() for line in form.get("parts", "").splitlines() if line.strip()]
    if not 1 < len(parts) <= MAX_PARTS:
        raise ActionRefused(f"Write 2 to {MAX_PARTS} parts, each on a line of its own.")
    return inbox.split(at, seen, by, parts)


ACTIONS: Mapping[str, Act] = {
    "accept": lambda at, seen, by, form: inbox.accept(at, seen, by, language=_language(form)),
    "relabel": lambda at, seen, by, form: inbox.relabel(
        at, seen, by, form.get("intent", ""), language=_language(form)
    ),
    "new_intent": lambda at, seen, by, form: inbox.new_intent(
        at, seen, by, form.get("intent", ""), language=_language(form)
    ),
    "edit": lambda at, seen, by, form: inbox.edit(at, seen, by, form.get("text", "")),
    "mark": _mark,
    "language": lambda at, seen, by, form: inbox.set_language(
        at, seen, by, form.get("language", "")
    ),
    "split": _split,
    "not_for_bot": lambda at, seen, by, form: inbox.not_for_bot(at, seen, by),
    "skip": lambda at, seen, by, form: inbox.skip(at, seen, by),
    "reopen": lambda at, seen, by, form: inbox.reopen(at, seen, by),
}


def _answer(visit: Visit, action: str, done: Done) -> Response:
    asked, review = _asked(visit), done.review
    stays = action in ("edit", "mark", "language")
    new = address(review.intent) if action == "new_intent" and review.intent else ""
    if not wants_json(visit.request):
        if new:
            return RedirectResponse(new, 303)
        here = f"/train/inbox/{review.id}" if stays or action == "undo" else "/train/inbox"
        return RedirectResponse(here + asked.query, 303)
    said = shown.done(action, review.intent, review.language)
    answer: dict[str, Any] = {
        "ok": True,
        "said": said,
        "notes": list(done.notes),
        "id": review.id,
        "version": review.version,
        "made": list(done.made),
        "answer": new,
    }
    if stays:
        answer["row"] = _rows((review,), asked)
        answer["html"] = _detail(visit, review.id, asked)[1]
    return JSONResponse(answer)


def _inbox_page(visit: Visit, number: int | None) -> Response:
    asked = _asked(visit)
    with _refusing():
        with reading(visit.engine) as connection:
            token = inbox.stamp(connection)
            found = inbox.open_reviews(connection, asked.filter, PAGE_ROWS)
            counts = inbox.counts(connection, asked.filter)
            reading_now = shown.reading_of(connection)
        if number is None and found.reviews:
            number = found.reviews[0].id
        detail = None if number is None else _detail(visit, number, asked)[1]
    return page(
        visit,
        "train_inbox.html",
        asked=asked,
        counts_of=counts,
        total=counts.by_state.get(asked.state, 0),
        rows=found.reviews,
        next=found.next,
        token=token,
        reading=reading_now,
        selected=number,
        detail=detail,
        shown=shown,
    )


def _detail(visit: Visit, number: int, asked: Asked) -> tuple[Review, str]:
    which = number_in(visit.request.query_params.get("which", "")) or 0
    with reading(visit.engine) as connection:
        review = inbox.get_review(connection, number)
        around = inbox.around(connection, number, which=which)
        history = inbox.history(connection, number)
    entities, marked, offered = _names()
    line = shown.shown_line(review, entities)
    nearest = (
        ()
        if review.ranking
        else inbox.nearest_intents(review.words, review.language, offered=offered)
    )
    html = render(
        "_train_review.html",
        review=review,
        line=line,
        nearest=nearest,
        pieces=shown.pieces(line.marked, line.made_up),
        around=around,
        history=history,
        asked=asked,
        shown=shown,
        entities=marked,
        languages=LANGUAGES,
        csrf=visit.csrf,
    )
    return review, html


def _names() -> tuple[list[str], list[str], set[str]]:
    """All entities, those that are marked, and the intents; none of a domain that is broken.

    The page says that it is: `inbox.troubles`.
    """
    try:
        entities = inbox.entities_of(_DOMAIN)
        return entities, inbox.marked_entities(domain=_DOMAIN), inbox.labels(domain=_DOMAIN)
    except NluDataInvalid:
        return [], [], set()


def _rows(reviews: tuple[Review, ...], asked: Asked) -> str:
    return render("_train_rows.html", rows=reviews, asked=asked, shown=shown, selected=None)


def _asked(visit: Visit) -> Asked:
    return shown.read_asked(visit.request.query_params)


def _inbox(visit: Visit) -> Inbox:
    return Inbox(visit.engine)


def _by(visit: Visit) -> str:
    """Who acts, as it is kept and shown: a name alone may be two people's."""
    name, login = visit.staff.name, visit.staff.login
    return name if name.lower() == login.lower() else f"{name} ({login})"


def _language(form: Mapping[str, str]) -> str | None:
    given = form.get("language", "")
    return given if given in LANGUAGES else None


def _number(form: Mapping[str, str], name: str) -> int:
    try:
        return _read(form.get(name, ""))
    except ValueError as error:
        raise FormRefused("The form is not complete. Reload the page and try again.") from error


def _read(text: str) -> int:
    found = number_in(text)
    if found is None:
        raise ValueError(f"{text!r} is no number of ours")
    return found


def _seen(form: Mapping[str, str]) -> list[Seen]:
    """The messages, `17:2 18:1` with versions, and what was suggested, `{"17": "order_status"}`."""
    try:
        pairs = [pair.split(":") for pair in form.get("seen", "").split()]
        suggested = dict(json.loads(form.get("suggested") or "{}"))
        return [
            Seen(_read(number), _read(version), str(suggested.get(number) or "") or None)
            for number, version in pairs
        ]
    except (ValueError, TypeError) as error:
        raise FormRefused("The selection could not be read. Reload the page.") from error


@contextmanager
def _refusing() -> Iterator[None]:
    """The library's refusals as answers to the trainer."""
    try:
        yield
    except ReviewUnknown as error:
        raise NotFound(str(error)) from error
    except (InboxError, NluError) as error:
        raise ActionRefused(str(error)) from error
