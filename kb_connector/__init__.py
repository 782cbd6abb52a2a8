"""A knowledge base for customer support: synced from where articles are written, kept in a
database, searched in four languages, with a confidence that can be trusted.

    >>> from kb_connector import KnowledgeBase, MarkdownSource
    >>> from kb_connector.answer import answer
    >>> base = KnowledgeBase(engine, base_url="https://shop.example")      # doctest: +SKIP
    >>> print(base.sync(MarkdownSource(Path("data/kb"))))                  # doctest: +SKIP
    markdown: 140 new, 0 changed, 0 removed, 0 failed, 0 unchanged
    >>> hit = base.search("var är mitt paket", "sv", topics=["order_status"])[0]  # doctest: +SKIP
    >>> answer(hit.passage, "var är mitt paket").text                      # doctest: +SKIP
"""

from kb_connector.article import Article, Checkpoint, Cleaned, Failed, Listing, Passage, Removed
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.search.index import Hit, SearchIndex
from kb_connector.sources.markdown import MarkdownSource
from kb_connector.sync import SyncSummary

__all__ = [
    "Article",
    "Checkpoint",
    "Cleaned",
    "Failed",
    "Hit",
    "KnowledgeBase",
    "Listing",
    "MarkdownSource",
    "Passage",
    "Removed",
    "SearchIndex",
    "SyncSummary",
]
