"""Names of persons, by the words around them and by a list of common ones.

After words such as "my name is" and "mvh" a name is taken whatever it is, as far as it looks like
one. Where less is said, a word must be a known name, or two known ones must stand together. A name
that an agent or the bot is greeted by ("Hi Kim,") is not the customer's and stays, unless it is one
of those that the caller gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bot.trainer.redaction.finding import Found, words_in
from bot.trainer.redaction.given import is_family, is_given, is_rare, may_be_given

Accepts = Callable[[str, int], bool]
"""Whether a word can be the one with this number, from 0, of a name."""
MOST_WORDS = 4
SHORTEST_PART = 3
"""Letters of a part of a given name from which it is looked for by itself."""

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*(?![\d_])")
_BETWEEN = re.compile(r"[ \t\u00a0]{1,3}|\.[ \t]?(?=[^\W\d_])")
_JOINED = re.compile(r"[ \t]+(?:och|og|and|&|\+)[ \t]+", re.IGNORECASE)
_TITLE = re.compile(r"(?:mr|mrs|ms|miss|dr|herr|fru|hr|fr)\.?[ \t]+", re.IGNORECASE)
_PARTICLES = words_in("von van de der den af av al el bin da di dos la le ibn")
_ENDS_LINE = re.compile(
    r"[ \t]*[.,!:;)]*[ \t]*(?:$|\n|[+(]?\d|\[|(?:tlf|tel|mob)\w*|\S+@)", re.IGNORECASE
)

# nobody is called so, however it is written
_NO_NAME = words_in(
    """
    i me my mine you your we us our he she it they the a an and or but is am are was were be been
    not no yes so to of in on at by for from with about as this that these there here who what
    when where why how can could will would please just still also have has had do does did get
    got want need order parcel package customer again all only same spelled wrong
    jag mig min mitt mina du din ditt vi oss vår er ert ni de dem den det en ett och eller men är
    var vart vad när hur varför som att inte ja nej så till av i på från med om här igen kan ska
    skulle vill har hade fick får bara samma undrar heter alla
    jeg meg mig min mitt mine dit din vi os oss vår vores jeres dere i de dem den det en et ei og
    eller men er var hvor hva hvad når hvordan hvorfor som at ikke ja nei nej så til av af på fra
    med om her igjen igen kan skal skulle vil har hadde havde fik fikk får bare samme lurer hedder
    alle hej hei hi hello tack tak takk thanks thank hälsningar hilsen mvh regards
    kunde kund ordre paket pakke pakken svar blev ble stavet skrevet fel feil forkert et
    nordlys svara
    """
)
# "my name is misspelt"
_MISSPELT = re.compile(r"(?:fel|fejl|feil|mis)\w*(?:t|d|e)$")
_NAME_OF = r"(?:(?:full|first|last|old|new)\s+)?name(?:\s+on\s+(?:the|my)\s+\w+)?"
_SURE = re.compile(
    rf"\b(?:(?:my|the|his|her)\s+{_NAME_OF}\s*(?:is|was|'s|:|=)|my\s+name'?s|name'?s|name\s+is"
    r"|(?:i\s+am|i'?m)\s+called"
    r"|(?:jag|hon|han|jeg|hun|mamma|pappa|mor|far|mann?en\s+min)\s+(?:heter|hedder)|heter\s+jag"
    r"|(?:mitt|hans|hennes|hendes|mit)\s+na[mv]n\s+(?:är|er|e)|na[mv]net\s+(?:är|er|e)"
    r"|(?<=[.!?,]\s)(?:heter|hedder)|^(?:heter|hedder)"
    r"|(?:account|card)\s*holder(?:'?s\s+name)?(?:\s+is)?|konto(?:inne)?hava?re?n?|kontohaver"
    r"|kort(?:inne)?ha[vd]a?re?|kortinnehaver|kortholder|kontoholder|kontoeier)[ \t]*[:=]?[ \t]*",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:^|[\n,;.|] ?)[ \t]*(?:(?:full(?:t|de)?|för|efter|for|etter|first|last)[ -]?)?"
    r"(?:namn|navn|name)[ \t]*[:=][ \t]*",
    re.IGNORECASE,
)
_BEFORE_HEDDER = re.compile(
    rf"(?:^|[,.!?\n])[ \t]*(?:\w+[,!]?[ \t]+)?(?P<name>{_WORD.pattern}(?:[ \t]{_WORD.pattern})?)"
    r"[ \t]+(?:heter[ \t]+jag|hedder[ \t]+jeg|heter[ \t]+jeg)\b",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:\b(?:m\.?v\.?h\.?|kh|vh|dbh"
    r"|(?:(?:vänlig|vänliga|bästa|hjärtliga|glada|många|soliga|trevliga)\s+)?hälsn(?:ing(?:ar)?)?"
    r"|(?:(?:venlige?|mange|kærlige?|(?:de\s+)?bedste|vennlige?|beste|hjertelig)\s+)?hils(?:en|ener|ner)"
    r"|(?:(?:kind|best|warm|many)\s+)?(?:kind\s+)?regards|rgds|(?:yours\s+)?sincerely(?:\s+yours)?"
    r"|yours(?:\s+(?:truly|faithfully))?|best\s+wishes|all\s+the\s+best|br|signed|undertecknad)\b\.?"
    r"(?:[ \t]+(?:från|fra|from)\b)?)[\s,.!:–-]*",
    re.IGNORECASE,
)
_THANKED = re.compile(
    r"\b(?:thanks(?:\s+(?:a\s+lot|in\s+advance))?|thank\s+you|cheers|best|love"
    r"|tack(?:\s+(?:på|i)\s+förhand|\s+så\s+mycket)?|takk?(?:\s+på\s+forhånd)?|ha\s+det|hej\s+då"
    r"|kram(?:ar)?|knus)[\s,.!:–-]+",
    re.IGNORECASE,
)
_SLASH = re.compile(r"(?:(?<=[\s.!?,])|^)(?://?|[-–—~])[ \t]*(?=[^\W\d_])")
_INTRODUCED = re.compile(
    r"\b(?:this\s+is|it'?s|it\s+is|i\s+am|i'?m|det\s+(?:är|er|e)|dette\s+er|her\s+er"
    r"|jag\s+är|jeg\s+er|här\s+är|speaking\s+with)[ \t]+",
    re.IGNORECASE,
)
_PRESENT = re.compile(r"[ \t]+(?:här|her|here|igen|igjen|again|speaking)\b", re.IGNORECASE)
_HERE = re.compile(rf"(?:^|[.!?,\n])[ \t]*(?:\w+[,!]?[ \t]+)?(?={_WORD.pattern})")
_RELATIVES = """
    mother mum mom father dad husband wife partner girlfriend boyfriend son daughter sister brother
    friend colleague neighbour neighbor boss fiance fiancé fiancée aunt uncle grandmother
    mamma mor mors pappa far fars make man fru sambo flickvän pojkvän dotter syster bror kompis vän
    kollega granne chef mand kone kæreste datter søn søster ven veninde nabo mann sønn venn venninne
    samboer kjæreste moster faster morbror farbror mormor farmor bedstemor svigermor svoger tante
    onkel
