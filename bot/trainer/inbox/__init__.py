"""The trainer's inbox: what customers have said, what teaches most first, and labels for it."""

from bot.trainer.inbox.actions import (
    BULK,
    Mark,
    Told,
    accept,
    bulk,
    edit,
    mark,
    new_intent,
    not_for_bot,
    relabel,
    reopen,
    set_language,
    skip,
    split,
)
from bot.trainer.inbox.around import Around, Spoken, around, forget
from bot.trainer.inbox.collecting import Collected, collect
from bot.trainer.inbox.entities import Likely, likely_entity, marked_entities
from bot.trainer.inbox.intents import (
    IntentHit,
    entities_of,
    labels,
    readable,
    search_intents,
)
from bot.trainer.inbox.journal import Done, Inbox, Seen, resume
from bot.trainer.inbox.lines import Line, line_of
from bot.trainer.inbox.nearest import Nearest, nearest_intents
from bot.trainer.inbox.new_intents import new_name
from bot.trainer.inbox.predicting import Predicted, predict, waiting
from bot.trainer.inbox.records import (
    IMPACTS,
    STATES,
    Action,
    Counts,
    Filter,
    Page,
    Ranked,
    Review,
    Then,
    counts,
    get_review,
    history,
    open_reviews,
    stamp,
)
from bot.trainer.inbox.statistics import Stats, stats
from bot.trainer.inbox.troubles import troubles
from bot.trainer.inbox.undoing import undo

__all__ = [
    "BULK",
    "IMPACTS",
    "STATES",
    "Action",
    "Around",
    "Collected",
    "Counts",
    "Done",
    "Filter",
    "Inbox",
    "IntentHit",
    "Likely",
    "Line",
    "Mark",
    "Nearest",
    "Page",
    "Predicted",
    "Ranked",
    "Review",
    "Seen",
    "Spoken",
    "Stats",
    "Then",
    "Told",
    "accept",
    "around",
    "bulk",
    "collect",
    "counts",
    "edit",
    "entities_of",
    "forget",
    "get_review",
    "history",
    "labels",
    "likely_entity",
    "line_of",
    "mark",
    "marked_entities",
    "nearest_intents",
    "new_intent",
    "new_name",
    "not_for_bot",
    "open_reviews",
    "predict",
    "readable",
    "relabel",
    "reopen",
    "resume",
    "search_intents",
    "set_language",
    "skip",
    "split",
    "stamp",
    "stats",
    "troubles",
    "undo",
    "waiting",
]
