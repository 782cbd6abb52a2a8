"""What an agent has written in a mail: without what is quoted below it, and without a signature.

The libraries for it cut from any line that begins with "Tack", "Tak" or a hyphen, which loses
words of agents, and know no Norwegian. We know what is quoted, too: our own mails, with `MARKER`.
What is in doubt stays: a signature that a customer sees is better than words that they miss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKER = "##- Write your answer above this line -##"
_MARKER = re.compile(r"write\s+your\s+answer\s+above\s+this\s+line", re.IGNORECASE)
_CLOSE = re.compile(r"\\?#\s?(?:close|stäng|luk|lukk)[.!]?", re.IGNORECASE)

_FROM = re.compile(r"(?:from|från|fra)\s*:\s*\S", re.IGNORECASE)
_OTHER_HEADER = re.compile(
    r"(sent|date|to|cc|subject|skickat|datum|till|kopia|ämne|sendt|dato|til|kopi|emne)\s*:",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"-{2,}\s*(?:original message|forwarded message|ursprungligt meddelande|originalmeddelande|"
    r"vidarebefordrat meddelande|oprindelig meddelelse|oprindelig besked|videresendt meddelelse|"
    r"opprinnelig melding|videresendt melding)\s*-{2,}",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-_=*]{3,}")
_WROTE = re.compile(r"\b(?:wrote|skrev|skriver|følgende|följande)\b", re.IGNORECASE)
_WHEN = re.compile(
    r"(?:on|den|på|\d|(?:mån|tis|ons|tor|fre|lör|sön|man|tir|lør|søn|mon|tue|wed|thu|fri|sat|sun)"
    r"[a-zåäöæø]*[.,]?)\s?",
    re.IGNORECASE,
)
_WHO = re.compile(r".{0,80}<[^<>\s]+@[^<>\s]+>\s*(?:wrote|skrev)\b", re.IGNORECASE)
_ATTRIBUTION_LINES, _ATTRIBUTION_CHARS = 4, 300
_HEADER_LINES = 6

_APP = re.compile(
    r"(?:sent from my|skickat från min|sendt fra min|sent fra min|"
    r"(?:sent from|skickat från|sendt fra|sent via) (?:outlook|mail|gmail|yahoo|proton|samsung|"
    r"iphone|ipad|android|e-post)|(?:get|hämta|skaffa|hent|få) outlook )\b.{0,60}",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:med\s+)?(?:vänliga?|bästa|varma|venlig|venlige|bedste|mange|kærlig|vennlig|vennlige|"
    r"beste|hjertelig)\s+(?:hälsning|hälsningar|hilsen|hilsener|hilsner)|hälsningar|hilsen|hilsner|"
    r"m\.?v\.?h|vh|(?:best|kind|kindest|warm|many)\s+(?:regards|wishes)|regards|"
    r"(?:yours\s+)?sincerely)\b[,.!]?(?:\s*[/,]?\s*\S+){0,4}",
    re.IGNORECASE,
)
_AFTERTHOUGHT = re.compile(r"(?:ps|p\.s\.?|obs|nb)\b", re.IGNORECASE)
_SIGNATURE_LINES, _SIGNATURE_CHARS, _SENTENCE_WORDS = 12, 90, 5


@dataclass(frozen=True)
class Reply:
    """What an agent says by a mail.

    Attributes:
        text: for the customer; may be empty.
        closes: they have said that the matter is done.
    """

    text: str
    closes: bool


def read_reply(text: str) -> Reply:
    """What is the agent's own in the text of a mail.

    Args:
        text: plain; lines end as they like.
    """
    lines, first = _without_close(_without_quotes(text))
    lines, second = _without_close(_without_signature(lines))
    return Reply("\n".join(line.rstrip() for line in lines).strip(), first or second)


def unflowed(text: str, *, delete_space: bool) -> str:
    """Lines of `format=flowed` (RFC 3676) as the paragraphs that they were written as.

    Args:
        delete_space: `delsp=yes`: the space at a line's end is not one between words.
    """
    made: list[str] = []
    going_on: str | None = None
    for line in text.splitlines():
        quote = line[: len(line) - len(line.lstrip(">"))]
        rest = line[len(quote) :].removeprefix(" ")
        if going_on == quote and rest != "-- ":
            made[-1] += rest
        else:
            made.append(f"{quote} {rest}" if quote else rest)
        flows = rest.endswith(" ") and rest != "-- "
        going_on = quote if flows else None
        if flows and delete_space:
            made[-1] = made[-1][:-1]
    return "\n".join(made)


def _without_quotes(text: str) -> list[str]:
    lines = text.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _begins_quote(lines, number):
            kept = _without_lead(kept)
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
        elif number == 0 or not lines[number - 1].lstrip().startswith(">"):
            kept = _without_lead(kept)
    return kept


def _begins_quote(lines: Sequence[str], number: int) -> bool:
    """Whether what follows to the end is a mail that was answered, without marks at its lines."""
    line = _bare(lines[number])
    if _MARKER.search(line) and not lines[number].lstrip().startswith(">"):
        return True
    if _SEPARATOR.fullmatch(line):
        return True
    if not _FROM.match(line):
        return False
    following = [bare for each in lines[number + 1 :][: 2 * _HEADER_LINES] if (bare := _bare(each))]
    labels = {
        m[1].lower() for each in following[:_HEADER_LINES] if (m := _OTHER_HEADER.match(each))
    }
    return len(labels) >= 2


def _without_lead(lines: Sequence[str]) -> list[str]:
    """Without what a mail program writes above what it quotes: "On Monday ... wrote:"."""
    left = _trimmed(lines)
    while left and _RULE.fullmatch(left[-1].strip()):
        left = _trimmed(left[:-1])
    for count in range(1, min(_ATTRIBUTION_LINES, len(left)) + 1):
        joined = " ".join(line.strip() for line in left[-count:])
        if _is_attribution(joined):
            return [*_trimmed(left[:-count]), ""]
    return [*left, ""] if left else []


def _is_attribution(text: str) -> bool:
    """Whether it says who wrote when, in the words of a mail program."""
    if not text.endswith(":") or len(text) > _ATTRIBUTION_CHARS or not re.search(r"\d", text):
        return False
    if _WHO.match(text):
        return True
    return bool(_WHEN.match(text) and _WROTE.search(text))


def _without_signature(lines: Sequence[str]) -> list[str]:
    left = _trimmed(lines)
    for number, line in enumerate(left):
        if line == "-- " or (line.strip() == "--" and _like_signature(left[number + 1 :])):
            left = _trimmed(left[:number])
            break
    while left and _APP.fullmatch(_bare(left[-1])):
        left = _trimmed(left[:-1])
    for number in reversed(range(len(left))):
        if _is_closing(_bare(left[number])) and _like_signature(left[number + 1 :]):
            return _trimmed(left[:number])
    return left


def _is_closing(line: str) -> bool:
    return len(line) <= _SIGNATURE_CHARS and bool(_CLOSING.fullmatch(line))


def _like_signature(lines: Sequence[str]) -> bool:
    """Whether lines are names, titles and numbers, nothing that was written to somebody."""
    told = [bare for line in lines if (bare := _bare(line))]
    return len(told) <= _SIGNATURE_LINES and not any(_is_said(line) for line in told)


def _is_said(line: str) -> bool:
    sentence = line.endswith((".", "!", ":")) and len(line.split()) >= _SENTENCE_WORDS
    return (
        len(line) > _SIGNATURE_CHARS
        or sentence
        or line.endswith("?")
        or bool(_AFTERTHOUGHT.match(line))
    )


def _without_close(lines: Sequence[str]) -> tuple[list[str], bool]:
    """Without a word that closes, where it is the first line or the last."""
    left = _trimmed(lines)
    if left and _CLOSE.fullmatch(_bare(left[-1])):
        return _trimmed(left[:-1]), True
    if left and _CLOSE.fullmatch(_bare(left[0])):
        return _trimmed(left[1:]), True
    return left, False


def _bare(line: str) -> str:
    """A line without the marks of Markdown that HTML has left around its words."""
    return re.sub(r"[*_]{2}|^[*_]+|[*_]+$", "", line.strip()).strip()


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Without empty lines at either end."""
    begin, end = 0, len(lines)
    while begin < end and not lines[begin].strip():
        begin += 1
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return list(lines[begin:end])