"""
_RELATED = re.compile(
    rf"\b(?:(?:my|min|mitt|mit|our|vår|vores)\s+(?:\w+\s)?(?:{'|'.join(_RELATIVES.split())})"
    r"|(?:mannen|kona|mora|faren|broren|søsteren|datteren|sønnen)\s+min)[ \t]+",
    re.IGNORECASE,
)


def find_names(text: str, names: Sequence[str] = ()) -> Iterator[Found]:
    """The names of persons in a text; may overlap.

    Args:
        names: of the conversation's customer, as far as they are known; found wherever they stand.
    """
    yield from _given_by_caller(text, names)
    reader = _Reader(text)
    for cue in (_SURE, _LABEL):
        for found in cue.finditer(text):
            yield from reader.name(found.end(), reader.looks_like_one)
    for found in _BEFORE_HEDDER.finditer(text):
        if all(reader.looks_like_one(word, 1) for word in found["name"].split()):
            yield Found("name", found.start("name"), found.end("name"))
    for found in _SIGNED.finditer(text):
        yield from reader.signature(found.end(), reader.looks_like_one)
    for found in _THANKED.finditer(text):
        yield from reader.signature(found.end(), reader.is_last_word)
    for found in _SLASH.finditer(text):
        yield from reader.signature(found.end(), reader.is_known)
    for found in _HERE.finditer(text):
        yield from reader.here(found.end())
    for found in _RELATED.finditer(text):
        yield from reader.relative(found.end())
    for found in _INTRODUCED.finditer(text):
        yield from reader.introduced(found.end())
    yield from reader.alone()


def _given_by_caller(text: str, names: Sequence[str]) -> Iterator[Found]:
    """A name and its parts; a part that is a word, only with a capital letter."""
    for name in names:
        parts = _WORD.findall(name)
        whole = r"[\s.,]+".join(re.escape(part) for part in parts)
        if not whole:
            continue
        for found in re.finditer(rf"(?<!\w){whole}(?:'?s)?(?!\w)", text, re.IGNORECASE):
            yield Found("name", *found.span())
        for part in parts:
            if len(part) < SHORTEST_PART or part.lower() in _NO_NAME:
                continue
            for found in re.finditer(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE):
                if found[0][0].isupper() or is_given(part) or is_rare(part):
                    yield Found("name", *found.span())


class _Reader:
    """Reads names out of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        # capitals say nothing where all letters are
        self._shouted = text.isupper()

    def _capital(self, word: str) -> bool:
        return word[0].isupper() and not self._shouted

    def looks_like_one(self, word: str, number: int) -> bool:
        """Where a name must come: what is written as one, or is one, or is no word."""
        if word.lower() in _NO_NAME or _MISSPELT.match(word):
            return False
        if self._capital(word) or may_be_given(word):
            return True
        return is_rare(word) or (number > 0 and is_family(word))

    def is_known(self, word: str, number: int) -> bool:
        """Where a name may come: a given name, and after it a family name or a capital letter."""
        if word.lower() in _NO_NAME:
            return False
        if number == 0:
            return is_given(word) or (self._capital(word) and may_be_given(word))
        return self._capital(word) or is_given(word) or is_family(word)

    def is_last_word(self, word: str, number: int) -> bool:
        """After thanks, where the message ends: what is known or has a capital letter."""
        if word.lower() in _NO_NAME:
            return False
        return self.is_known(word, number) or self._capital(word)

    def name(self, start: int, accepts: Accepts) -> Iterator[Found]:
        """The name that begins here, if one does."""
        end = self._end(start, accepts)
        if end > start:
            yield Found("name", start, end)

    def signature(self, start: int, accepts: Accepts) -> Iterator[Found]:
        """The name that begins here and that the line ends with."""
        end = self._end(start, accepts)
        if end > start and (_ENDS_LINE.match(self._text, end)):
            yield Found("name", start, end)

    def relative(self, start: int) -> Iterator[Found]:
        """After "my wife" and the like: what is known, or two words in capitals."""
        end = self._end(start, self.is_last_word)
        words = _WORD.findall(self._text[start:end])
        if len(words) > 1 or (words and self.is_known(words[0], 0)):
            yield Found("name", start, end)

    def introduced(self, start: int) -> Iterator[Found]:
        """After "this is" and the like, which most other things come after."""
        end = self._end(start, self.is_known)
        if end == start:
            end = self._end(start, self.looks_like_one)
            words = _WORD.findall(self._text[start:end])
            written = len(words) > 1 and all(self._capital(word) for word in words)
            full = written and any(is_family(word) for word in words)
            if not full and not _PRESENT.match(self._text, end):
                return
        if end > start:
            yield Found("name", start, end)

    def here(self, start: int) -> Iterator[Found]:
        """Before "here" and the like: "Bente her, ring lige"."""
        end = self._end(start, self.is_known)
        if end > start and _PRESENT.match(self._text, end):
            yield Found("name", start, end)

    def alone(self) -> Iterator[Found]:
        """Given name and family name, whatever stands around them; a given name that is all."""
        taken = 0
        for word in _WORD.finditer(self._text):
            if word.start() < taken or not may_be_given(word[0]):
                continue
            if not self.is_known(word[0], 0):
                continue
            end = self._end(word.start(), self.is_known)
            rest = _WORD.findall(self._text[word.end() : end])
            sure = is_given(word[0]) and self._capital(word[0])
            whole = self._text.strip(" \t\n.,!").lower() == word[0].lower()
            last = any(self._is_last(each) or (sure and self._capital(each)) for each in rest)
            if last or (whole and is_given(word[0])):
                yield Found("name", word.start(), end)
                taken = end

    def _is_last(self, word: str) -> bool:
        return is_family(word) or (self._capital(word) and (is_rare(word) or may_be_given(word)))

    def _end(self, start: int, accepts: Accepts) -> int:
        """Where the name that begins at `start` ends; `start` where none begins."""
        end = position = start
        title = _TITLE.match(self._text, start)
        if title:
            position = title.end()
        count = 0
        while count < MOST_WORDS:
            word = _WORD.match(self._text, position)
            if word is None:
                break
            initial = len(word[0]) == 1 and word[0].isupper() and count > 0
            particle = count > 0 and word[0].lower() in _PARTICLES
            if not particle and not initial and not accepts(word[0], count):
                break
            if not particle:
                end = word.end()
            count += 1
            gap = _BETWEEN.match(self._text, word.end())
            if gap is None:
                break
            if gap[0].startswith(".") and not initial:
                break
            position = gap.end()
        if end > start:
            joined = _JOINED.match(self._text, end)
            other = _WORD.match(self._text, joined.end()) if joined else None
            if joined and other and self.is_known(other[0], 0):
                return self._end(joined.end(), self.is_known)
        return end
