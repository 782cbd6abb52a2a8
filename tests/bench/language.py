"""How often a message's language is right, by length: `python -m tests.bench.language --data DIR`.

`DIR` has `intents/massive_<lang>.csv`, `intents/cs_nordic_<lang>.csv` and
`retrieval/{phpbb_faq_<lang>,swefaq_sv}/queries.jsonl`; their `dev` rows are read. A text that two
languages' rows share cannot be decided and is left out. Texts of other languages are the example
sentences that come with spaCy.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from bot.nlu.language import LanguageIdentifier
from bot.nlu.language_model import MODEL, load_model, words_of
from bot.settings import LANGUAGES

LENGTHS = (1, 2, 3, 4, 5)
"""Words; the last stands for that many or more."""
NEAREST = {"da": "nb", "nb": "da", "sv": "nb", "en": "sv"}
MESSAGES, SEQUENCES = 3, 400
SPACY_OTHERS = "de nl fi fr es it pt ca ro pl cs sk sl hr hu lt tr id vi ru uk ar fa el he ja zh"

Rule = Callable[[str], str]


@dataclass(frozen=True)
class Message:
    """A text whose language is known."""

    text: str
    language: str

    @property
    def length(self) -> int:
        """Words, at most the last of `LENGTHS`."""
        return min(len(self.text.split()), LENGTHS[-1])


def read_messages(data: Path) -> Iterator[Message]:
    """The `dev` rows of all sets."""
    for language in LANGUAGES:
        for name in ("massive", "cs_nordic"):
            path = data / "intents" / f"{name}_{language}.csv"
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    if row["split"] == "dev":
                        yield Message(row["text"], language)
        names = [f"phpbb_faq_{language}", *(["swefaq_sv"] if language == "sv" else [])]
        for name in names:
            lines = (data / "retrieval" / name / "queries.jsonl").read_text(encoding="utf-8")
            for row in map(json.loads, lines.splitlines()):
                if row["split"] == "dev":
                    yield Message(row["text"], language)


def decidable(messages: Iterable[Message]) -> tuple[list[Message], int]:
    """Each text once, without those that are the same in two languages, and how many those were."""
    first: dict[tuple[str, ...], Message] = {}
    languages = defaultdict(set)
    for message in messages:
        words = tuple(words_of(message.text))
        languages[words].add(message.language)
        first.setdefault(words, message)
    kept = [message for words, message in first.items() if len(languages[words]) == 1 and words]
    return kept, sum(len(found) > 1 for found in languages.values())


def starts(messages: Iterable[Message], length: int) -> tuple[list[Message], int]:
    """The first words of longer messages; see `decidable`."""
    return decidable(
        Message(" ".join(message.text.split()[:length]), message.language)
        for message in messages
        if len(message.text.split()) > length
    )


def show_right(messages: Sequence[Message], rule: Callable[[Message], bool], title: str) -> None:
    """A line a length: the share for which the rule holds, in all and by language."""
    print(f"\n{title}\n| words | messages | all | " + " | ".join(LANGUAGES) + " |")
    print("|" + "---|" * (3 + len(LANGUAGES)))
    for length in LENGTHS:
        held = defaultdict(list)
        for message in messages:
            if message.length == length:
                held[message.language].append(rule(message))
        together = [one for found in held.values() for one in found]
        if together:
            parts = [f"{np.mean(held[lang]):.3f}" if held[lang] else "" for lang in LANGUAGES]
            label = f"{length}{'+' * (length == LENGTHS[-1])}"
            print(f"| {label} | {len(together)} | {np.mean(together):.3f} | {' | '.join(parts)} |")


def show_confusion(messages: Sequence[Message], rule: Rule, length: int) -> None:
    """What messages of a length were taken for."""
    taken = Counter((m.language, rule(m.text)) for m in messages if m.length == length)
    print(f"\nMessages of {length} words, taken for\n| | " + " | ".join(LANGUAGES) + " |")
    print("|" + "---|" * (1 + len(LANGUAGES)))
    for right in LANGUAGES:
        print(f"| {right} | " + " | ".join(str(taken[right, lang]) for lang in LANGUAGES) + " |")


def show_following(identifier: LanguageIdentifier, messages: Sequence[Message]) -> None:
    """How soon a conversation has followed its customer into another language."""
    chance = random.Random(1)
    print(f"\nFollowed within 1 to {MESSAGES} messages of a length, from the nearest language")
    print("| words | language | " + " | ".join(str(n + 1) for n in range(MESSAGES)) + " |")
    print("|" + "---|" * (2 + MESSAGES))
    for length in (2, 3, 5):
        for language in LANGUAGES:
            pool = [m.text for m in messages if (m.language, m.length) == (language, length)]
            followed = Counter[int]()
            for _ in range(SEQUENCES):
                current = NEAREST[language]
                for turn in range(MESSAGES):
                    current = identifier.identify(chance.choice(pool), current=current)
                    followed[turn] += current == language
            shares = [f"{followed[turn] / SEQUENCES:.3f}" for turn in range(MESSAGES)]
            print(f"| {length} | {language} | {' | '.join(shares)} |")


def show_others(identifier: LanguageIdentifier, length: int | None) -> None:
    """How many sentences of other languages are seen to be in another, and in which."""
    seen, right, total, missed = 0, 0, 0, []
    for language in SPACY_OTHERS.split():
        sentences = import_module(f"spacy.lang.{language}.examples").sentences
        if length and language not in {"ja", "zh"}:
            sentences = [" ".join(sentence.split()[:length]) for sentence in sentences]
        found = [identifier.detect(sentence).other for sentence in sentences]
        seen += sum(other is not None for other in found)
        right += found.count(language)
        total += len(found)
        if None in found:
            missed.append(f"{language} {found.count(None)} of {len(found)}")
    name = f"first {length} words of sentences" if length else "sentences"
    print(f"{name}: {total}, seen to be in another language {seen / total:.3f}, ", end="")
    print(f"in the right one {right / total:.3f}; missed: {', '.join(missed) or 'none'}")


def show_speed(identifier: LanguageIdentifier, messages: Sequence[Message]) -> None:
    """Time a message takes, and what the model takes."""
    times = []
    for message in messages:
        began = time.perf_counter()
        identifier.detect(message.text)
        times.append(1000 * (time.perf_counter() - began))
    load_model.cache_clear()
    began = time.perf_counter()
    model = load_model()
    loading = 1000 * (time.perf_counter() - began)
    size = sum(array.nbytes for array in (model.words, model.values, model.pieces)) / 1e6
    middle, slow = np.percentile(times, [50, 99])
    print(
        f"\np50 {middle:.3f} ms, p99 {slow:.3f} ms a message; "
        f"model {MODEL.stat().st_size / 1e6:.1f} MB on disk, {size:.1f} MB in memory, "
        f"read in {loading:.0f} ms"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.language")
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    data = parser.parse_args(arguments).data
    identifier = LanguageIdentifier()
    messages, shared = decidable(read_messages(data))
    print(f"{len(messages)} messages; {shared} texts left out, the same in two languages")
    show_right(
        messages, lambda m: identifier.identify(m.text) == m.language, "Whole messages, no prior"
    )
    cut = [starts(messages, length) for length in LENGTHS[:-1]]
    print("\nshared beginnings left out:", ", ".join(str(count) for _, count in cut))
    show_right(
        [message for found, _ in cut for message in found],
        lambda m: identifier.identify(m.text) == m.language,
        "First words of longer messages, no prior",
    )
    show_right(
        messages,
        lambda m: identifier.identify(m.text, hint=m.language) == m.language,
        "Whole messages, on a page in their language",
    )
    show_right(
        messages,
        lambda m: identifier.identify(m.text, current=m.language) == m.language,
        "Whole messages, in a conversation in their language",
    )
    show_right(
        messages,
        lambda m: identifier.identify(m.text, current=NEAREST[m.language]) == m.language,
        "Whole messages, the first after a conversation in the nearest language",
    )
    show_following(identifier, messages)
    show_confusion(messages, identifier.identify, 3)
    show_right(
        messages,
        lambda m: identifier.detect(m.text).other is not None,
        "Taken for another language altogether, wrongly",
    )
    print("\nOther languages")
    for length in (3, 5, None):
        show_others(identifier, length)
    show_speed(identifier, messages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
