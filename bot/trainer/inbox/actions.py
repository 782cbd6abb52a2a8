"""What a trainer does to a message. Each raises and does nothing if it cannot be done.

All of them may raise `ReviewChanged` (another trainer was faster), `ReviewUnknown` and
`ActionRefused`; those that write a label, also `IntentUnknown`, `NluDataInvalid` (Rasa would
misread the example, or a file is broken) and `DataChanged` (another process holds the files).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.errors import ActionRefused, InboxError, NluDataInvalid, NluError
from bot.settings import LANGUAGES
from bot.storage.database import reading
from bot.storage.trainer_tables import reviews
from bot.trainer.inbox.intents import (
    Catalogue,
    catalogue,
    check_label,
    entities_of,
    labels,
)
from bot.trainer.inbox.journal import Done, Inbox, Plan, Seen, new_together, perform
from bot.trainer.inbox.lines import ENTITIES, line_of
from bot.trainer.inbox.new_intents import new_name
from bot.trainer.inbox.records import (
    KNOWN,
    LABELLED,
    NOT_FOR_BOT,
    OPEN,
    SKIPPED,
    SPLIT,
    Review,
)
from bot.trainer.inbox.wording import key, masked, normal_form
from bot.trainer.nlu_files.changes import Add, Change, Remove, Replace
from bot.trainer.nlu_files.domain import domain_intents
from bot.trainer.nlu_files.marks import Entity, check_brackets, example, one_line, read_marks
from bot.trainer.nlu_files.marks import mark as with_marks
from bot.trainer.redaction import PLACEHOLDER

MOST_AT_ONCE = 1000
"""Reviews of one bulk action."""
MOST_PARTS = 10
BULK = ("accept", "relabel", "new_intent", "not_for_bot", "skip", "reopen")
_WAITING = (OPEN, KNOWN, SKIPPED, NOT_FOR_BOT)
NEEDS_MORE = (
    "{intent} is new. Until its answer is written, customers are told that they were "
    "misunderstood. It needs more examples in each language, too."
)


@dataclass(frozen=True)
class Mark:
    """Words of an example's text (without marks) that name something."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True)
class Told:
    """What became of one review of a bulk action: it was done, or why not."""

    id: int
    done: Done | None = None
    error: InboxError | NluError | None = None


def accept(inbox: Inbox, seen: Seen, by: str, *, language: str | None = None) -> Done:
    """Labels a message with the intent that is suggested: the model's, or the customer's choice.

    Args:
        seen: with what was suggested, as the model may have changed since.
        language: of the files that get it; default the message's.
    """
    return _one(inbox, seen, by, _labelling(inbox, "accept", None, language, [seen]))


def relabel(inbox: Inbox, seen: Seen, by: str, intent: str, *, language: str | None = None) -> Done:
    """Labels a message with an intent that there is."""
    return _one(inbox, seen, by, _labelling(inbox, "relabel", intent, language))


def new_intent(
    inbox: Inbox, seen: Seen, by: str, intent: str, *, language: str | None = None
) -> Done:
    """Makes an intent, in the domain and the language's files, with the message as first example.

    Args:
        intent: what it is about, in the trainer's words; it is called as `intent_name` has them.

    Raises:
        IntentUnknown: no name can be made of the words, or it is there already.
    """
    return _one(inbox, seen, by, _making(inbox, intent, language))


def set_language(inbox: Inbox, seen: Seen, by: str, language: str) -> Done:
    """Says which language a message is in: the files of that language get it.

    The same words that come again, misheard again, are merged into it all the same.
    """
    _language(language)
    there = catalogue(inbox.folder)

    def plan(review: Review) -> Plan:
        _still(review, _WAITING)
        if review.language == language:
            raise ActionRefused(f"{review.text[:60]!r} is in {language!r} already.")
        example_there = there.example_of(review.text, language) is not None
        return Plan("language", {"language": language, "example": example_there})

    return _one(inbox, seen, by, plan)


def edit(inbox: Inbox, seen: Seen, by: str, text: str) -> Done:
    """Changes what will be written; the customer's words stay as they are beside it.

    Args:
        text: may have entity marks, `[NL-1](order_number)`.

    Raises:
        NluDataInvalid: Rasa would misread it, half a mark stands in it, or an entity is not in
            the domain.
    """
    draft = example(one_line(text))
    bare, entities = read_marks(draft)
    _check_entities(inbox, [entity.entity for entity in entities])

    def plan(review: Review) -> Plan:
        _still(review, _WAITING)
        kept = _draft(inbox, review, draft)
        if kept is not None:
            check_brackets(PLACEHOLDER.sub(" ", bare))
        return Plan("edit", {"draft": kept})

    return _one(inbox, seen, by, plan)


