"""The text shown to a customer: a passage's own words, shortened at sentence borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from kb_connector.article import Passage
from kb_connector.markdown import inline_text, parse, plain_text
from kb_connector.sentences import sentences
from kb_connector.text import stems

LIMIT = 500
_LONGEST = 3  # a list may be this many times longer than the limit: half a list misleads


@dataclass(frozen=True)
class Answer:
    """What a customer reads.

    Attributes:
        text: Markdown (paragraphs, emphasis, links, lists; tables have become lists).
        heading: of the passage within the article; empty for the article's beginning.
        url: of the exact heading; None when the article has no address.
        shortened: whether there is more to read at `url`.
    """

    text: str
    title: str
    heading: str
    url: str | None
    article_id: str
    shortened: bool


@dataclass(frozen=True)
class _Unit:
    """What is never cut: a sentence, or a whole list with the line that introduces it.

    Attributes:
        block: number of the paragraph or list that it is of.
        whole: it is a list.
        led: a line introduces it.
    """

    text: str
    block: int
    whole: bool
    led: bool = False


def answer(passage: Passage, query: str, *, limit: int = LIMIT) -> Answer:
    """The passage as an answer to a query: whole when short, else its best run of sentences.

    A list that only its heading introduces has it above: "What you cannot return" is no list of
    what you can.

    Args:
        limit: characters; a list or a single sentence may be longer, as it is never cut.
    """
    article = passage.article
    units = _units(passage.text, article.lang)
    chosen = range(len(units))
    if len(_join(units)) > limit:
        chosen = _best_run(units, set(stems(query, article.lang)), article.lang, limit)
    text = _join([units[place] for place in chosen])
    begins = units[chosen.start]
    if begins.whole and not begins.led and passage.heading:
        text = f"{_lead(passage.heading)}\n\n{text}"
    shortened = len(chosen) < len(units)
    return Answer(text, article.title, passage.heading, passage.url, article.id, shortened)


def _lead(heading: str) -> str:
    return heading if heading[-1] in ".:!?" else f"{heading}:"


def _best_run(units: Sequence[_Unit], wanted: set[str], lang: str, limit: int) -> range:
    """The consecutive units, within the limit, that have most of the wanted words.

    Consecutive, because a sentence torn from the one before it may come to say something else. A
    run from the beginning wins a tie: passages begin with their answer.
    """
    found = [wanted & set(stems(plain_text(unit.text), lang)) for unit in units]
    best, best_score = range(0, 1), -1.0
    for first in range(len(units)):
        words: set[str] = set()
        for last in range(first, len(units)):
            length = len(_join(units[first : last + 1]))
            alone = last == first
            most = limit * _LONGEST if alone and units[first].whole else limit
            if length > most and not (alone and first == 0):
                break
            words |= found[last]
            score = len(words) + (0.5 if first == 0 else 0.0) + min(length, limit) / limit / 10
            if score > best_score:
                best, best_score = range(first, last + 1), score
    return best


def _units(markdown: str, lang: str) -> list[_Unit]:
    units: list[_Unit] = []
    for number, (kind, text) in enumerate(_blocks(markdown)):
        if kind == "paragraph":
            units.extend(
                _Unit(sentence, number, False) for sentence in paragraph_sentences(text, lang)
            )
            continue
        lead = ""
        if units and units[-1].text.rstrip("*_").endswith(":"):
            lead = units.pop().text + "\n\n"
        units.append(_Unit(lead + text, number, True, bool(lead)))
    # what only leads to the next heading says nothing without it
    leads_on = len(units) > 1 and not units[-1].whole and units[-1].text.rstrip("*_").endswith(":")
    return units[:-1] if leads_on else units


def _blocks(markdown: str) -> Iterator[tuple[str, str]]:
    lines = markdown.splitlines()
    tokens = parse(markdown)
    for position, token in enumerate(tokens):
        if token.level or token.map is None or token.nesting < 0:
            continue
        text = "\n".join(lines[token.map[0] : token.map[1]]).strip()
        if token.type == "table_open":
            yield "list", _table_as_list(tokens[position:])
        elif text:
            yield ("paragraph" if token.type == "paragraph_open" else "list"), text


def _table_as_list(tokens: Sequence[Token]) -> str:
    """A bullet a row; chat windows and messenger apps show no tables."""
    rows: list[list[str]] = []
    for position, token in enumerate(tokens):
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            rows[-1].append(inline_text(tokens[position + 1]))
    head, *body = rows
    lines = []
    for first, *rest in body:
        cells = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip(head[1:], rest, strict=True)
            if cell
        ]
        lines.append(f"- **{first}**: {' · '.join(cells)}" if cells else f"- {first}")
    return "\n".join(lines)


def paragraph_sentences(paragraph: str, lang: str) -> list[str]:
    """The sentences of a Markdown paragraph; emphasis and links are never cut in two."""
    text = " ".join(paragraph.split())
    found: list[str] = []
    end = 0
    for sentence in sentences(text, lang, limit=len(text)):
        if found and (sentence.start == end or not _balanced(found[-1])):
            found[-1] += text[end : sentence.end]
        else:
            found.append(sentence.text)
        end = sentence.end
    return found


def _balanced(text: str) -> bool:
    pairs = text.count("[") == text.count("]") and text.count("(") == text.count(")")
    return pairs and text.count("**") % 2 == 0 and text.count("`") % 2 == 0


def _join(units: Sequence[_Unit]) -> str:
    text = ""
    for place, unit in enumerate(units):
        if place:
            same = units[place - 1].block == unit.block and not unit.whole
            text += " " if same else "\n\n"
        text += unit.text
    return text
