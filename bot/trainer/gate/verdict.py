"""Whether a new model may be shipped, and why not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.trainer.gate.comparison import Comparison, Outcome, Pair, Said
from bot.trainer.gate.mcnemar import Mcnemar
from bot.trainer.gate.rules import Rules

BLIND, BOTH, SINCE = "blind", "both", "since"
TITLES = {
    BLIND: "Blind sentences, which no model is trained on",
    BOTH: "Examples of both models, each left out",
    SINCE: "Labels since the old model",
}
"""The kinds of sentences that models are compared on."""
SHOWN = 500
"""Sentences of each list that a report keeps."""


@dataclass(frozen=True)
class Missed:
    """A sentence that has to be right and is not."""

    text: str
    intent: str
    said: Said


@dataclass(frozen=True)
class BrokenStory:
    """A test story that the new model breaks.

    Attributes:
        path: of its file.
        line: of the story in it.
        difference: what it expects and what the model does instead, line by line, as
            `bot.trainer.stories.showing.Line` has it.
    """

    name: str
    path: str
    line: int
    difference: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a new model.

    Attributes:
        reasons: why it is blocked, a sentence for each.
        notes: what else a trainer should know, a sentence for each.
        groups: the comparisons, by the kind of sentences.
        missed: sentences that have to be right and are not.
        broken: test stories that the new model breaks.
        unanswered: intents that came without an answer.
    """

    old: str
    new: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    groups: Mapping[str, Comparison]
    missed: tuple[Missed, ...] = ()
    broken: tuple[BrokenStory, ...] = ()
    unanswered: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the new model may be shipped."""
        return not self.reasons

    def as_json(self) -> dict[str, Any]:
        """The verdict for files, scripts and the console."""
        return {
            "old": self.old,
            "new": self.new,
            "passed": self.passed,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "missed": [
                {"text": each.text, "intent": each.intent, "said": _said(each.said)}
                for each in self.missed
            ],
            "broken": [dataclasses.asdict(each) for each in self.broken],
            "unanswered": list(self.unanswered),
            "groups": {name: _group(name, those) for name, those in self.groups.items()},
        }


def judge(
    old: str,
    new: str,
    groups: Mapping[str, Comparison],
    rules: Rules,
    *,
    missed: Sequence[Missed] = (),
    broken: Sequence[BrokenStory] = (),
    unanswered: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Verdict:
    """Applies the rules; no model is asked.

    Args:
        groups: by `BLIND`, `BOTH` or `SINCE`; each has to pass by itself.
        missed: sentences that have to be right and are not.
        broken: test stories that the new model breaks.
        unanswered: intents that the new model understands and has no answer to, unlike the old.
    """
    reasons = [
        f"{intent} has no answer: customers who ask this would read that they were not "
        "understood. Write one on the Answers page."
        for intent in unanswered
    ]
    reasons += [
        f"Broken test story: {each.name} ({each.path}, line {each.line})." for each in broken
    ]
    reasons += [
        f"Has to be right: “{each.text}” ({each.intent}) is {_how(each.said)}." for each in missed
    ]
    for name, those in groups.items():
        reasons += _worse(TITLES[name], those, rules.significance)
        languages = those.by_language()
        for language, part in languages.items():
            if len(languages) > 1:  # asked so many times, chance gets so many chances
                told = f"{TITLES[name]}, language {language}"
                reasons += _worse(told, part, rules.significance / len(languages))
    reasons += _intents(groups, rules)
    if not any(those.pairs for those in groups.values()):
        reasons.append(
            "There are no sentences to compare the models on: write some to "
            f"{rules.sentences[0] if rules.sentences else 'a CSV file'}."
        )
    given = {name: those for name, those in groups.items() if those.pairs}
    return Verdict(
        old,
        new,
        tuple(reasons),
        tuple(notes),
        given,
        tuple(missed),
        tuple(broken),
        tuple(unanswered),
    )


def _worse(where: str, those: Comparison, significance: float) -> list[str]:
    reasons = []
    right, wrong = those.right, those.wrong
    if right.only_new < right.only_old and right.p < significance:
        reasons.append(
            f"{where}: right less often; {right.only_old} lost, {right.only_new} gained{_p(right)}."
        )
    if wrong.only_new > wrong.only_old and wrong.p < significance:
        reasons.append(
            f"{where}: wrong more often; {wrong.only_new} became wrong, "
            f"{wrong.only_old} no longer are{_p(wrong)}."
        )
    return reasons


def _intents(groups: Mapping[str, Comparison], rules: Rules) -> list[str]:
    """Limits hold for what both models can be judged by: not for the labels since the old one."""
    judged = tuple(pair for name, those in groups.items() if name != SINCE for pair in those.pairs)
    reasons = []
    for intent, those in Comparison(judged).by_intent().items():
        limit, count = rules.limit(intent), len(those.pairs)
        if count < limit.sentences:
            continue
        old, new = those.shares(Outcome.RIGHT)
        fewer = those.right.only_old - those.right.only_new
        told = f"{intent}: right {new:.0%} of {count}, was {old:.0%}"
        if old - new > limit.fall and fewer >= limit.fewer:
            reasons.append(f"{told}; it may fall by {limit.fall:.0%}.")
        elif limit.least is not None and new < limit.least:
            reasons.append(f"{told}; it has to be {limit.least:.0%}.")
    return reasons


def _group(name: str, those: Comparison) -> dict[str, Any]:
    return {
        "title": TITLES[name],
        **_numbers(those),
        "by_language": {lang: _numbers(part) for lang, part in those.by_language().items()},
        "by_intent": {
            intent: _numbers(part)
            for intent, part in those.by_intent().items()
            if part.improved or part.regressed
        },
        "improved": [_pair(pair) for pair in those.improved[:SHOWN]],
        "regressed": [_pair(pair) for pair in those.regressed[:SHOWN]],
    }


def _numbers(those: Comparison) -> dict[str, Any]:
    shares = {each.value: dict(zip(("old", "new"), those.shares(each), strict=True))
              for each in Outcome}  # fmt: skip
    return {
        "sentences": len(those.pairs),
        **shares,
        "improved_count": len(those.improved),
        "regressed_count": len(those.regressed),
        "p_right": those.right.p,
        "p_wrong": those.wrong.p,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "text": pair.text,
        "intent": pair.intent,
        "language": pair.language,
        "old": _said(pair.old),
        "new": _said(pair.new),
    }


def _said(said: Said) -> dict[str, Any]:
    told = {"intent": said.intent, "confidence": round(said.confidence, 4)}
    return {**told, "outcome": said.outcome.value}


def _how(said: Said) -> str:
    return "asked back about" if said.outcome is Outcome.ASKED else f"taken for {said.intent}"


def _p(test: Mcnemar) -> str:
    return f" (p = {test.p:.3f})" if test.p >= 0.001 else " (p < 0.001)"
