"""One search over all articles, by words and by meaning, that says how sure it is."""

from kb_connector.search.index import EarlierQuestion, Hit, SearchIndex

__all__ = ["EarlierQuestion", "Hit", "SearchIndex"]
