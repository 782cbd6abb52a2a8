"""The gate: two models compared on the same sentences, and whether the new one may be shipped."""

from bot.trainer.gate.comparison import Comparison, Outcome, Pair, Said, compare
from bot.trainer.gate.examples import compare_examples
from bot.trainer.gate.mcnemar import Mcnemar, mcnemar
from bot.trainer.gate.rules import Rules, read_rules
from bot.trainer.gate.running import run_gate
from bot.trainer.gate.verdict import BrokenStory, Verdict, judge

__all__ = [
    "BrokenStory",
    "Comparison",
    "Mcnemar",
    "Outcome",
    "Pair",
    "Rules",
    "Said",
    "Verdict",
    "compare",
    "compare_examples",
    "judge",
    "mcnemar",
    "read_rules",
    "run_gate",
]
