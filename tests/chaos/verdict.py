"""What became of a conversation, by what its customer and the helpdesk have of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.chaos.receiver import Stored
from tests.chaos.talk import Talk

FAULTS = ("lost", "duplicated", "out of order", "forged accepted", "bot over a person")
REQUESTED, MESSAGE, RATED = "handoff.requested", "message.created", "conversation.rated"


def faults(
    talk: Talk, shown: Sequence[Mapping[str, Any]], events: Sequence[Stored]
) -> Counter[str]:
    """Counts what went wrong.

    Args:
        shown: what the customer was shown, in order, each with `id`, `speaker`, `text`.
        events: what the helpdesk has of the conversation, in the order of arrival.
    """
    found: Counter[str] = Counter()
    texts = [str(line["text"]) for line in shown]
    _sides(found, talk.said, _customers_words(events))
    _sides(found, talk.answered, [text for text in texts if text in talk.answered])
    promised = sum(
        talk.words.handed_over in text or talk.words.technical_error in text for text in texts
    )
    _many(found, promised, sum(event.type == REQUESTED for event in events))
    ratings = [event.data["rating"]["score"] for event in events if event.type == RATED]
    _sides(found, [talk.rating] if talk.rating else [], ratings)
    _many(found, int(talk.cancelled), sum(e.type == "handoff.cancelled" for e in events))
    found["out of order"] += _disorder(events)
    found["forged accepted"] += talk.taken_forged
    found["forged accepted"] += sum(text in seen for text in talk.forged for seen in texts)
    found["bot over a person"] += _bot_over_a_person(talk, shown, events)
    return +found


def _customers_words(events: Sequence[Stored]) -> list[str]:
    """The customer's words at the helpdesk, each once unless it came as two messages.

    A later handoff's transcript has the words before it again; those are the same messages.
    """
    words: dict[tuple[str, int], str] = {}
    copies: list[str] = []
    known: set[int] = set()
    for event in events:
        if event.type == REQUESTED:
            spoken = event.data["transcript"]["messages"]
            fresh = [m for m in spoken if m["speaker"] == "customer" and m["id"] not in known]
        elif event.type == MESSAGE:
            fresh = [event.data["message"]]
        else:
            fresh = []
        for message in fresh:
            key = (event.data["handoff_id"], message["id"])
            if key in words:
                copies.append(message["text"])
            words.setdefault(key, message["text"])
            known.add(message["id"])
    return [*words.values(), *copies]


def _sides(found: Counter[str], given: Sequence[Any], got: Sequence[Any]) -> None:
    """Compares what one side gave with what the other one got."""
    due, there = Counter(given), Counter(item for item in got if item in set(given))
    found["lost"] += sum((due - there).values())
    found["duplicated"] += sum((there - due).values())
    order = list(dict.fromkeys(item for item in got if item in due))
    found["out of order"] += order != [item for item in given if item in there]


def _many(found: Counter[str], promised: int, came: int) -> None:
    found["lost"] += max(0, promised - came)
    found["duplicated"] += max(0, came - promised)


def _disorder(events: Sequence[Stored]) -> int:
    """How often a handoff's event came before one that it should have come after."""
    count = 0
    newest: dict[str, int] = {}
    ended: set[str] = set()
    for event in events:
        handoff = event.data["handoff_id"]
        if event.type == REQUESTED:
            count += handoff in newest
            ids = [message["id"] for message in event.data["transcript"]["messages"]]
            count += ids != sorted(ids)
            newest[handoff] = max(ids)
        elif event.type == MESSAGE:
            message_id = event.data["message"]["id"]
            count += message_id <= newest.get(handoff, message_id) or handoff in ended
            newest[handoff] = message_id
        else:
            count += handoff not in newest
            ended.add(handoff)
    return count


def _bot_over_a_person(
    talk: Talk, shown: Sequence[Mapping[str, Any]], events: Sequence[Stored]
) -> int:
    """What the bot said between the turn that called a person and the end of the handoff."""
    requested = [event for event in events if event.type == REQUESTED]
    if not requested or talk.cancelled:
        return 0
    opened = max(message["id"] for message in requested[0].data["transcript"]["messages"])
    later = [line for line in shown if line["id"] > opened]
    over = next((n for n, line in enumerate(later) if talk.words.ended in line["text"]), len(later))
    return sum(line["speaker"] == "bot" for line in later[:over])
