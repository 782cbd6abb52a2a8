"""Topics in messages that the assistant could not handle: each a proposal for an intent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.meaning import Encode, encode_kept
from bot.trainer.cross_validation import OUT_OF_SCOPE
from bot.trainer.discovery.clustering import (
    APART,
    MOST,
    doubtful,
    groups_by,
    how_apart,
    neighbourhood,
    neighbours,
)
from bot.trainer.discovery.naming import Said, keywords, name
from bot.trainer.discovery.oddness import is_odd, oddness
from bot.trainer.discovery.trends import WEEKS, Rise, by_week, rising, weeks_until
from bot.trainer.examples import Example

Array = NDArray[Any]
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much."""
Vectors = Callable[[Sequence[str]], Array]

LEAST = 3
"""Times that a topic must have come; what came less often is none of the topics."""
EXAMPLES = 12
"""Messages of a topic that are shown, those that are most like all others first."""
NONE_OF_THESE = "none of these"
"""Among the alerts; no intent is called so, for it has spaces."""


@dataclass(frozen=True)
class Message:
    """Something that customers said and that the assistant could not handle.

    Attributes:
        review: its id in the inbox, and `version` there.
        language: code.
        times: when it came, in seconds since the epoch.
    """

    review: int
    version: int
    text: str
    language: str
    times: tuple[float, ...]


@dataclass(frozen=True)
class Near:
    """The intent whose examples a topic is most like.

    Attributes:
        likeness: mean cosine of meanings, -1 to 1.
        same: so much alike that the messages may rather be examples of it.
    """

    intent: str
    likeness: float
    same: bool


@dataclass(frozen=True)
class Topic:
    """A proposed intent.

    Attributes:
        name: proposed; no intent has it yet.
        count: how often its messages came.
        languages: how often in each.
        examples: `EXAMPLES` at most.
        messages: review and version of all its messages, in the order of `examples`.
        doubtful: reviews of the examples that are less like the others: they may mean something
            else.
        near: None where there are no intents.
        weeks: how often it came in each of the discovery's weeks.
        rise: None unless it comes more often than before.
    """

    name: str
    keywords: tuple[str, ...]
    count: int
    languages: Mapping[str, int]
    examples: tuple[Message, ...]
    messages: tuple[tuple[int, int], ...]
    doubtful: tuple[int, ...]
    near: Near | None
    weeks: tuple[int, ...]
    rise: Rise | None


@dataclass(frozen=True)
class Rest:
    """What is none of the topics: like no others, like too few, or odd altogether.

    Attributes:
        count: how often its messages came.
        examples: the commonest, `EXAMPLES` at most.
        weeks: how often it came in each of the discovery's weeks.
        rise: None unless it comes more often than before.
    """

    count: int
    examples: tuple[Message, ...]
    weeks: tuple[int, ...]
    rise: Rise | None


@dataclass(frozen=True)
class Discovery:
    """What the messages are about.

    Attributes:
        topics: the commonest first.
        unhandled: how often all messages came.
        rest: what is no topic; when it rises, customers ask what has nothing to do with the shop.
        left_out: different messages that were too many to look at.
        weeks: ISO weeks, `2026-W47`, oldest first; the last has only begun.
        intents: how often each intent was recognised in each of them, of those that rise.
        rising_intents: what is known of their rise.
    """

    topics: tuple[Topic, ...]
    unhandled: int
    rest: Rest
    left_out: int
    weeks: tuple[str, ...]
    intents: Mapping[str, tuple[int, ...]]
    rising_intents: Mapping[str, Rise]

    @property
    def none_of_these(self) -> int:
        """How often those messages came that are none of the topics."""
        return self.rest.count

    @property
    def alerts(self) -> list[str]:
        """Names of the topics and intents that rise, and `NONE_OF_THESE` if what is none does."""
        topics = [topic.name for topic in self.topics if topic.rise]
        rest = [NONE_OF_THESE] if self.rest.rise else []
        return [*topics, *self.rising_intents, *rest]

    def as_json(self) -> dict[str, Any]:
        """For a file or a page."""
        return {**asdict(self), "none_of_these": self.none_of_these, "alerts": self.alerts}


def find_topics(
    messages: Sequence[Message],
    known: Sequence[Example],
    now: float,
    *,
    handled: Mapping[str, Sequence[float]] | None = None,
    weeks: int = WEEKS,
    vectors: Vectors | None = None,
    progress: Progress = lambda *_: None,
) -> Discovery:
    """Groups messages by meaning, in whatever languages, and says how the groups develop.

    Args:
        messages: what was not handled; those that came most often are looked at, `MOST` at most.
        known: the examples of the intents that there are.
        now: seconds since the epoch.
        handled: when each intent was recognised, for its trend.
        weeks: how far to look back for trends, 2 or more.
        vectors: unit vectors of texts; default their meaning, shaped by all of them.
    """
    kept = sorted(messages, key=lambda one: (-len(one.times), one.review))[:MOST]
    progress("Reading the messages", 0, 3)
    texts = [message.text for message in kept] + [example.text for example in known]
    rows = (vectors or meaning)(texts) if texts else np.zeros((0, 1))
    progress("Grouping them", 1, 3)
    ours, theirs = rows[: len(kept)], rows[len(kept) :]
    found, unsure = _members(kept, ours, known, theirs)
    progress("Finding names", 2, 3)
    topics = _described(found, kept, ours, known, theirs)
    times = {
        name_: [time for place in places for time in kept[place].times]
        for name_, places in zip((topic.name for topic in topics), found, strict=True)
    }
    in_topics = {place for places in found for place in places}
    rest = [message for place, message in enumerate(kept) if place not in in_topics]
    rest_times = [time for message in rest for time in message.times]
    seen = {intent: list(those) for intent, those in (handled or {}).items()}
    rises = rising(
        {
            **{f"topic {key}": value for key, value in times.items()},
            **{f"intent {key}": value for key, value in seen.items()},
            NONE_OF_THESE: rest_times,
        },
        now,
        weeks,
    )
    rising_intents = {
        intent: rises[f"intent {intent}"] for intent in seen if f"intent {intent}" in rises
    }
    return Discovery(
        topics=tuple(
            Topic(
                **{
                    **vars(topic),
                    "doubtful": tuple(m.review for m in topic.examples if m.review in unsure),
                    "weeks": tuple(by_week(times[topic.name], now, weeks)),
                    "rise": rises.get(f"topic {topic.name}"),
                }
            )
            for topic in topics
        ),
        unhandled=sum(len(message.times) for message in messages),
        rest=Rest(
            count=len(rest_times),
            examples=tuple(rest[:EXAMPLES]),
            weeks=tuple(by_week(rest_times, now, weeks)),
            rise=rises.get(NONE_OF_THESE),
        ),
        left_out=len(messages) - len(kept),
        weeks=tuple(weeks_until(now, weeks)),
        intents={intent: tuple(by_week(seen[intent], now, weeks)) for intent in rising_intents},
        rising_intents=rising_intents,
    )


