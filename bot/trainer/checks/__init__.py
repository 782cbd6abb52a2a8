"""What is wrong with the training data, found before a model learns it; docs/checks.md.

A check is a function from the data to findings. None changes anything: a finding offers changes,
and `apply_fix` makes them when the trainer says so.
"""

from bot.trainer.checks.data import Progress
from bot.trainer.checks.findings import Finding, Fix, Grade, Place, key_of
from bot.trainer.checks.fixing import apply_fix, mend, unmend
from bot.trainer.checks.loading import Project
from bot.trainer.checks.running import CHECKS, NAMES, Report, check, run_job
from bot.trainer.checks.set_aside import Aside, look_again, read_asides, set_aside
from bot.trainer.checks.standing import read_findings, still_standing

__all__ = [
    "CHECKS",
    "NAMES",
    "Aside",
    "Finding",
    "Fix",
    "Grade",
    "Place",
    "Progress",
    "Project",
    "Report",
    "apply_fix",
    "check",
    "key_of",
    "look_again",
    "mend",
    "read_asides",
    "read_findings",
    "run_job",
    "set_aside",
    "still_standing",
    "unmend",
]
