"""The training files in `data/nlu`: read with their lines, and changed a line at a time.

apply([Add("sv", "order_status", "var är [NL-1](order_number)")])
"""

from bot.trainer.nlu_files.applying import apply
from bot.trainer.nlu_files.changes import Add, Change, Move, Remove, Replace
from bot.trainer.nlu_files.domain import add_intent, domain_intents
from bot.trainer.nlu_files.marks import Entity, mark, one_line, read_marks
from bot.trainer.nlu_files.sources import (
    NLU_FOLDER,
    SourceExample,
    fingerprint,
    fingerprints,
    read_sources,
)

__all__ = [
    "NLU_FOLDER",
    "Add",
    "Change",
    "Entity",
    "Move",
    "Remove",
    "Replace",
    "SourceExample",
    "add_intent",
    "apply",
    "domain_intents",
    "fingerprint",
    "fingerprints",
    "mark",
    "one_line",
    "read_marks",
    "read_sources",
]
