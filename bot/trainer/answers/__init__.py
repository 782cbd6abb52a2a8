"""The answers of intents: which have none, and writing one into the domain and the rules; and what
the intents are called on a button.

save(Place(), "gift_wrap", "tove", TEXT, {"en": "Yes, we do.", "sv": "Ja.", ...})
"""

from bot.trainer.answers.answering import AS_IT_IS, WAYS, save, undo
from bot.trainer.answers.examples import (
    ADDED,
    MOST_OF_AN_EXAMPLE,
    REMOVED,
    Adding,
    add_examples,
    last_of,
    remove_example,
    undo_examples,
)
from bot.trainer.answers.journal import (
    ANSWERED,
    CHANGED,
    UNDONE,
    Entry,
    read_journal,
    standing,
)
from bot.trainer.answers.place import Place
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
from bot.trainer.answers.refusals import beside_the_fields, by_field
from bot.trainer.answers.responses import Response
from bot.trainer.answers.wordings import MOST_CHARACTERS, MOST_OF_A_TITLE

__all__ = [
    "ADDED",
    "ANSWERED",
    "ASIDE",
    "AS_IT_IS",
    "CHANGED",
    "FORM",
    "HELP_CENTRE",
    "KINDS",
    "MOST_CHARACTERS",
    "MOST_OF_AN_EXAMPLE",
    "MOST_OF_A_TITLE",
    "NONE",
    "PERSON",
    "REMOVED",
    "TASK",
    "TEXT",
    "UNDONE",
    "WAYS",
    "Adding",
    "Answer",
    "Answers",
    "Entry",
    "Place",
    "Response",
    "Use",
    "add_examples",
    "beside_the_fields",
    "by_field",
    "last_of",
    "read_answers",
    "read_journal",
    "remove_example",
    "save",
    "standing",
    "undo",
    "undo_examples",
]
