"""The texts of an answer and of a button: what they may be, and how they stand in the domain."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping

from bot.errors import AnswerRefused, TitleRefused
from bot.settings import LANGUAGES

MOST_CHARACTERS = 1000
"""Of one text: more is an article, and what messengers take has limits."""
MOST_OF_A_TITLE = 50
"""Of the words of a button. Messenger shows the first 20; Slack refuses a message with over 75."""
_BRACES = re.compile(r"\{\{|\}\}|\{(\w+)\}|[{}]")
_MARKUP = re.compile(
    r"</?[a-zA-Z!][^>\n]*>|!?\[[^\]\n]*\]\([^)\n]*\)|\*\*|__|`|^#{1,6} ", re.MULTILINE
)
_INVISIBLE = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


def checked(texts: Mapping[str, str], fields: Collection[str] = ()) -> dict[str, str]:
    """The texts as they will be written, one in each language.

    Args:
        fields: names that may stand between braces, to be filled in.

    Raises:
        AnswerRefused: a language has none, or a text is not plain words.
    """
    found = {language: _tidy(texts.get(language, "")) for language in LANGUAGES}
    if missing := [language for language, text in found.items() if not text]:
        raise AnswerRefused("there is no text. Customers are answered in every language.", missing)
    for language, text in found.items():
        if reason := _refusal(text, fields):
            raise AnswerRefused(f"the text {reason}", [language])
    return found


def checked_titles(titles: Mapping[str, str], otherwise: str) -> dict[str, str]:
    """The words of a button as they will be written, in each language.

    Args:
        otherwise: what to do where a language has none, in words.

    Raises:
        TitleRefused: a language has none, or they are not plain words in one short line.
    """
    found = {language: titles.get(language, "").strip() for language in LANGUAGES}
    if missing := [language for language, title in found.items() if not title]:
        raise TitleRefused(f"the button has no words. {otherwise}", missing)
    for language, title in found.items():
        if reason := _title_refusal(title):
            raise TitleRefused(f"the button {reason}", [language])
    return found


def fields_of(texts: Collection[str]) -> set[str]:
    """What texts have between braces, to be filled in."""
    return {found[1] for text in texts for found in _BRACES.finditer(text) if found[1]}


def quoted(text: str) -> str:
    """A text between double quotes: what JSON writes is YAML, too."""
    return json.dumps(text, ensure_ascii=False)


def _tidy(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)


def _refusal(text: str, fields: Collection[str]) -> str:
    if len(text) > MOST_CHARACTERS:
        return f"has {len(text):,} characters, more than {MOST_CHARACTERS:,}. Make it shorter."
    if invisible := _invisible(text.replace("\n", "")):
        return invisible
    for found in _BRACES.finditer(text):
        if found[0] not in ("{{", "}}") and found[1] not in fields:
            return (
                f"has {found[0]}: what stands between braces is filled in by the bot. "
                "Write {{ and }} for the braces themselves."
            )
    return _markup(text)


def _title_refusal(title: str) -> str:
    if "\n" in title or "\r" in title:
        return "has several lines. Write one."
    if len(title) > MOST_OF_A_TITLE:
        return f"has {len(title)} characters, more than {MOST_OF_A_TITLE}. Make it shorter."
    if brace := re.search(r"[{}]", title):
        return f"has {brace[0]}. Write plain words without braces."
    return _invisible(title) or _markup(title)


def _invisible(text: str) -> str:
    for sign in text:
        if unicodedata.category(sign) in _INVISIBLE:
            return f"has an invisible character (U+{ord(sign):04X}). Take it out."
    return ""


def _markup(text: str) -> str:
    if found := _MARKUP.search(text):
        return (
            f"has {found[0].strip()[:30]}, which is markup. Write plain words: not every "
            "channel shows it as it is meant."
        )
    return ""
