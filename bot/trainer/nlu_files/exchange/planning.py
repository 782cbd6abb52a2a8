"""What an import would change, before it changes it: it only ever adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import NluDataInvalid
from bot.settings import LANGUAGES
from bot.trainer.labelled import NO_LANGUAGE
from bot.trainer.nlu_files.changes import Add, can_name_an_intent
from bot.trainer.nlu_files.exchange.items import TRUE_SPLITS, Item, LeftOut, Read
from bot.trainer.nlu_files.marks import example, mark
from bot.trainer.nlu_files.sources import NLU_FOLDER, read_sources
from bot.trainer.slugs import slug


@dataclass(frozen=True)
class Plan:
    """What would be done.

    Attributes:
        changes: to give to `apply`.
        new_intents: those that there are not yet, in the order of the export.
        there: how many examples are there already, with this intent.
        unlabelled: messages without an intent, for the inbox.
        left_out: what will not be taken, and why.
        unmarked: how many marks of which entities were left out; their words stay.
        renamed: what intents of the export are called here, where that differs.
    """

    changes: tuple[Add, ...]
    new_intents: tuple[str, ...]
    there: int
    unlabelled: tuple[Item, ...]
    left_out: tuple[LeftOut, ...]
    unmarked: Counter[str]
    renamed: Mapping[str, str]


def plan_import(
    read: Read,
    known: Collection[str],
    folder: Path = NLU_FOLDER,
    *,
    entities: Collection[str] | None = None,
    new_intents: bool = False,
    names: Mapping[str, str] | None = None,
) -> Plan:
    """Plans an import into the training files.

    Args:
        known: the intents that there are.
        entities: the entities that there are; marks of others are left out. None: all are kept.
        new_intents: take examples of intents that there are not yet.
        names: what intents of the export are to be called here. Others keep their name if we know
            it; else it is written as ours are: `Order Status` becomes `order_status`.

    Raises:
        NluDataInvalid: a training file is broken.
    """
    sources = read_sources(folder)
    # Of each text in each language: what it is an example of, and where.
    meant: dict[tuple[str, str], dict[str, str]] = {}
    marked_there = set()
    for one in sources:
        place = meant.setdefault((one.language, one.text), {})
        place[one.intent] = f" ({one.path}, line {one.line})"
        if one.entities:
            marked_there.add((one.language, one.text))
    changes: list[Add] = []
    left_out, unlabelled = list(read.left_out), []
    new: dict[str, None] = {}
    unmarked: Counter[str] = Counter()
    renamed: dict[str, str] = {}
    there = 0
    for original in read.items:
        intent = _name(original.intent, known, names or {})
        if intent != original.intent:
            renamed[original.intent] = intent
        item = _with_known_marks(replace(original, intent=intent), entities, unmarked)
        key = (item.language, item.text)
        others = meant.get(key, {})
        if reason := _refusal(item, known, new_intents):
            left_out.append(LeftOut(item.where, item.text, reason))
        elif not item.intent:
            unlabelled.append(item)
        elif item.intent in others:
            there += 1
            if item.entities and key not in marked_there:
                # The same words, now with their marks.
                changes.append(Add(item.language, item.intent, item.marked))
                marked_there.add(key)
        elif others:
            name, at = next(iter(others.items()))
            left_out.append(LeftOut(item.where, item.text, f"is an example of {name} already{at}"))
        else:
            changes.append(Add(item.language, item.intent, item.marked))
            meant[key] = {item.intent: ""}
            if item.entities:
                marked_there.add(key)
            if item.intent not in known:
                new[item.intent] = None
    return Plan(
        tuple(changes), tuple(new), there, tuple(unlabelled), tuple(left_out), unmarked, renamed
    )


def _name(intent: str, known: Collection[str], names: Mapping[str, str]) -> str:
    if not intent or intent in names or intent in known:
        return names.get(intent, intent)
    return slug(intent) or intent


def _refusal(item: Item, known: Collection[str], new_intents: bool) -> str:
    if item.split not in TRUE_SPLITS:
        return f"is for {item.split}, not for training"
    if not item.intent:
        return ""
    if item.language == NO_LANGUAGE:
        return "of no language that we know; say which with --lang"
    if item.language not in LANGUAGES:
        return f"in {item.language}, which is none of {', '.join(LANGUAGES)}"
    if item.intent not in known and not new_intents:
        return f"there is no intent {item.intent}; take it with --new-intents"
    if not can_name_an_intent(item.intent) and item.intent not in known:
        return f"{item.intent} cannot be the name of an intent; give one with --name"
    try:
        example(item.marked)
    except NluDataInvalid as error:
        return error.reason
    return ""


def _with_known_marks(item: Item, entities: Collection[str] | None, unmarked: Counter[str]) -> Item:
    unknown = [e.entity for e in item.entities if entities is not None and e.entity not in entities]
    if not unknown:
        return item
    unmarked.update(unknown)
    kept = tuple(e for e in item.entities if e.entity not in unknown)
    try:
        return replace(item, marked=mark(item.text, kept), entities=kept)
    except NluDataInvalid:
        return item


def by_intent(changes: Iterable[Add]) -> Sequence[tuple[str, Counter[str]]]:
    """How many examples an import adds to each intent, by language."""
    counts: dict[str, Counter[str]] = {}
    for change in changes:
        counts.setdefault(change.intent, Counter())[change.language] += 1
    return sorted(counts.items())
