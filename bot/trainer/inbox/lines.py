"""The line that a message becomes in the training files: redacted places hold made-up values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.trainer.inbox.records import Review
from bot.trainer.nlu_files.marks import Entity, mark, one_line, read_marks
from bot.trainer.redaction import Filled, Kind, MadeUp, fill, postcode_in

ENTITIES: dict[Kind, str] = {
    "order number": "order_number",
    "email": "email",
    "phone": "phone_number",
    "personal number": "personal_number",
}
"""What the domain calls the kinds that it knows; of an address it knows the postcode."""
_POSTCODE = "postcode"


@dataclass(frozen=True)
class Line:
    """A line of the training files.

    Attributes:
        marked: as it is written, with entity marks.
        made_up: the values that stand in redacted places; places in the text without marks.
    """

    marked: str
    made_up: tuple[MadeUp, ...]


def line_of(review: Review, entities: Collection[str]) -> Line:
    """What would be written of a message.

    Where a trainer has edited it, that is taken, and redacted places that are left are filled.

    Args:
        entities: of the domain; values of these kinds are marked.

    Raises:
        NluDataInvalid: the text has brackets that would be read as a mark.
    """
    filled = fill(one_line(review.text), review.language)
    if review.draft is None:
        marks = [one for made in filled.made_up for one in _marks(made, entities)]
        return Line(mark(filled.text, marks), filled.made_up)
    text, kept = read_marks(review.draft)
    again = fill(text, review.language)
    if not again.made_up:
        return Line(review.draft, tuple(_still_there(text, filled.made_up)))
    marks = [one for made in again.made_up for one in _marks(made, entities)]
    return Line(mark(again.text, [*_moved(text, kept, again), *marks]), again.made_up)


def _marks(made: MadeUp, entities: Collection[str]) -> Iterator[Entity]:
    name = ENTITIES.get(made.kind)
    if name in entities and name is not None:
        yield Entity(made.start, made.end, name, made.value)
    postcode = postcode_in(made.value) if made.kind == "address" else None
    if postcode and _POSTCODE in entities:
        start = made.start + made.value.index(postcode)
        yield Entity(start, start + len(postcode), _POSTCODE, postcode)


def _still_there(text: str, made_up: Sequence[MadeUp]) -> Iterator[MadeUp]:
    """Made-up values that an edited text has kept, each as often as it was there."""
    position = 0
    for made in made_up:
        start = text.find(made.value, position)
        if start >= 0:
            position = start + len(made.value)
            yield replace(made, start=start, end=position)


def _moved(text: str, entities: Sequence[Entity], filled: Filled) -> Iterator[Entity]:
    """Marks of a text at their places in the filled one; none lies in what was filled."""
    for one in entities:
        shift = 0
        for made in filled.made_up:
            if made.start - shift > one.start:
                break
            shift += len(made.value) - (len(made.kind) + len("[]"))
        yield replace(one, start=one.start + shift, end=one.end + shift)