def mark(inbox: Inbox, seen: Seen, by: str, marks: Sequence[Mark]) -> Done:
    """Marks entities, instead of those that are marked; none takes all marks away.

    Args:
        marks: places in the example's text without marks.

    Raises:
        NluDataInvalid: they overlap, or an entity is not in the domain.
    """
    _check_entities(inbox, [each.entity for each in marks])

    def plan(review: Review) -> Plan:
        _still(review, _WAITING)
        text, _ = read_marks(line_of(review, _entities(inbox)).marked)
        draft = with_marks(text, [_entity(text, each) for each in marks])
        return Plan("mark", {"draft": _draft(inbox, review, draft)})

    return _one(inbox, seen, by, plan)


def split(inbox: Inbox, seen: Seen, by: str, parts: Sequence[str]) -> Done:
    """Takes a message that says several things apart; the parts are labelled one by one.

    Raises:
        ActionRefused: fewer than two parts, or more than `MOST_PARTS`.
    """
    texts = list(dict.fromkeys(one_line(part) for part in parts if normal_form(part)))
    if not 2 <= len(texts) <= MOST_PARTS:
        raise ActionRefused(
            f"A message is split into 2 to {MOST_PARTS} different parts with words in them, "
            f"not {len(texts)}."
        )
    for text in texts:
        example(text)

    def plan(review: Review) -> Plan:
        _still(review, _WAITING)
        rows = {key(text, review.language): text for text in texts}
        with reading(inbox.engine) as connection:
            taken = set(
                connection.execute(
                    sa.select(reviews.c.key).where(reviews.c.key.in_(rows))
                ).scalars()
            )
        made = tuple(_part(review, text, each) for each, text in rows.items() if each not in taken)
        notes = tuple(
            f"{text!r} is in the inbox by itself already."
            for each, text in rows.items()
            if each in taken
        )
        return Plan("split", {"state": SPLIT}, parts=made, notes=notes)

    return _one(inbox, seen, by, plan)


def not_for_bot(inbox: Inbox, seen: Seen, by: str) -> Done:
    """Sets a message aside that the bot need not understand."""
    return _one(inbox, seen, by, _stating("not_for_bot", NOT_FOR_BOT, (OPEN, KNOWN, SKIPPED)))


def skip(inbox: Inbox, seen: Seen, by: str) -> Done:
    """Sets a message aside for now."""
    return _one(inbox, seen, by, _stating("skip", SKIPPED, (OPEN, KNOWN)))


def reopen(inbox: Inbox, seen: Seen, by: str) -> Done:
    """Puts a message back that was set aside; a label is taken back by `undo`."""
    return _one(inbox, seen, by, _stating("reopen", OPEN, (SKIPPED, NOT_FOR_BOT, KNOWN)))


def bulk(
    inbox: Inbox,
    seen: Sequence[Seen],
    by: str,
    action: str,
    *,
    intent: str | None = None,
    language: str | None = None,
    together: bool = False,
) -> tuple[Told, ...]:
    """Does one thing to many reviews; one undo takes it back.

    Args:
        action: one of `BULK`.
        intent: for `relabel` and `new_intent`, of which all become examples.
        together: all or nothing; otherwise those that can be done are, and each is told.

    Raises:
        ActionRefused: no such action, or too many reviews.
        IntentUnknown: it cannot be the name of a new intent.
        InboxError, NluError: with `together`, the first that cannot be done.
    """
    if action not in BULK:
        raise ActionRefused(f"{action!r} cannot be done to many: {', '.join(BULK)} can.")
    if len(seen) > MOST_AT_ONCE:
        raise ActionRefused(f"At most {MOST_AT_ONCE} messages at a time, not {len(seen)}.")
    wanted = list({each.id: each for each in seen}.values())
    plan = _bulk_plan(inbox, action, intent, language, wanted)
    if together:
        return tuple(Told(done.review.id, done) for done in perform(inbox, wanted, by, plan))
    refused: dict[int, InboxError | NluError] = {}
    try:
        done = perform(inbox, wanted, by, plan, refused=refused)
    except NluError:
        # The files refuse one of them, and do not say which: one by one.
        refused, done, as_one = {}, [], new_together()
        for each in wanted:
            try:
                done += perform(inbox, [each], by, plan, together=as_one)
            except (InboxError, NluError) as error:
                refused[each.id] = error
    results = {each.review.id: each for each in done}
    return tuple(Told(each.id, results.get(each.id), refused.get(each.id)) for each in wanted)


def _one(inbox: Inbox, seen: Seen, by: str, plan: Callable[[Review], Plan]) -> Done:
    (done,) = perform(inbox, [seen], by, plan)
    return done


def _bulk_plan(
    inbox: Inbox, action: str, intent: str | None, language: str | None, wanted: Sequence[Seen]
) -> Callable[[Review], Plan]:
    if action == "accept":
        return _labelling(inbox, action, None, language, wanted)
    if action == "relabel":
        return _labelling(inbox, action, intent or "", language)
    if action == "new_intent":
        return _making(inbox, intent or "", language)
    if action == "skip":
        return _stating(action, SKIPPED, (OPEN, KNOWN))
    if action == "not_for_bot":
        return _stating(action, NOT_FOR_BOT, (OPEN, KNOWN, SKIPPED))
    return _stating(action, OPEN, (SKIPPED, NOT_FOR_BOT, KNOWN))


