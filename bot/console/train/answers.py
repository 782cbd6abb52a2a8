"""The answers of intents as their page shows them: how each is answered, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.console.train.evaluation import intent as label
from bot.errors import AnswerRefused, NluError
from bot.handoff import words
from bot.settings import LANGUAGES
from bot.trainer import answers
from bot.trainer.answers import Answer, Entry, Use
from bot.trainer.inbox.intents import catalogue
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
_SHOWN_EXAMPLES = 2


@dataclass(frozen=True)
class Row:
    """An intent in the list."""

    answer: Answer
    label: str
    says: str
    examples: int


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


def refusal(error: NluError) -> str:
    """Why an answer was not written."""
    if isinstance(error, AnswerRefused) and error.languages:
        return f"{languages(error.languages)}: {error.reason}"
    return str(error)


def told(entry: Entry) -> str:
    """What somebody did, in words."""
    if entry.what == answers.UNDONE:
        return f"{entry.by} took back what was written"
    done = []
    if entry.what == answers.ANSWERED:
        done.append(f"answered it: {_ways(entry.way)}")
    elif entry.scalars:
        done.append(f"changed the text in {languages(_in_order(entry.scalars))}")
    if entry.titles:
        done.append(f"changed the button in {languages(_in_order(entry.titles))}")
    elif entry.title:
        done.append("wrote the button")
    return f"{entry.by} {', and '.join(done)}"


def examples_of(intent: str) -> tuple[Counter[str], list[SourceExample]]:
    """How many examples each intent has, and a few of one, in each language."""
    try:
        found = catalogue()
    except NluError:  # broken examples are told by the checks, and keep nobody from answering
        return Counter(), []
    some: list[SourceExample] = []
    for language in LANGUAGES:
        own = [one for one in found.sources if (one.intent, one.language) == (intent, language)]
        some += own[:_SHOWN_EXAMPLES]
    return found.sizes, some


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
    return sorted(codes, key=lambda code: LANGUAGES.index(code) if code in LANGUAGES else -1)
