"""Errors of the knowledge base.

KnowledgeBaseError
├── SourceError          a source cannot be read at all; what was synced before stays as it is
│   └── PrivateAddress   it is at an address that is not of the open internet
├── ArticleInvalid       one article of a source cannot be used; the others go on
├── ConnectionInvalid    a source cannot be added or opened as it was described
├── SyncRefused          a sync would do harm (remove everything, or overwrite another sync's work)
├── StoreError           the database cannot be used
├── ArticleNotFound      no such article in that language, for that audience
├── FeedbackRefused      a verdict that we do not know
├── CalibrationError     the numbers behind the confidence cannot be read or fitted
└── EvaluationError      a file of articles or questions to measure with cannot be used
"""

from __future__ import annotations


class KnowledgeBaseError(Exception):
    """Root of all errors that the knowledge base raises on purpose."""


class SourceError(KnowledgeBaseError):
    """A source cannot be read at all; what was synced before stays as it is."""


class PrivateAddress(SourceError):
    """A host is at an address that is not of the open internet, which was not allowed."""


class ArticleInvalid(KnowledgeBaseError):
    """One article of a source cannot be used; the others go on."""


class ConnectionInvalid(KnowledgeBaseError):
    """A source cannot be added or opened as it was described."""


class SyncRefused(KnowledgeBaseError):
    """A sync would remove everything, or overwrite another sync's work."""


class StoreError(KnowledgeBaseError):
    """The database cannot be used."""


class ArticleNotFound(KnowledgeBaseError):
    """No such article in that language, for that audience."""


class FeedbackRefused(KnowledgeBaseError):
    """A verdict that we do not know."""


class CalibrationError(KnowledgeBaseError):
    """The numbers behind the confidence cannot be read or fitted."""


class EvaluationError(KnowledgeBaseError):
    """A file of articles or questions to measure with cannot be used."""
