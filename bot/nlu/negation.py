"""What a message says is not wanted, found by its words: "I don't want to cancel, just ...".

A negation has a cue ("I don't want to") and a scope, which it turns into its opposite ("cancel my
order"), as in Morante and Daelemans (2009), "A metalearning approach to processing the scope of
negation". Only wishes, requests and acts of the customer's are looked for: "my parcel has not
arrived" and "can you not just call me" say what is the case and what is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.nlu.phrases import compile_phrases
from bot.nlu.questions import MAX_CHARS, Words

Needs = Literal[
    "any",
    "verb",
    "order",
    "named",
    "act",
    "act or thing",
    "act, not a call",
    "passive act",
    "thing",
    "thing and thanks",
    "nothing",
]
_AFTER_A_WISH: Mapping[str, Needs] = {"intends": "verb", "wants": "named", "asks": "any"}

_APOSTROPHES = str.maketrans("’‘´`", "''''")
_BORDER = re.compile(r"\s*(?:[.!?;:,()\n–—]+|\s-)(?:\s+|$)|$")
_WORD = re.compile(r"\w+")
_HOUR = re.compile(r"(?<!\d)(?<!\d[ .-])\d{1,2}(?:[.:]\d\d)?(?![ .-]?\d)")
_WITH_DO = frozenset({"en"})
"""Languages that say no with a verb of its own, before the act: before a "not" it is a thing."""
_SAYS_NO = ("not", "refuses", "stands", "about", "instead", "besides", "none")


@dataclass(frozen=True)
class Negation:
    """A clause that says that something is not wanted.

    Attributes:
        start: the clause's first character in the message; `end` is one past the last.
        clause: its text.
        scope: what is not wanted, as if it were: "cancel my order".
        named: an act or a thing that one can ask for is named in the scope; else the words alone
            do not tell "I don't want to cancel" from "I don't want to be a member".
    """

    start: int
    end: int
    clause: str
    scope: str
    named: bool


@dataclass(frozen=True)
class _Cue:
    """A way of saying no.

    Attributes:
        pattern: ends where the scope begins; its group `verb`, if any, is of the scope, too.
        needs: what the scope must be for the clause to count: `any`thing; a `verb`, or an `order`,
            that says something by itself or with an act or a thing that is named; one `named`
            somewhere; or an `act`, a `thing` ... first. `nothing`: it never counts.
        opens: it stands where a clause opens.
        asks: it is a question when the clause ends with a question mark.
    """

    pattern: re.Pattern[str]
    needs: Needs
    opens: bool = False
    asks: bool = False


class NegationFinder:
    """Finds negations in messages.

    Args:
        words: the groups of `data/lookups/negation.yml`.
    """

    def __init__(self, words: Words) -> None:
        patterns = {name: _compiled(langs.values()) for name, langs in words.items()}
        patterns["named"] = _compiled([*words["acts"].values(), *words["things"].values()])
        patterns["pronouns"] = _compiled([*words["self"].values(), *words["others"].values()])
        said = {name: pattern.pattern for name, pattern in patterns.items()}
        self._has = patterns
        self._no = re.compile("|".join(said[name] for name in _SAYS_NO), re.I)
        self._articles = re.compile(rf"(?:{said['articles']}\s+)*", re.I)
        self._adverbs = re.compile(rf"(?:{said['adverbs']}\s+)*", re.I)
        self._leads = re.compile(rf"[^\w]*(?:{said['leads']}[^\w]*)*", re.I)
        languages = [
            {name: _compiled([langs[language]]).pattern for name, langs in words.items()}
            for language in words["not"]
        ]
        begins = "|".join(_new_wish(each) for each in languages)
        joined = "|".join(_new_order(each) for each in languages)
        self._turn = re.compile(
            rf"\s(?:{said['turns']}\s"
            rf"|{said['joins']}\s(?=\s*(?:{said['openings']}\s|{joined})))"
            rf"|(?<!\bat)(?<!\batt)(?<!\bthat)\s(?={begins})",
            re.I,
        )
        self._cues = [
            cue
            for language, said_in in zip(words["not"], languages, strict=True)
            for cue in _cues(said_in, verb_first=language not in _WITH_DO)
        ]

    def find(self, text: str) -> list[Negation]:
        """The negations of a message, in order; none in a story of more than `MAX_CHARS`."""
        text = text.translate(_APOSTROPHES)
        if len(text) > MAX_CHARS or not self._no.search(text):
            return []
        found = [one for span in _clauses(text) for one in self._in_clause(text, *span)]
        rest = without(text, found)
        return [one for one in found if not self._of_a_part(one, rest)]

    def _in_clause(self, text: str, start: int, end: int) -> Iterator[Negation]:
        question = text[end:].lstrip().startswith("?")
        opened = [start, *(turn.end() for turn in self._turn.finditer(text, start, end))]
        opened = sorted({*opened, *(_after(self._leads, text, at, end) for at in opened)})
        found = [one for cue in self._cues for one in _found(cue, text, opened, start, end)]
        for cue, match in sorted(found, key=lambda one: (one[1].start(), -one[1].end())):
            if match.start() < start:
                continue
            if cue.needs == "nothing":
                start = match.end()
                continue
            turn = self._turn.search(text, min(match.end() + 1, end), end)
            stop = turn.start() if turn else end
            scope = f"{match.groupdict().get('verb') or ''}{text[match.end() : stop]}".strip()
            asked = question and cue.asks and turn is None
            if not asked and self._counts(cue.needs, scope):
                begin = match.start()
                if cue.needs == "passive act":  # its subject goes with it
                    begin = max(start, *(at for at in opened if at <= begin))
                named = cue.needs == "any" or bool(self._has["named"].search(scope))
                yield Negation(begin, stop, text[begin:stop], scope, named)
                start = stop

    def _counts(self, needs: Needs, scope: str) -> bool:
        """Whether a scope is something that one can ask for."""
        has = self._has
        if not _WORD.search(scope):
            return False
        if has["speaks"].search(scope) and has["bots"].search(scope):
            return False
        timed = has["times"].search(scope) or _HOUR.search(scope)
        if has["calls"].search(scope) and timed:
            return False
        bare = scope[_after(self._articles, scope) :]
        said = (scope, bare, scope[_after(self._adverbs, scope) :])
        stays = any(map(has["states"].match, said)) and not has["acts"].match(bare)
        if needs != "any" and stays:
            return False
        return self._fits(needs, scope, bare)

    def _fits(self, needs: Needs, scope: str, bare: str) -> bool:
        """Whether a scope is what a cue needs.

        Args:
            bare: the scope without articles at its head.
        """
        has = self._has
        if needs == "any":
            return True
        if needs in ("named", "verb", "order"):
            scope = scope[_after(self._adverbs, scope) :]
            if needs == "order" and has["tells"].match(scope):
                return False
            vague = has["light"].match(scope) or has["pronouns"].match(scope)
            return bool(has["named"].search(scope)) or not (vague or needs == "named")
        if has["so_far"].search(scope):
            return False
        if needs == "passive act":
            first = bare.partition(" ")[0].lower()
            passive = first.endswith("s") or has["being"].match(scope)
            return bool(passive and has["acts"].match(bare[_after(has["being"], bare) :].lstrip()))
        if needs == "act":
            return bool(has["acts"].match(bare))
        if needs == "act, not a call":
            return bool(has["acts"].match(bare)) and not has["calls"].search(scope)
        if needs == "act or thing":
            return bool(has["named"].match(bare))
        thanks = needs == "thing" or has["thanks"].search(scope)
        return bool(has["things"].match(bare) and thanks)

    def _of_a_part(self, one: Negation, rest: str) -> bool:
        """Whether the rest says that a part of it is wanted."""
        has = self._has
        return bool(has["parts"].search(one.scope) and has["only"].search(rest)) and not bool(
            has["acts"].search(rest)
        )


def without(text: str, negations: Iterable[Negation]) -> str:
    """The message with the negations blanked out; what is left stands where it stood."""
    for one in negations:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _found(
    cue: _Cue, text: str, opened: Iterable[int], start: int, end: int
) -> Iterator[tuple[_Cue, re.Match[str]]]:
    """Where a cue is in a clause; its matches may overlap.

    Args:
        opened: places where something is said anew.
    """
    if cue.opens:
        matches = (cue.pattern.match(text, at, end) for at in opened)
        yield from ((cue, match) for match in matches if match)
        return
    while match := cue.pattern.search(text, start, end):
        yield cue, match
        start = match.start() + 1


def _after(words: re.Pattern[str], text: str, start: int = 0, end: int | None = None) -> int:
    """Where the words end that a text begins with."""
    found = words.match(text, start, len(text) if end is None else end)
    return found.end() if found else start


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Spans between punctuation; the full stop or comma of a number is none."""
    start = 0
    for border in _BORDER.finditer(text):
        if border.start() > start:
            yield start, border.start()
        start = border.end()


