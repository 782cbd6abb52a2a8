"""The answers of intents: which have none, and writing one into the domain and the rules; and what
the intents are called on a button.

save(Place(), "gift_wrap", "tove", TEXT, {"en": "Yes, we do.", "sv": "Ja.", ...})
"""

from bot.trainer.answers.answering import AS_IT_IS, WAYS, Place, save, undo
from bot.trainer.answers.journal import (
    ANSWERED,
    CHANGED,
    UNDONE,
    Entry,
    read_journal,
    standing,
)
from bot.trainer.answers.reading import (
    ASIDE,
    FORM,
    HELP_CENTRE,
    KINDS,
    NONE,
    PERSON,
    TASK,
    TEXT,
    Answer,
    Answers,
    Use,
    read_answers,
)
from bot.trainer.answers.responses import Response
from bot.trainer.answers.wordings import MOST_CHARACTERS, MOST_OF_A_TITLE

__all__ = [
    "ANSWERED",
    "ASIDE",
    "AS_IT_IS",
    "CHANGED",
    "FORM",
    "HELP_CENTRE",
    "KINDS",
    "MOST_CHARACTERS",
    "MOST_OF_A_TITLE",
    "NONE",
    "PERSON",
    "TASK",
    "TEXT",
    "UNDONE",
    "WAYS",
    "Answer",
    "Answers",
    "Entry",
    "Place",
    "Response",
    "Use",
    "read_answers",
    "read_journal",
    "save",
    "standing",
    "undo",
]