def _members(
    messages: Sequence[Message], vectors: Array, known: Sequence[Example], theirs: Array
) -> tuple[list[list[int]], set[int]]:
    """Places of the messages of each topic, the commonest topic first, the most typical first; and
    the reviews of those that are doubtful in theirs."""
    languages = [message.language for message in messages]
    apart = how_apart(vectors, languages)
    numbers = groups_by(apart)
    usual = [place for place, example in enumerate(known) if example.intent != OUT_OF_SCOPE]
    odd = oddness(
        vectors,
        languages,
        [len(message.times) for message in messages],
        theirs[usual],
        [known[place].language for place in usual],
    )
    by_group: dict[int, list[int]] = {}
    for place, number in enumerate(numbers):
        by_group.setdefault(int(number), []).append(place)
    found = []
    for places in by_group.values():
        came = sum(len(messages[place].times) for place in places)
        if came >= LEAST and len(places) > 1 and not is_odd(vectors[places], odd[places]):
            typical = vectors[places] @ vectors[places].mean(axis=0)
            found.append([places[at] for at in np.argsort(-typical, kind="stable")])
    found.sort(key=lambda places: -sum(len(messages[place].times) for place in places))
    unsure = np.flatnonzero(doubtful(apart, numbers))
    return found, {messages[place].review for place in unsure}


def _described(
    found: Sequence[Sequence[int]],
    messages: Sequence[Message],
    vectors: Array,
    known: Sequence[Example],
    theirs: Array,
) -> list[Topic]:
    said = [[_said(messages[place]) for place in places] for places in found]
    intents: dict[str, list[int]] = {}
    for place, example in enumerate(known):
        intents.setdefault(example.intent, []).append(place)
    others = [
        [Said(known[place].text, known[place].language) for place in places]
        for places in intents.values()
    ]
    words = keywords(said, others)
    near = _nearest_intents(found, messages, vectors, known, theirs)
    taken = set(intents)
    topics = []
    for number, places in enumerate(found):
        rest = [*others, *(said[n] for n in range(len(said)) if n != number)]
        called = name(said[number], rest, taken)
        taken.add(called)
        languages: Counter[str] = Counter()
        for place in places:
            languages[messages[place].language] += len(messages[place].times)
        topics.append(
            Topic(
                name=called,
                keywords=tuple(words[number]),
                count=sum(languages.values()),
                languages=dict(languages.most_common()),
                examples=tuple(messages[place] for place in places[:EXAMPLES]),
                messages=tuple((messages[p].review, messages[p].version) for p in places),
                doubtful=(),
                near=near[number],
                weeks=(),
                rise=None,
            )
        )
    return topics


def _nearest_intents(
    found: Sequence[Sequence[int]],
    messages: Sequence[Message],
    vectors: Array,
    known: Sequence[Example],
    theirs: Array,
) -> list[Near | None]:
    """The intent that each topic is most like; the same, where grouping would have joined them."""
    if not known:
        return [None] * len(found)
    count = neighbours(len(messages))
    around = neighbourhood(vectors, [message.language for message in messages], count)
    around_theirs = neighbourhood(theirs, [example.language for example in known], count)
    intents, number = np.unique([example.intent for example in known], return_inverse=True)
    sizes = np.bincount(number)
    centres = np.zeros((len(intents), theirs.shape[1]), dtype=np.float64)
    np.add.at(centres, number, theirs)
    centres /= sizes[:, None]
    usual = np.bincount(number, around_theirs) / sizes
    near: list[Near | None] = []
    for places in found:
        likeness = centres @ vectors[list(places)].mean(axis=0)
        best = int(likeness.argmax())
        apart = (around[list(places)].mean() + usual[best]) / 2 - likeness[best]
        near.append(Near(str(intents[best]), float(likeness[best]), bool(apart <= APART)))
    return near


def _said(message: Message) -> Said:
    return Said(message.text, message.language, len(message.times))


def meaning(texts: Sequence[str], encode: Encode = encode_kept) -> Array:
    """Unit vectors of texts (texts, dimensions), comparable over languages."""
    from bot.nlu.encoder import load_encoder, load_english_encoder  # noqa: PLC0415 (a second)
    from bot.nlu.meaning import Meaning  # noqa: PLC0415

    return Meaning(load_encoder(), load_english_encoder()).fit(texts, encode)
