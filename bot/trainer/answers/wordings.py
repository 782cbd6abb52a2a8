"""The texts of an answer and of a button: what they may be, and how they stand in the domain."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping

from bot.settings import LANGUAGES
from bot.trainer.answers.refusals import TextsRefused, WordsRefused

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
        TextsRefused: a language has none, or a text is not plain words.
    """
    found = {language: _tidy(texts.get(language, "")) for language in LANGUAGES}
    wrong = {language: _text_wrong(text, fields) for language, text in found.items()}
    if troubles := {language: reason for language, reason in wrong.items() if reason}:
        raise TextsRefused(troubles)
    return found


def checked_titles(titles: Mapping[str, str], otherwise: str) -> dict[str, str]:
    """The words of a button as they will be written, in each language.

    Args:
        otherwise: what to do where a language has none, in words.

    Raises:
        WordsRefused: a language has none, or they are not plain words in one short line.
    """
    found = {language: titles.get(language, "").strip() for language in LANGUAGES}
    wrong = {language: _title_wrong(title, otherwise) for language, title in found.items()}
    if troubles := {language: reason for language, reason in wrong.items() if reason}:
        raise WordsRefused(troubles)
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


def _text_wrong(text: str, fields: Collection[str]) -> str:
    if not text:
        return "there is no text. Customers are answered in every language."
    reason = _refusal(text, fields)
    return f"the text {reason}" if reason else ""


def _title_wrong(title: str, otherwise: str) -> str:
    if not title:
        return f"the button has no words. {otherwise}"
    reason = _title_refusal(title)
    return f"the button {reason}" if reason else ""


def _refusal(text: str, fields: Collection[str]) -> str:
    if len(text) > MOST_CHARACTERS:
        return _too_long(len(text), MOST_CHARACTERS)
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
        return _too_long(len(title), MOST_OF_A_TITLE)
    if brace := re.search(r"[{}]", title):
        return f"has {brace[0]}. Write plain words without braces."
    return _invisible(title) or _markup(title)


def _too_long(has: int, most: int) -> str:
    return f"has {has:,} characters, {has - most:,} more than the {most:,} it may have."


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
