"""What is wrong with the trainer's files, for those who look at the inbox meanwhile."""

from __future__ import annotations

from pathlib import Path

from bot.errors import NluDataInvalid
from bot.trainer.inbox.intents import entities_of, labels, readable_catalogue
from bot.trainer.nlu_files.domain import DOMAIN
from bot.trainer.nlu_files.sources import NLU_FOLDER


def troubles(folder: Path = NLU_FOLDER, domain: Path = DOMAIN) -> list[NluDataInvalid]:
    """Training files, and a domain, that cannot be read: nothing is written until it is mended."""
    found = list(readable_catalogue(folder).unreadable)
    try:
        labels(folder, domain)
        entities_of(domain)
    except NluDataInvalid as error:
        found.append(error)
    return found