def _labelling(
    inbox: Inbox,
    name: str,
    intent: str | None,
    language: str | None,
    wanted: Sequence[Seen] = (),
) -> Callable[[Review], Plan]:
    """Writes a message as an example of an intent; None: of the one that is suggested."""
    shown = {each.id: each.suggested for each in wanted}
    there, known = catalogue(inbox.folder), labels(inbox.folder, inbox.domain)
    entities = _entities(inbox)

    def plan(review: Review) -> Plan:
        _still(review, _WAITING)
        suggested = shown.get(review.id) or review.suggested
        label = check_label(suggested if intent is None else intent, known)
        where = _language(language or review.language)
        marked = example(line_of(review, entities).marked)
        return Plan(
            name,
            {"state": LABELLED, "intent": label},
            (Add(where, label, marked),),
            _back(there, where, label, marked),
            notes=_elsewhere(there, where, label, marked),
        )

    return plan


def _making(inbox: Inbox, words: str, language: str | None) -> Callable[[Review], Plan]:
    """Writes a message as an example of an intent that there was not before."""
    intent = new_name(words, set(catalogue(inbox.folder).sizes))
    fresh = inbox.domain is None or intent not in domain_intents(inbox.domain)
    entities = _entities(inbox)

    def plan(review: Review) -> Plan:
        _still(review, _WAITING)
        where = _language(language or review.language)
        marked = example(line_of(review, entities).marked)
        return Plan(
            "new_intent",
            {"state": LABELLED, "intent": intent},
            (Add(where, intent, marked),),
            (Remove(where, intent, marked),),
            new_intent=intent if fresh else None,
            notes=(NEEDS_MORE.format(intent=intent),),
        )

    return plan


def _back(there: Catalogue, language: str, intent: str, marked: str) -> tuple[Change, ...]:
    """What takes an example back; nothing when it was there before."""
    text, entities = read_marks(marked)
    before = there.written(text, intent, language)
    if before is None:
        return (Remove(language, intent, marked),)
    if entities and not before.entities:
        return (Replace(language, intent, marked, before.marked),)
    return ()


def _elsewhere(there: Catalogue, language: str, intent: str, marked: str) -> tuple[str, ...]:
    same = there.example_of(read_marks(marked)[0], language)
    if same is None:
        return ()
    place = f"{same.path}, line {same.line}"
    if same.intent == intent:
        return (f"The same words are an example already: {place}.",)
    return (f"The same words are an example of {same.intent}, too: {place}. One of them is wrong.",)


def _stating(name: str, state: str, allowed: Sequence[str]) -> Callable[[Review], Plan]:
    def plan(review: Review) -> Plan:
        _still(review, allowed)
        return Plan(name, {"state": state})

    return plan


def _still(review: Review, allowed: Sequence[str]) -> None:
    if review.state not in allowed:
        label = f" as {review.intent}" if review.intent else ""
        raise ActionRefused(
            f"{review.text[:60]!r} is {review.state}{label} already, by {review.by}. "
            "Undo that first."
        )


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise ActionRefused(f"{language!r} is none of the languages {', '.join(LANGUAGES)}.")
    return language


def _entities(inbox: Inbox) -> Collection[str]:
    """Names of the entities that there are; without a domain, those that made-up values are."""
    return ENTITIES.values() if inbox.domain is None else entities_of(inbox.domain)


def _draft(inbox: Inbox, review: Review, draft: str) -> str | None:
    """What is kept of an edited line: nothing if it would be written so anyway."""
    try:
        usual = line_of(replace(review, draft=None), _entities(inbox)).marked
    except NluDataInvalid:
        return draft  # the text cannot be written as it is: that is why it was edited
    return None if draft == usual else draft


def _check_entities(inbox: Inbox, entities: Sequence[str]) -> None:
    if inbox.domain is None:
        return
    known = entities_of(inbox.domain)
    for entity in entities:
        if entity not in known:
            raise NluDataInvalid(
                None, 0, f"There is no entity {entity!r}; there are {', '.join(known)}."
            )


def _entity(text: str, wanted: Mark) -> Entity:
    """The marked words without spaces around them."""
    words = text[wanted.start : wanted.end]
    start = wanted.start + len(words) - len(words.lstrip())
    end = start + len(words.strip())
    return Entity(start, end, wanted.entity, text[start:end])


def _part(review: Review, text: str, part_key: str) -> dict[str, object]:
    return {
        "version": 1,
        "key": part_key,
        "text": text,
        "masked": masked(text),
        "language": review.language,
        "parent": review.id,
        "count": review.count,
        "first_at": review.first_at,
        "last_at": review.last_at,
        "channels": list(review.channels),
        "answered": False,
        "ranking": [],
        "entities": [],
        "fell_back": review.fell_back,
        "rejected": review.rejected,
        "handed_off": review.handed_off,
        "upset": review.upset,
        "example": False,
        "state": OPEN,
        "rank": review.rank,
    }
