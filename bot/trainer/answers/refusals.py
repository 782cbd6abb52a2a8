"""What is wrong with the fields of an answer, all of them at once."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import AnswerRefused, TitleRefused
from bot.settings import LANGUAGES

TEXT_FIELD, TITLE_FIELD = "text", "title"
"""What the names of the fields begin with: `text-sv`."""


class TextsRefused(AnswerRefused):
    """Texts of an answer that cannot be written as they are; nothing was written.

    Attributes:
        by_language: what is wrong with each.
    """

    def __init__(self, by_language: Mapping[str, str]) -> None:
        super().__init__(_in_words(by_language))
        self.by_language = dict(by_language)
        self.languages = tuple(by_language)


class WordsRefused(TitleRefused):
    """The same for the words of a button."""

    def __init__(self, by_language: Mapping[str, str]) -> None:
        super().__init__(_in_words(by_language))
        self.by_language = dict(by_language)
        self.languages = tuple(by_language)


class BothRefused(AnswerRefused):
    """What is wrong with an answer, and with its button; nothing was written."""

    def __init__(self, answer: AnswerRefused, title: AnswerRefused) -> None:
        super().__init__(f"{answer} {title}")
        self.answer = answer
        self.title = title


def by_field(error: Exception) -> dict[str, str]:
    """What is wrong with each field, by its name; empty where it is none of them."""
    if isinstance(error, BothRefused):
        return {**by_field(error.answer), **by_field(error.title)}
    if isinstance(error, TextsRefused | WordsRefused):
        name = TEXT_FIELD if isinstance(error, TextsRefused) else TITLE_FIELD
        return {f"{name}-{language}": reason for language, reason in error.by_language.items()}
    return {}


def beside_the_fields(error: Exception) -> str:
    """What is said of none of the fields."""
    if isinstance(error, BothRefused):
        parts = (beside_the_fields(error.answer), beside_the_fields(error.title))
        return " ".join(filter(None, parts))
    return "" if by_field(error) else str(error)


def _in_words(by_language: Mapping[str, str]) -> str:
    """Languages with the same trouble are told together."""
    together: dict[str, list[str]] = {}
    for language in sorted(by_language, key=LANGUAGES.index):
        together.setdefault(by_language[language], []).append(language)
    return " ".join(f"{', '.join(those)}: {reason}" for reason, those in together.items())
