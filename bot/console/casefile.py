"""The panel beside a conversation: why it came here and what is known, from the context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.console.transcript import safe_url, tone
from bot.handoff import words


@dataclass(frozen=True)
class Link:
    """Text, with an address where it may be followed."""

    text: str
    url: str | None = None
    note: str = ""


@dataclass(frozen=True)
class CaseFile:
    """What an agent should know. Every pair is a name and a value in words.

    Attributes:
        more: how many earlier messages are not in the context, and where they are.
    """

    summary: Sequence[str]
    reason: str
    evidence: Sequence[tuple[str, Link]]
    priority: str
    tone: str
    facts: Sequence[tuple[str, str]]
    articles: Sequence[Link]
    identities: Sequence[tuple[str, str]]
    earlier: int
    transcript: Link | None
    versions: Sequence[tuple[str, str]]
    more: tuple[int, str | None]


def case_file(context: Mapping[str, Any]) -> CaseFile:
    """Reads a context; what it lacks is left out."""
    customer = _mapping(context.get("customer"))
    reason = _mapping(context.get("reason"))
    evidence = _mapping(reason.get("evidence"))
    links = _mapping(context.get("links"))
    transcript = _mapping(context.get("transcript"))
    known = _mapping(customer.get("facts")) | _mapping(context.get("slots"))
    file = safe_url(links.get("transcript"))
    return CaseFile(
        summary=[line for line in str(context.get("summary") or "").splitlines() if line.strip()],
        reason=words.reason(str(reason.get("code") or "")),
        evidence=[
            (words.label(name), _evidence(name, value))
            for name, value in evidence.items()
            if value not in (None, "", [], {})
        ],
        priority=str(context.get("priority") or "normal"),
        tone=tone(context["tone"]) if "tone" in context else _last_tone(transcript.get("messages")),
        facts=[
            (words.label(name), words.plain(value, name))
            for name, value in known.items()
            if value not in (None, "", [], {})
        ],
        articles=[
            Link(
                str(item["title"]),
                safe_url(item.get("url")),
                "For agents only" if item.get("audience") in ("agent", "agents", "staff") else "",
            )
            for item in _mappings(context.get("suggested_articles"))
            if item.get("title")
        ],
        identities=[
            (words.channel(str(item.get("channel") or "")), str(item["id"]))
            for item in _mappings(customer.get("identities"))
            if item.get("id")
        ],
        earlier=len(context.get("earlier_handoffs") or []),
        transcript=Link("Transcript file", file) if file else None,
        versions=[
            (words.humanise(name), str(value))
            for name, value in _mapping(context.get("versions")).items()
            if value
        ],
        more=(_left_out(transcript), safe_url(transcript.get("more"))),
    )


def _evidence(name: str, value: Any) -> Link:
    if isinstance(value, Mapping):
        return Link(words.plain(dict(value), name), safe_url(value.get("url")))
    return Link(words.plain(value, name))


def _left_out(transcript: Mapping[str, Any]) -> int:
    total, inline = transcript.get("total"), transcript.get("inline")
    if not isinstance(total, int) or not isinstance(inline, int):
        return 0
    return max(0, total - inline)


def _last_tone(spoken: object) -> str:
    found = (tone(said.get("tone")) for said in reversed(_mappings(spoken)))
    return next((text for text in found if text), "")


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
