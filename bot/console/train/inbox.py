"""The inbox as its page shows it: the filter in the address, reasons in words, marked text."""

from __future__ import annotations

import dataclasses
import itertools
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.engine import Connection

from bot.errors import NluError
from bot.handoff import words
from bot.trainer import jobs
from bot.trainer.inbox import Action, Filter, Likely, Line, Review, line_of
from bot.trainer.inbox.predicting import KIND
from bot.trainer.nlu_files.marks import Entity, read_marks
from bot.trainer.redaction import PLACEHOLDER, MadeUp

STATES = {
    "open": "Open",
    "known": "Known already",
    "labelled": "Labelled",
    "skipped": "Left for later",
    "not_for_bot": "Not for the bot",
}
IMPACTS = {
    "fell_back": "Not understood",
    "rejected": "Answer did not help",
    "handed_off": "Led to a person",
    "upset": "Upset",
}
DAYS = {"1": "Since yesterday", "7": "Last 7 days", "30": "Last 30 days"}
DONE = {
    "accept": "Labelled as {intent}",
    "relabel": "Labelled as {intent}",
    "new_intent": "New intent {intent}",
    "edit": "Text changed",
    "mark": "Entities marked",
    "language": "Language: {language}",
    "split": "Split",
    "not_for_bot": "Not for the bot",
    "skip": "Left for later",
    "reopen": "Open again",
    "undo": "Taken back",
}
"""What was done, in words."""
READING = "The model reads messages"
_MAX_VALUE_CHARS = 200
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Asked:
    """The filter as it stands in the page's address; empty: whichever."""

    state: str = "open"
    language: str = ""
    channel: str = ""
    intent: str = ""
    impact: str = ""
    days: str = ""
    q: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is asked for."""
        return dataclasses.replace(self, state="open") != Asked()

    @property
    def chosen(self) -> bool:
        """Whether anything but the words is asked for."""
        return dataclasses.replace(self, q="") != Asked()

    @property
    def query(self) -> str:
        """For an address, with `?`; empty for the whole inbox."""
        usual = dataclasses.asdict(Asked())
        given = {k: v for k, v in dataclasses.asdict(self).items() if v != usual[k]}
        return f"?{urlencode(given)}" if given else ""

    @property
    def filter(self) -> Filter:
        """For the library."""
        return Filter(
            states=(self.state,),
            language=self.language or None,
            channel=self.channel or None,
            intent=self.intent or None,
            impact=self.impact or None,
            since=time.time() - int(self.days) * 86400 if self.days else None,
            words=self.q or None,
        )


def read_asked(query: Mapping[str, str]) -> Asked:
    """The filter of an address; what is no choice of ours counts as not given."""
    given = {
        each.name: query.get(each.name, "").strip()[:_MAX_VALUE_CHARS]
        for each in dataclasses.fields(Asked)
    }
    for name, choices in (("state", STATES), ("impact", IMPACTS), ("days", DAYS)):
        if given[name] not in choices:
            given[name] = ""
    return Asked(**given | {"state": given["state"] or "open"})


def done(action: str, intent: str | None, language: str | None) -> str:
    """What was done, in words."""
    said = DONE.get(action, action)
    return said.format(intent=words.label(intent or ""), language=words.language(language or ""))


def last_said(history: Sequence[Action]) -> str:
    """Who has done what last to a message; empty when nobody has."""
    standing = [each for each in history if each.undone_at is None and each.files != "failed"]
    if not standing:
        return ""
    last = standing[-1]
    return f"{last.by}: {done(last.name, last.after.get('intent'), last.after.get('language'))}"


def reading_of(connection: Connection) -> str | None:
    """How far the newest model is with reading the messages; None when it does not read."""
    job = jobs.latest(connection, KIND)
    if job is None or not job.running:
        return None
    return f"{READING}: {job.done:,} of {job.total:,}" if job.total else f"{READING}…"


def because(likely: Likely) -> str:
    """Why an entity is preselected."""
    name = words.label(likely.entity)
    if not likely.times:
        return f"{name}: they have the form of one."
    return f"{name}: marked so in {words.times(likely.times, 'example', 'examples')}."


def reasons(review: Review) -> Iterator[tuple[str, int]]:
    """Why to look at it: in words, with how often."""
    for name, told in IMPACTS.items():
        count = int(getattr(review, name))
        if count:
            yield told, count


def shown_line(review: Review, entities: Collection[str]) -> Line:
    """The line that would be written; the text itself where that cannot be one."""
    try:
        return line_of(review, entities)
    except NluError:
        return Line(review.text, ())


def suggest_parts(text: str) -> str:
    """A message with each of its sentences on a line, to start from when splitting it.

    >>> suggest_parts("Hi! Where is it? I paid 3.50.")
    'Hi!\\nWhere is it?\\nI paid 3.50.'
    """
    return "\n".join(part for part in _SENTENCE_END.split(text.strip()) if part)


@dataclass(frozen=True)
class Piece:
    """A part of an example. Places are in the text without marks.

    Attributes:
        entity: that it is marked as.
        made_up: the kind of what it stands for, of a made-up value or a redacted place.
    """

    text: str
    entity: str = ""
    start: int = 0
    end: int = 0
    made_up: str = ""


def pieces(marked: str, made_up: Sequence[MadeUp] = ()) -> list[Piece]:
    """An example cut at its marks and its made-up values."""
    try:
        text, entities = read_marks(marked)
    except NluError:
        return [Piece(marked)]
    marks: list[Entity] = []
    for each in entities:
        if not marks or each.start >= marks[-1].end:  # else a second meaning of the same words
            marks.append(each)
    spans = [(one.start, one.end) for one in marks] + [(one.start, one.end) for one in made_up]
    cuts = sorted({0, len(text), *itertools.chain.from_iterable(spans)})
    found: list[Piece] = []
    for start, end in itertools.pairwise(cuts):
        entity = next((each for each in marks if each.start <= start < each.end), None)
        made = next((each.kind for each in made_up if each.start <= start < each.end), "")
        if entity is not None and found and found[-1].end == start and start > entity.start:
            last = found[-1]  # a mark is one piece, whatever lies in it
            found[-1] = dataclasses.replace(last, text=text[last.start : end], end=end)
            continue
        found.append(Piece(text[start:end], entity.entity if entity else "", start, end, made))
    return found


def redacted_pieces(text: str) -> list[Piece]:
    """A redacted text cut at what was taken out."""
    found, position = [], 0
    for each in PLACEHOLDER.finditer(text):
        if each.start() > position:
            found.append(Piece(text[position : each.start()]))
        found.append(Piece(each[0], made_up=each[1]))
        position = each.end()
    return [*found, Piece(text[position:])] if position < len(text) else found
