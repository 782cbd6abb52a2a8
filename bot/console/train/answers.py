"""The answers of intents as their page shows them: how each is answered, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.console.train.evaluation import intent as label
from bot.errors import NluError
from bot.handoff import words
from bot.settings import LANGUAGES
from bot.trainer import answers
from bot.trainer.answers import Answer, Entry, Use
from bot.trainer.inbox.intents import catalogue
from bot.trainer.kept_changes import KeptChange
from bot.trainer.nlu_files import SourceExample

MISUNDERSTOOD = "Sorry, I misunderstood you"
WAYS = {
    answers.TEXT: ("A text", "The same words to everyone, in each language."),
    answers.HELP_CENTRE: (
        "From the help centre",
        "The bot looks up the article that answers the question, and says so if there is none.",
    ),
    answers.PERSON: ("Hand over to a person", "A colleague takes over the conversation."),
}
"""The ways to answer, and what each means."""
SHOWN_AT_ONCE = 2
"""Examples of a language that are seen without unfolding them."""
MOST_SHOWN = 300
FEW = 10
"""Examples of an answered intent, below which the field for more is open."""
_LONGEST_COUNT = 7


@dataclass(frozen=True)
class Row:
    """An intent in the list."""

    answer: Answer
    label: str
    says: str
    examples: int


@dataclass(frozen=True)
class InLanguage:
    """The examples of an intent in one language.

    Attributes:
        count: of all of them.
        some: those that are shown.
    """

    code: str
    count: int
    some: tuple[SourceExample, ...]


@dataclass(frozen=True)
class Last:
    """What somebody did last.

    Attributes:
        change: its number, of a change of examples; empty for an answer.
    """

    says: str
    change: str = ""


def rows(by_intent: Iterable[Answer], sizes: Counter[str]) -> list[Row]:
    """The intents, those without an answer first, each group in the order of its names."""
    found = [
        Row(each, label(each.intent), described(each), sizes[each.intent]) for each in by_intent
    ]
    return sorted(found, key=lambda row: (not row.answer.missing, row.label.lower()))


def described(answer: Answer) -> str:
    """How an intent is answered."""
    if answer.missing:
        return f"No answer: customers get “{MISUNDERSTOOD}”"
    if answer.kind == answers.ASIDE:
        return f"Needs no answer: {answer.because}"
    return used(answer.uses[0], answer)


def used(use: Use, answer: Answer) -> str:
    """What the bot does where it waits for an intent."""
    said = _does(use, answer)
    if use.within:
        said += f", while it asks in “{words.humanise(use.within)}”"
    if use.special:
        said += ", when particular details come with it"
    return said + (f", in the story “{use.name}”" if use.story else "")


def languages(codes: Iterable[str]) -> str:
    """Languages in words: `English, Swedish and Danish`."""
    names = [words.language(code) for code in codes]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def refusals(error: NluError) -> list[str]:
    """Why an answer was not written, a sentence or two for each reason."""
    together: dict[tuple[str, str], list[str]] = {}
    for name, reason in answers.by_field(error).items():
        kind, _, language = name.partition("-")
        together.setdefault((kind, reason), []).append(language)
    said = [f"{languages(those)}: {reason}" for (_, reason), those in together.items()]
    return list(filter(None, (*said, answers.beside_the_fields(error))))


def last(entries: Sequence[Entry], change: KeptChange | None, login: str) -> Last | None:
    """What somebody did last on this page, and can take back.

    Args:
        change: of examples.
    """
    own = [each for each in answers.standing(entries) if each.by == login]
    if change is not None and (not own or change.at > own[-1].at):
        said = "added examples to" if change.what == answers.ADDED else "removed an example of"
        return Last(f"{said} {label(change.about)}", str(change.id))
    if not own:
        return None
    did = "answered" if own[-1].what == answers.ANSWERED else "changed"
    return Last(f"{did} {label(own[-1].intent)}")


def done(asked: Mapping[str, str]) -> tuple[str, str] | None:
    """What was done to examples, as the address says: in a word, and in a sentence."""
    what = asked.get("done", "")
    if what == "undone":
        return "Taken back", "The files are as they were before."
    if what == answers.REMOVED:
        return "Removed", "The example is no longer in the training files."
    if what != answers.ADDED:
        return None
    added, there = (
        int(count) if count.isdecimal() and len(count) < _LONGEST_COUNT else 0
        for count in (asked.get("added", ""), asked.get("there", ""))
    )
    return added_in_words(added, there, asked.get("language", ""))


def added_in_words(added: int, there: int, language: str) -> tuple[str, str]:
    """How many examples were added, and how many were there already."""
    said = []
    if added:
        where = f" in {words.language(language)}" if language in LANGUAGES else ""
        said.append(f"{words.times(added, 'example', 'examples')}{where}.")
    if there:
        already = "one was" if there == 1 else f"{there} were"
        said.append(f"{already[:1].upper()}{already[1:]} there already.")
    if not said:
        return "Nothing to add", "The field was empty. Write one example a line."
    return "Added" if added else "Nothing to add", " ".join(said)


def language_of(asked: Mapping[str, str], examples: Sequence[InLanguage]) -> str:
    """The language that examples are added in: the one of the last time, or the one with least."""
    if asked.get("language", "") in LANGUAGES:
        return asked["language"]
    return min(LANGUAGES, key=lambda code: next((e.count for e in examples if e.code == code), 0))


def told(entry: Entry) -> str:
    """What somebody did, in words."""
    if entry.what == answers.UNDONE:
        return f"{entry.by} took back what was written"
    said = []
    if entry.what == answers.ANSWERED:
        said.append(f"answered it: {_ways(entry.way)}")
    elif entry.was:
        said.append(f"changed it: {_ways(entry.way)}, before: {answers.KINDS[entry.was]}")
    elif entry.scalars:
        said.append(f"changed the text in {languages(_in_order(entry.scalars))}")
    if entry.titles:
        said.append(f"changed the button in {languages(_in_order(entry.titles))}")
    elif entry.title:
        said.append("wrote the button")
    return f"{entry.by} {', and '.join(said)}"


def examples_of(intent: str) -> tuple[Counter[str], list[InLanguage]]:
    """How many examples each intent has, and those of one, by language."""
    try:
        found = catalogue()
    except NluError:  # broken examples are told by the checks, and keep nobody from answering
        return Counter(), []
    own = [one for one in found.sources if one.intent == intent]
    by_language = [
        (code, [one for one in own if one.language == code])
        for code in sorted({one.language for one in own}, key=_place)
    ]
    return found.sizes, [
        InLanguage(code, len(those), tuple(those[:MOST_SHOWN])) for code, those in by_language
    ]


def _does(use: Use, answer: Answer) -> str:
    if use.kind == answers.TEXT:
        response = answer.response
        if use is not answer.uses[0] or response is None:
            return f"A text, {use.action}"
        spoken = [code for code in _in_order(response.texts) if code]
        if len(spoken) == len(LANGUAGES):
            return "A text, in every language"
        return f"A text, in {languages(spoken)}" if spoken else "A text, the same in all languages"
    if use.kind == answers.FORM:
        return f"The form “{words.humanise(use.action)}” asks for what is needed"
    if use.kind == answers.TASK:
        task = words.humanise(use.action.removeprefix("action_")) if use.action else ""
        return f"The task “{task}”" if task else "A rule without an answer of its own"
    return _ways(use.kind)


def _ways(kind: str) -> str:
    named = answers.KINDS[kind]
    return named[:1].upper() + named[1:]


def _in_order(codes: Iterable[str]) -> Sequence[str]:
    return sorted(codes, key=_place)


def _place(code: str) -> int:
    return LANGUAGES.index(code) if code in LANGUAGES else -1
