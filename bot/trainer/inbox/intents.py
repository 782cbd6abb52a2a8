"""The intents that a message can be labelled with: found by name, and by their examples."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from rapidfuzz import fuzz, process

from bot.errors import IntentUnknown, NluDataInvalid
from bot.trainer.inbox.wording import normal_form
from bot.trainer.nlu_files.domain import DOMAIN, domain_intents
from bot.trainer.nlu_files.sources import (
    NLU_FOLDER,
    SourceExample,
    read_bytes,
    read_file,
    source_files,
)

NOT_GIVEN = frozenset({"nlu_fallback", "back", "restart", "session_start"})
"""Rasa's own names."""
_EXAMPLE_WEIGHT = 0.95
"""A name that fits comes before an example that fits as well."""
_BEGUN = 100.0
_LEAST = 55.0


@dataclass(frozen=True)
class IntentHit:
    """An intent that may be meant.

    Attributes:
        readable: its name as words, "order status".
        score: how well it fits, 0 to 100.
        example: the one that fits best, or its first one.
        examples: how many it has, in all languages.
    """

    name: str
    readable: str
    score: float
    example: str | None
    examples: int


class Catalogue:
    """The examples in the training files by intent.

    Args:
        sources: all of them.
        unreadable: what is wrong with files whose examples are not among them.
    """

    def __init__(
        self, sources: Collection[SourceExample], unreadable: Sequence[NluDataInvalid] = ()
    ) -> None:
        self.sources = tuple(sources)
        self.unreadable = tuple(unreadable)
        self.sizes = Counter(source.intent for source in sources)

    @cached_property
    def _texts(self) -> list[str]:
        return [normal_form(source.text) for source in self.sources]

    @cached_property
    def _known(self) -> dict[tuple[str, str], SourceExample]:
        return {
            (source.language, text): source
            for source, text in zip(self.sources, self._texts, strict=True)
        }

    def example_of(self, text: str, language: str) -> SourceExample | None:
        """The example that says the same but for case and punctuation."""
        return self._known.get((language, normal_form(text)))

    def written(self, text: str, intent: str, language: str) -> SourceExample | None:
        """The example with exactly this text in an intent."""
        return next(
            (
                source
                for source in self.sources
                if source.text == text and source.intent == intent and source.language == language
            ),
            None,
        )

    def search(self, query: str, *, language: str | None, limit: int) -> list[IntentHit]:
        """See `search_intents`."""
        wanted = normal_form(query)
        scores = dict.fromkeys(self.sizes, 0.0)
        shown: dict[str, str] = {}
        for source in self.sources:
            if source.intent not in shown or source.language == language:
                shown.setdefault(source.intent, source.text)
        if wanted:
            for name in scores:
                begun = _begins(wanted, readable(name))
                scores[name] = _BEGUN if begun else fuzz.WRatio(wanted, readable(name))
            best = dict.fromkeys(self.sizes, 0.0)
            for _, score, place in process.extract_iter(
                wanted, self._texts, scorer=fuzz.token_set_ratio, score_cutoff=_LEAST
            ):
                source = self.sources[place]
                if score > best[source.intent]:
                    best[source.intent] = score
                    shown[source.intent] = source.text
                    scores[source.intent] = max(scores[source.intent], score * _EXAMPLE_WEIGHT)
        least = _LEAST if wanted else 0.0
        names = sorted((n for n in scores if scores[n] >= least), key=lambda n: (-scores[n], n))
        return [
            IntentHit(name, readable(name), scores[name], shown.get(name), self.sizes[name])
            for name in names[:limit]
        ]


def readable(intent: str) -> str:
    """A name as words.

    >>> readable("order_status")
    'order status'
    """
    return intent.replace("_", " ").strip()


def _begins(typed: str, name: str) -> bool:
    """Whether each typed word begins a word of the name, in the same order."""
    words = iter(name.split())
    return all(any(word.startswith(part) for word in words) for part in typed.split())


def search_intents(
    query: str, folder: Path = NLU_FOLDER, *, language: str | None = None, limit: int = 8
) -> list[IntentHit]:
    """Intents by part of their name or what one of their examples says, mistyped or not.

    Args:
        query: empty for all, by name.
        language: of the examples that are shown when none is found by its words.
    """
    return readable_catalogue(folder).search(query, language=language, limit=limit)