def _between(said: Mapping[str, str], most: int, *groups: str) -> str:
    words = "|".join(said[name] for name in (*groups, "auxiliaries", "adverbs"))
    return rf"(?:(?:{words})\s+){{0,{most}}}"


def _new_wish(said: Mapping[str, str]) -> str:
    """Words after which somebody speaks of something new, without a comma: "i want"."""
    wish = "|".join(said[name] for name in ("intends", "wants", "asks", "acts"))
    return rf"{said['self']}\s+{_between(said, 2, 'being')}(?:{wish})"


def _new_order(said: Mapping[str, str]) -> str:
    return (
        rf"(?:{said['orders']}|{said['acts']}(?<!s))"
        rf"\s+(?:{said['objects']}\s+){{0,2}}{_between(said, 1)}{said['not']}"
    )


def _cues(said: Mapping[str, str], *, verb_first: bool) -> Iterator[_Cue]:
    """The cues of a language; with all together, Danish "I" (you) would be English "I".

    Args:
        verb_first: an order is negated by a word after the verb.
    """

    def cue(pattern: str, needs: Needs, *, opens: bool = False, asks: bool = False) -> _Cue:
        return _Cue(re.compile(pattern, re.I), needs, opens, asks)

    no, none, me, you = said["not"], said["none"], said["self"], said["others"]
    between, active = _between(said, 4, "being"), _between(said, 4)
    not_done = rf"(?!was|were|is|are){no}"  # "I was not called" complains
    duty = said["duties"]
    objects = rf"(?:{said['objects']}\s+){{0,2}}"
    for group, needs in _AFTER_A_WISH.items():
        verb = said[group]
        yield cue(rf"{me}\s+{between}{verb}\s+{between}{no}", needs)  # jag vill inte
        yield cue(rf"{verb}\s+{me}\s+{between}{no}", needs, asks=True)  # vill jag inte
        yield cue(rf"{me}\s+{between}{no}\s+{between}{verb}", needs)  # I do not want to
        yield cue(rf"{between}{verb}\s+{between}{no}", needs, opens=True, asks=True)  # vill inte
        yield cue(rf"{between}{no}\s+{between}{verb}", needs, opens=True)  # don't want to
    yield cue(rf"{said['cans']}\s+(?:{me}|{you})\s+{between}{no}", "nothing")  # kan ni inte
    yield cue(rf"{me}\s+{between}{said['wants']}\s+{between}{none}", "named")  # behöver inget
    yield cue(rf"{between}{said['wants']}\s+{none}", "named", opens=True)
    yield cue(rf"{you}\s+{between}{duty}\s+{between}{no}", "verb")  # ni ska inte
    yield cue(rf"{you}\s+{between}{no}\s+{between}{duty}", "verb")  # you don't have to
    yield cue(rf"(?:{me}|{you})\s+{between}{said['refuses']}", "verb")
    yield cue(rf"{between}{said['refuses']}", "verb", opens=True)
    yield cue(said["stands"], "verb")
    yield cue(said["not_to"], "act")
    yield cue(said["about"], "any")
    yield cue(said["is_no"], "thing")
    thing = rf"(?!{said['pointers']})(?P<verb>(?:(?!{said['turns']})\w+\s+){{1,4}}?)"
    wish = rf"{me}\s+{between}(?:{said['intends']}|{said['wants']})"
    yield cue(rf"{said['is_no']}\s+{thing}{wish}", "any")  # it's not the receipt I want
    yield cue(rf"{duty}\s+{between}{no}", "passive act", asks=True)  # it must not be cancelled
    yield cue(said["instead"], "act or thing")
    yield cue(said["besides"], "act, not a call")
    yield cue(none, "thing and thanks", opens=True)
    yield cue(said["forbids"], "order", opens=True)  # don't
    yield cue(rf"(?P<verb>{said['orders']}\s+{objects}){active}{no}", "order", opens=True)
    if verb_first:  # avboka inte
        yield cue(rf"(?P<verb>{said['acts']}(?<!s)\s+{objects}){active}{no}", "act", opens=True)
    yield cue(rf"{active}{not_done}", "act or thing", opens=True)  # not cancel, but
    yield cue(rf"{me}\s+{active}{not_done}", "act")  # I have not cancelled
    yield cue(rf"{me}\s+(?P<verb>\w+\s+{objects}){active}{no}", "act")  # jag avbokar inte


def _compiled(languages: Iterable[Sequence[str]]) -> re.Pattern[str]:
    return compile_phrases(phrase for phrases in languages for phrase in phrases)
