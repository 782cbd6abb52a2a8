"""Tokens and sentences, by spaCy's rules for each language; no model is needed.

For messages and for articles alike. Customers mix languages, so abbreviations of all four count in
each. spaCy's own lists of them are not used: they hold words such as Norwegian "min." and Danish
"til.", which end many a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Token

LANGUAGES = ("en", "sv", "da", "nb")
"""With rules of their own; any other text is cut by the first one's."""
MAX_CHARS = 4000
"""Of a customer's message, as far as it is looked into."""
WRAPPED = 50
"""A line that is this long and goes on in small letters was broken by a mail program."""

_NEVER_LAST = (
    # before a number, a name or an example, in any of the languages
    "kl nr d art.nr ordrenr best.nr tel tlf mob adr att ca cirka ev evt f.eks fx f.x t.ex tex ex "
    "bl.a bla p.g.a pga m.a.o d.v.s dvs s.k fr.o.m fom f.o.m t.o.m tom t.o ang vedr mht m.h.t ift "
    "iht ifm ifb iflg jf jfr resp hhv inkl exkl ekskl max maks pr hr fru frk mr mrs ms dr prof "
    "vs approx e.g i.e incl excl apt dept pkt dvl feb febr apr aug sept okt"
)
# these end a sentence when a capital letter follows
_MAY_BE_LAST = "kr etc osv o.s.v m.m mm m.v mv stk st a.m p.m mvh mva jan jun jul nov dec des"

_MONTHS = frozenset(
    {"jan", "feb", "mar", "apr", "maj", "mai", "jun", "jul", "aug", "sep", "okt", "nov"}
)
"""How names of months begin: "3. Marts" is one sentence ("5. May I ..." is not)."""

_LONG_RUN = re.compile(r"([^\w\s])((?:[^\w\s]){3,})")
_WORD_PARTS = re.compile(r"\S{80,}")
_NOT_WORD = re.compile(r"\W")
_LINES = re.compile(r"\s*\n\s*")
_CLOSING = frozenset(")]}\"'”’»")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a text.

    Attributes:
        start: first character; `end` is one past the last, white space apart.
        text: `text[start:end]`, as the customer wrote it.
    """

    start: int
    end: int
    text: str


@lru_cache(maxsize=len(LANGUAGES))
def pipeline(language: str) -> Language:
    """spaCy's rules for a language: tokens and sentence borders, loaded once in a process.

    Args:
        language: one of `LANGUAGES`.
    """
    nlp = spacy.blank(language)
    tokenizer: Any = nlp.tokenizer
    rules = tokenizer.rules
    tokenizer.rules = {form: parts for form, parts in rules.items() if not form.endswith(".")}
    for word in f"{_NEVER_LAST} {_MAY_BE_LAST}".split():
        for form in {word, word.capitalize(), word.upper()}:
            tokenizer.add_special_case(f"{form}.", [{"ORTH": f"{form}."}])
    nlp.add_pipe("sentencizer")
    return nlp


def tokens(text: str, language: str | None = None, *, limit: int = MAX_CHARS) -> Doc:
    """The tokens of a text, as spaCy's `Doc`; `token.idx` is the place in `text`.

    Runs of marks are shortened, with spaces in their place, as they would cost spaCy minutes.
    """
    return pipeline(language if language in LANGUAGES else LANGUAGES[0])(_tame(text[:limit]))


def sentences(text: str, language: str | None = None, *, limit: int = MAX_CHARS) -> list[Sentence]:
    """The sentences of a text, in order; together they hold all of it but white space.

    A new line ends one as well, unless it only wraps a long line.

    Args:
        language: of the text, one of `LANGUAGES`; English for any other.
        limit: text after this many characters is one last sentence.
    """
    doc = tokens(text, language, limit=limit)
    borders = {0, len(text)}
    borders |= {doc[i].idx for i in range(1, len(doc)) if _starts(doc[i])}
    borders |= {line.end() for line in _LINES.finditer(text[:limit]) if _ends(text, line)}
    if len(text) > limit:
        borders.add(limit)
    places = sorted(borders)
    found = []
    for begin, end in pairwise(places):
        piece = text[begin:end].strip()
        if piece:
            start = text.index(piece, begin)
            found.append(Sentence(start, start + len(piece), piece))
    return found


def _starts(token: Token) -> bool:
    """Whether a sentence starts here: as spaCy says, but for numbers and abbreviations."""
    before = token.nbor(-1)
    if token.is_space or token.text in _CLOSING:
        return False
    starts = token.is_sent_start
    if before.is_space and before.i > 0:
        starts = starts or before.is_sent_start
        before = before.nbor(-1)
    capital = token.text[0].isupper() and token.lower_[:3] not in _MONTHS
    if not starts:
        word = before.lower_.removesuffix(".")
        may_end = word in _MAY_BE_LAST.split() or word.isdigit()
        return capital and may_end and before.text.endswith(".")
    if before.text != "." or before.i == 0:
        return not (before.text in _CLOSING and token.text[0].islower())
    word = before.nbor(-1).lower_
    # "den 5. maj", "no. 4": a number with a dot, or a dot with a number
    return not (word.isdigit() and not capital) and not (word == "no" and token.like_num)


def _ends(text: str, line: re.Match[str]) -> bool:
    """Whether a line break ends a sentence."""
    following = text[line.end() : line.end() + 1]
    length = line.start() - (text.rfind("\n", 0, line.start()) + 1)
    return line[0].count("\n") > 1 or length < WRAPPED or not following.islower()


def _tame(text: str) -> str:
    """The same length, but nothing that makes spaCy's tokenizer slow.

    It takes marks off the ends of a piece between spaces one at a time, trying all its rules again
    each time: 20,000 marks in a row took two minutes.
    """
    text = _LONG_RUN.sub(lambda run: run[1] + " " * len(run[2]), text)
    return _WORD_PARTS.sub(lambda piece: _NOT_WORD.sub(" ", piece[0]), text)
