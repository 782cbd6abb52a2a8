"""The knowledge base as Svara uses it: with its database, its address and the NLU's encoders."""

from __future__ import annotations

from typing import Any

from bot.nlu.search_encoder import search_encoders
from bot.settings import Settings
from bot.storage.database import open_database
from kb_connector.knowledge_base import KnowledgeBase


def open_knowledge_base(settings: Settings, engine: Any = None) -> KnowledgeBase:
    """The knowledge base of a process.

    Args:
        engine: the process's own; default a new one.

    Raises:
        StoreError: the database cannot be used.
        NluError: a sentence encoder cannot be loaded.
    """
    return KnowledgeBase(
        engine if engine is not None else open_database(settings.database),
        base_url=settings.url,
        encoders=search_encoders(),
    )