def catalogue(folder: Path = NLU_FOLDER) -> Catalogue:
    """The training files as they are now; a file is read again only when it has changed.

    Raises:
        NluDataInvalid: one cannot be read.
    """
    found = readable_catalogue(folder)
    if found.unreadable:
        raise found.unreadable[0]
    return found


def readable_catalogue(folder: Path = NLU_FOLDER) -> Catalogue:
    """The same for looking things up: without the files that cannot be read."""
    try:
        found = {path: (language, *_stamp_of(path)) for language, path in source_files(folder)}
    except NluDataInvalid as error:  # a file in no language's folder
        return Catalogue((), [error])
    with _lock:
        kept = _kept.get(folder)
        if kept is not None and kept[0] == found:
            return kept[1]
        before = _files.setdefault(folder, {})
        fresh = {
            path: before[path]
            if path in before and before[path][0] == stamp
            else (stamp, _read(path, stamp[0]))
            for path, stamp in found.items()
        }
        _files[folder] = fresh
        made = Catalogue(
            [source for _, those in fresh.values() if isinstance(those, tuple) for source in those],
            [wrong for _, wrong in fresh.values() if isinstance(wrong, NluDataInvalid)],
        )
        _kept[folder] = (found, made)
    return made


def labels(folder: Path = NLU_FOLDER, domain: Path | None = DOMAIN) -> set[str]:
    """The intents that a message can be given: with examples that can be read, and in the domain.

    Raises:
        NluDataInvalid: the domain cannot be read.
    """
    found = set(readable_catalogue(folder).sizes) - NOT_GIVEN
    return found if domain is None else found & _in_domain(domain)


def _in_domain(domain: Path) -> frozenset[str]:
    return _domain_as_of(domain, *_stamp_of(domain))


@lru_cache(maxsize=8)
def _domain_as_of(domain: Path, *_stamp: int) -> frozenset[str]:
    return frozenset(domain_intents(domain))


def check_label(intent: str | None, known: Collection[str]) -> str:
    """The intent, if it can be given.

    Raises:
        IntentUnknown: it cannot; those with a similar name are told.
    """
    if intent in known and intent is not None:
        return intent
    if not intent:
        raise IntentUnknown("The model says nothing of this message; choose an intent.")
    near = [name for name, _, _ in process.extract(intent, sorted(known), limit=3, score_cutoff=60)]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise IntentUnknown(
        f"There is no intent {intent!r}, or no longer.{hint} Nothing was written; choose another "
        "one, or make a new one."
    )


def entities_of(domain: Path) -> list[str]:
    """Names of the entities in a domain.

    Raises:
        NluDataInvalid: the file cannot be used.
    """
    return list(_entities_as_of(domain, *_stamp_of(domain)))


@lru_cache(maxsize=8)
def _entities_as_of(domain: Path, *_stamp: int) -> tuple[str, ...]:
    try:
        content = yaml.safe_load(read_bytes(domain).decode("utf-8"))
        listed = content.get("entities") or []
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError) as error:
        raise NluDataInvalid(domain, 0, f"cannot be read: {error}") from error
    return tuple(str(next(iter(each)) if isinstance(each, dict) else each) for each in listed)


def _stamp_of(path: Path) -> tuple[int, int, int]:
    """Changes when the file does."""
    try:
        stat = path.stat()
    except OSError as error:
        raise NluDataInvalid(path, 0, f"cannot be read: {error.strerror}.") from error
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


_Stamp = tuple[str, int, int, int]
_lock = threading.Lock()
_kept: dict[Path, tuple[dict[Path, _Stamp], Catalogue]] = {}
_files: dict[Path, dict[Path, tuple[_Stamp, tuple[SourceExample, ...] | NluDataInvalid]]] = {}


def _read(path: Path, language: str) -> tuple[SourceExample, ...] | NluDataInvalid:
    try:
        blocks = read_file(path).blocks
    except NluDataInvalid as error:
        return error
    return tuple(
        SourceExample(
            found.text, found.marked, block.intent, language, path, found.line, found.entities
        )
        for block in blocks
        for found in block.examples
    )
