"""The kinds of sources: what each needs to be told, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kb_connector.connections import Connection
from kb_connector.errors import ConnectionInvalid
from kb_connector.sources import KnowledgeSource

_TRUE, _FALSE = {"yes", "true", "1", "on"}, {"no", "false", "0", "off"}


@dataclass(frozen=True)
class Option:
    """Something that a source is told.

    Attributes:
        read: makes its value of the text that was given.
    """

    help: str
    required: bool = False
    read: Callable[[str], Any] = str


@dataclass(frozen=True)
class Kind:
    """A kind of source.

    Attributes:
        secret: what its key is, in words; None for one that needs none.
        open: makes the source of name, options and key.
    """

    help: str
    options: Mapping[str, Option]
    secret: str | None
    open: Callable[[str, dict[str, Any], str | None], KnowledgeSource]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _yes(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("say yes or no")
    return text.lower() in _TRUE


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("at least 1")
    return number


def _address(text: str) -> str:
    # what is told here is kept in the open: in the database, in `svara kb status`
    if "@" in urlsplit(text).netloc:
        raise ValueError("no user and password in an address; the key is kept apart")
    return text


_URL = Option("its address, as in https://help.example", required=True, read=_address)
_LANG = Option("language of the articles, as in sv", required=True)
_USER = Option("mail address or name of the account that the key is for")


def _zendesk(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.zendesk import ZendeskSource  # noqa: PLC0415 (only what is used)

    return ZendeskSource(name=name, key=key or "", **options)


def _zammad(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.zammad import ZammadSource  # noqa: PLC0415 (as above)

    return ZammadSource(name=name, key=key or "", **options)


def _confluence(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.confluence import ConfluenceSource  # noqa: PLC0415 (as above)

    return ConfluenceSource(name=name, key=key or "", **options)


def _freshdesk(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.freshdesk import FreshdeskSource  # noqa: PLC0415 (as above)

    return FreshdeskSource(name=name, key=key or "", **options)


def _request_tracker(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.request_tracker import (  # noqa: PLC0415 (as above)
        RequestTrackerSource,
    )

    return RequestTrackerSource(name=name, key=key or "", **options)


def _website(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.website import WebsiteSource  # noqa: PLC0415 (as above)

    return WebsiteSource(name=name, **options)


def _faq(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.faq import FaqSource  # noqa: PLC0415 (as above)

    return FaqSource(name=name, **options)


def _markdown(name: str, options: dict[str, Any], key: str | None) -> KnowledgeSource:
    from kb_connector.sources.markdown import MarkdownSource  # noqa: PLC0415 (as above)

    return MarkdownSource(name=name, **options)


KINDS: dict[str, Kind] = {
    "website": Kind(
        "any website, by its sitemap or start page",
        {
            "url": Option("of the start page or sitemap", required=True, read=_address),
            "lang": Option("language of pages that do not say"),
            "include": Option("beginnings of paths to read, by commas", read=_words),
            "exclude": Option("beginnings of paths to leave out, by commas", read=_words),
            "max_pages": Option("pages to read at most", read=_count),
            "allow_private": Option("yes: it may be on a private address", read=_yes),
        },
        None,
        _website,
    ),
    "faq": Kind(
        "questions and answers in a CSV or JSONL file",
        {
            "path": Option("of the file", required=True, read=Path),
            "lang": Option("language of rows that do not say", required=True),
        },
        None,
        _faq,
    ),
    "markdown": Kind(
        "a folder of Markdown files, <lang>/<slug>.md",
        {"folder": Option("its path", required=True, read=Path)},
        None,
        _markdown,
    ),
    "zendesk": Kind(
        "articles of Zendesk Help Center", {"url": _URL, "user": _USER}, "API token", _zendesk
    ),
    "zammad": Kind("answers of Zammad", {"url": _URL}, "access token", _zammad),
    "confluence": Kind(
        "pages of Confluence",
        {
            "url": Option(
                "with its path, as in https://shop.atlassian.net/wiki", required=True, read=_address
            ),
            "lang": _LANG,
            "user": _USER,
            "spaces": Option("keys of spaces for everybody, by commas", read=_words),
            "staff_spaces": Option("keys of spaces for employees, by commas", read=_words),
        },
        "API token",
        _confluence,
    ),
    "freshdesk": Kind(
        "solution articles of Freshdesk",
        {
            "url": _URL,
            "lang": _LANG,
            "languages": Option("translations to read, by commas, as in sv-SE,da", read=_words),
        },
        "API key",
        _freshdesk,
    ),
    "request_tracker": Kind(
        "articles of Request Tracker 5",
        {
            "url": _URL,
            "lang": _LANG,
            "user": _USER,
            "classes": Option("classes for everybody, by commas", read=_words),
            "staff_classes": Option("classes for employees, by commas", read=_words),
            "body_field": Option("custom field with the text"),
            "public_url": Option("address for customers, as in https://help.example/a/{id}"),
        },
        "token, or the user's password",
        _request_tracker,
    ),
}
"""The kinds by name."""


def check(connection: Connection) -> dict[str, Any]:
    """The options as the source takes them.

    Raises:
        ConnectionInvalid: the kind or an option is unknown, missing or unusable.
    """
    kind = KINDS.get(connection.kind)
    if kind is None:
        raise ConnectionInvalid(
            f"There is no kind of source {connection.kind!r}; there are {', '.join(KINDS)}."
        )
    known = ", ".join(kind.options)
    for name in connection.options:
        if name not in kind.options:
            raise ConnectionInvalid(f"A {connection.kind} source has no {name!r}; it has {known}.")
    values = {}
    for name, option in kind.options.items():
        given = connection.options.get(name, "").strip()
        if option.required and not given:
            raise ConnectionInvalid(
                f"A {connection.kind} source needs the option {name!r}: {option.help}."
            )
        if given:
            try:
                values[name] = option.read(given)
            except ValueError as error:
                raise ConnectionInvalid(
                    f"The option {name!r} cannot be used: {option.help} ({error})."
                ) from error
    return values


def open_source(connection: Connection, secret: str | None) -> KnowledgeSource:
    """The source, ready to be read.

    Raises:
        ConnectionInvalid: an option is unusable, or the key is missing.
        SourceError: an address or file cannot be used.
    """
    kind_options = check(connection)
    kind = KINDS[connection.kind]
    if kind.secret and not secret:
        raise ConnectionInvalid(f"The source {connection.name!r} has no key ({kind.secret}).")
    return kind.open(connection.name, kind_options, secret)
