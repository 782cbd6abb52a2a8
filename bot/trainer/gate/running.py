"""The whole gate: reads what there is to compare on, asks both models, applies the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.trainer.checks.project import NO_RULE
from bot.trainer.checks.set_aside import read_asides
from bot.trainer.gate.comparison import Comparison, Outcome, Progress, ask, compare
from bot.trainer.gate.examples import compare_examples
from bot.trainer.gate.rules import Rules
from bot.trainer.gate.verdict import BLIND, BOTH, SINCE, BrokenStory, Missed, Verdict, judge
from bot.trainer.jobs.stages import Stages
from bot.trainer.labelled import Labelled, plain, read_labelled
from bot.trainer.models.notes import SUFFIX, read_notes
from bot.trainer.models.unseen import has_examples, unseen

_SHARES = {"examples": 2.0, "blind": 10.0, "since": 3.0, "musts": 3.0, "stories": 7.0}
"""What each part takes of the time, about."""


def run_gate(
    old: Path,
    new: Path,
    rules: Rules,
    progress: Progress = lambda _what, _done, _total: None,
) -> Verdict:
    """Compares a new model with the old one.

    Raises:
        NluError: a model or a file cannot be used.
    """
    stages = Stages(progress, _SHARES)
    notes: list[str] = []
    groups: dict[str, Comparison] = {}
    blind = [each for path in rules.sentences if path.exists() for each in read_labelled(path)]
    carry = [model for model in (old, new) if has_examples(model)]
    trained = {plain(e.text) for model in carry for e in unseen(model, stages.of("examples"))}
    fair = [each for each in blind if plain(each.text) not in trained]
    if len(fair) < len(blind):
        notes.append(
            f"{len(blind) - len(fair)} of {len(blind)} blind sentences are left out: a model was "
            "trained on them."
        )
    groups[BLIND] = compare(old, new, fair, stages.of("blind"))
    if len(carry) == 2:
        groups[BOTH], groups[SINCE] = compare_examples(old, new, stages.of("since"))
        notes += _intents(old, new, stages.of("since"))
    else:
        notes.append(
            "A model does not carry the examples that it was made from (it is of an older "
            "version), so that only blind sentences are compared."
        )
    if not fair:
        where = " or ".join(str(path) for path in rules.sentences) or "no file"
        notes.append(f"There are no blind sentences ({where}): only the models' own examples tell.")
    musts = [Labelled(text, intent) for text, intent in rules.must_be_right]
    musts += [each for path in rules.must if path.exists() for each in read_labelled(path)]
    return judge(
        _name(old),
        _name(new),
        groups,
        rules,
        missed=_missed(new, musts, stages.of("musts")),
        broken=_broken(new, rules.stories, stages.of("stories")),
        unanswered=unanswered_since(old, new),
        notes=notes,
    )


def _missed(new: Path, musts: Sequence[Labelled], progress: Progress) -> Sequence[Missed]:
    if not musts:
        return ()
    said = ask(new, "the new model what has to be right", musts, progress)
    return tuple(
        Missed(each.text, each.intent, answer)
        for each, answer in zip(musts, said, strict=True)
        if answer.outcome is not Outcome.RIGHT
    )


def _broken(new: Path, folder: Path, progress: Progress) -> Sequence[BrokenStory]:
    if not any(folder.glob("**/*.yml")):
        return ()
    from bot.trainer.stories import broken_by  # noqa: PLC0415 (Rasa's dialogue half: seconds)

    progress("Playing the test stories", 0, 0)
    return tuple(
        BrokenStory(each.story, str(each.path), each.line, tuple(map(asdict, each.difference)))
        for each in broken_by(new, folder, progress)
    )


def unanswered_since(old: Path, new: Path) -> list[str]:
    """Intents that came without an answer; one that had none before is not worse off.

    What a trainer has set aside in the checks needs none: a form asks for it.
    """
    before = read_notes(old).unanswered or ()
    aside = {each.about[1] for each in read_asides() if each.about[0] == NO_RULE}
    return [
        intent
        for intent in read_notes(new).unanswered or ()
        if intent not in aside and intent not in before
    ]


def _intents(old: Path, new: Path, progress: Progress) -> list[str]:
    before = {each.intent for each in unseen(old, progress)}
    now = {each.intent for each in unseen(new, progress)}
    told = (("no longer there", before - now), ("new", now - before))
    return [f"Intents {how}: {', '.join(sorted(those))}." for how, those in told if those]


def _name(model: Path) -> str:
    return model.name.removesuffix(SUFFIX)
