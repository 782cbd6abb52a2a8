"""What a trainer does to the answer of an intent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.errors import (
    AnswerRefused,
    DataChanged,
    IntentUnknown,
    NluError,
    NothingToUndo,
    TitleRefused,
)
from bot.trainer.answers import journal as written_down
from bot.trainer.answers.journal import ANSWERED, CHANGED, UNDONE, Entry, read_journal, standing
from bot.trainer.answers.place import Place
from bot.trainer.answers.reading import (
    ACTIONS,
    ASIDE,
    HELP_CENTRE,
    KINDS,
    PERSON,
    TEXT,
    Answer,
    Answers,
    read_answers,
    response_name,
    title_name,
)
from bot.trainer.answers.refusals import BothRefused
from bot.trainer.answers.taking_back import taken_back
from bot.trainer.answers.titles import wanted_titles
from bot.trainer.answers.wordings import checked, fields_of
from bot.trainer.answers.writing import (
    Planned,
    held,
    new_answer,
    new_texts,
    other_answer,
    with_title,
)
from bot.trainer.answers.yaml_file import names
from bot.trainer.nlu_files.writing import write_all

WAYS = (TEXT, HELP_CENTRE, PERSON)
AS_IT_IS = ""
"""Instead of a way: the answer stays, and only the title is written."""
_TRIES = 3


def save(
    place: Place,
    intent: str,
    by: str,
    way: str,
    texts: Mapping[str, str] | None = None,
    *,
    titles: Mapping[str, str] | None = None,
    seen: str | None = None,
) -> Entry | None:
    """Writes how an intent is answered, or changes that, or the texts of one that is answered by
    a text; and what it is called on a button.

    Args:
        way: one of `WAYS`, or AS_IT_IS.
        texts: by language, for TEXT.
        titles: by language, what it is called on a button when the bot is unsure. None, or empty
            in all languages where it has no title: it gets none.
        seen: `Answer.seen` as the trainer's page showed it: if it is another by now, nothing is
            written. None: whatever it is.

    Returns:
        What was written down; None where all texts are there already.

    Raises:
        AnswerRefused: it cannot be written as it is; `TitleRefused`: what is on the button cannot.
        IntentUnknown: there is no such intent, or no longer.
        DataChanged: somebody else was faster, or changes the files now.
        NluDataInvalid: a file is not one that it can be written to; it names the line.
    """
    if way not in (*WAYS, AS_IT_IS):
        raise AnswerRefused(f"{way!r} is no way to answer; there are {', '.join(WAYS)}.")

    def plan(read: Answers) -> tuple[Planned, Entry]:
        answer = _answer(read, intent)
        if seen is not None and answer.seen != seen:
            raise DataChanged(_faster(place, answer, by))
        (planned, entry), wanted = _both(
            lambda: _answered_so(place, read, answer, way, texts or {}),
            lambda: wanted_titles(read, answer, titles or {}),
        )
        whole = with_title(read, planned, intent, wanted) if wanted else planned
        title = title_name(intent) if whole.files != planned.files else ""
        return whole, replace(entry, by=by, title=title)

    return _write(place, plan)


def undo(place: Place, by: str, number: str | None = None) -> Entry:
    """Takes back what was written last.

    Args:
        number: the id of an entry, of whomever; None for the last one of `by`.

    Raises:
        NothingToUndo: there is none.
        DataChanged: the files are not as they were written any more.
        NluDataInvalid: a file cannot be used.
    """
    found = [
        entry
        for entry in standing(read_journal(place.journal))
        if (entry.by == by if number is None else entry.id == number)
    ]
    if not found:
        raise NothingToUndo(
            f"{by} has written no answer that could be taken back."
            if number is None
            else f"There is no answer {number} that could be taken back."
        )
    last = found[-1]

    def plan(read: Answers) -> tuple[Planned, Entry]:
        return taken_back(place.project, read, last), replace(last, what=UNDONE, by=by, of=last.id)

    return _write(place, plan) or last


def _write(place: Place, plan: Callable[[Answers], tuple[Planned, Entry]]) -> Entry | None:
    with held(place.project):
        for left in reversed(range(_TRIES)):
            planned, entry = plan(read_answers(place.project))
            if not planned.files:
                return None
            kept = written_down.begin(
                place.journal,
                replace(
                    entry,
                    pieces=planned.pieces,
                    scalars=planned.scalars,
                    titles=planned.titles,
                    swaps=planned.swaps,
                ),
            )
            try:
                write_all(planned.files)
            except DataChanged:  # saved in an editor at this very moment: made anew on top of it
                written_down.fail(place.journal, kept)
                if not left:
                    raise
            except NluError:
                written_down.fail(place.journal, kept)
                raise
            else:
                return kept
    return None


def _answer(read: Answers, intent: str) -> Answer:
    found = read.by_intent.get(intent)
    if found is None:
        raise IntentUnknown(
            f"There is no intent {intent!r}, or no longer. Nothing was written; load the page "
            "again."
        )
    return found


def _both(
    answered: Callable[[], tuple[Planned, Entry]], titled: Callable[[], dict[str, str]]
) -> tuple[tuple[Planned, Entry], dict[str, str]]:
    """The answer and the words of its button; what is wrong with either is told at once.

    Raises:
        AnswerRefused: something is.
    """
    try:
        first = answered()
    except AnswerRefused as error:
        try:
            titled()
        except TitleRefused as other:
            raise BothRefused(error, other) from other
        raise
    return first, titled()


def _answered_so(
    place: Place, read: Answers, answer: Answer, way: str, texts: Mapping[str, str]
) -> tuple[Planned, Entry]:
    intent = answer.intent
    what = ANSWERED if answer.missing else CHANGED
    if way == AS_IT_IS:
        if answer.missing:
            raise AnswerRefused(
                f"{intent} has no answer that a button could lead to. Write how it is answered, "
                "too."
            )
        if answer.kind == ASIDE:
            raise AnswerRefused(_answered(answer))
        return Planned(()), Entry(what, intent, answer.kind, "")
    if way == answer.kind and way != TEXT:
        return Planned(()), Entry(what, intent, way, "")
    if way != answer.kind and not answer.missing and (answer.kind not in WAYS or answer.fixed):
        raise AnswerRefused(_answered(answer))
    if way in ACTIONS:
        _check_action(read, ACTIONS[way])
    wanted, was = _texts(read, answer, texts) if way == TEXT else None, ""
    if answer.missing:
        planned = new_answer(place.project, read, intent, way, wanted)
        name = response_name(intent)
    elif way != answer.kind:
        planned = other_answer(place.project, read, answer, way, wanted)
        name, was = response_name(intent), answer.kind
    else:
        name = answer.uses[0].action
        planned = new_texts(read, name, wanted or {})
    response = name if planned.scalars else ""
    return planned, Entry(what, intent, way, "", response=response, was=was)


def _texts(read: Answers, answer: Answer, texts: Mapping[str, str]) -> dict[str, str]:
    response = answer.response
    if response is None and answer.kind == TEXT:
        raise AnswerRefused(
            f"{answer.uses[0].path}, line {answer.uses[0].line}: there is no response "
            f"{answer.uses[0].action} in {read.domain.path}. Add it by hand."
        )
    if response is not None and response.refusal:
        raise AnswerRefused(
            f"{response.name} cannot be changed here: {response.refusal}. It stands in "
            f"{read.domain.path}, line {response.line}."
        )
    present = dict(response.texts) if response is not None else {}
    # What a text has between braces already, the bot knows how to fill in.
    return checked({**present, **texts}, fields_of(present.values()))


def _answered(answer: Answer) -> str:
    if answer.kind == ASIDE:
        return f"{answer.intent} needs no answer, as data/checks.yml says: {answer.because}."
    first = answer.uses[0]
    why = f" It is not changed here: {answer.fixed}." if answer.fixed else ""
    return (
        f"{answer.intent} is answered already: {KINDS[answer.kind]}.{why} It is written in "
        f"{first.path}, line {first.line}."
    )


def _check_action(read: Answers, action: str) -> None:
    section = read.domain.sections.get("actions")
    if section is None or action not in names(section.node):
        raise AnswerRefused(
            f"{read.domain.path} has no {action}, so the bot cannot answer in this way. Choose a "
            "text."
        )


def _faster(place: Place, answer: Answer, me: str) -> str:
    theirs = [e for e in standing(read_journal(place.journal)) if e.intent == answer.intent]
    by = theirs[-1].by if theirs else ""
    who = f"{by or 'Somebody'} was faster"
    if by and by == me:
        who = "You changed it meanwhile, in another window"
    return (
        f"{who}: {answer.intent} is answered otherwise than you saw it. Nothing was written; "
        "look at what is there now."
    )
