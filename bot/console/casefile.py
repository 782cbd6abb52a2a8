"""The panel beside a conversation: why it came here and what is known, from the context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.console.transcript import from_transcript, safe_url, tone
from bot.handoff import words


@dataclass(frozen=True)
class Link:
    """Text, with an address where it may be followed."""

    text: str
    url: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Tried:
    """An article that the customer was shown. `verdict`: as of `transcript.Article`."""

    article: Link
    verdict: str | None


@dataclass(frozen=True)
class Suggested:
    """An article for the agent.

    Attributes:
        position: in the context's `suggested_articles`.
        public: whether the customer may read it, too.
    """

    article: Link
    position: int
    public: bool


@dataclass(frozen=True)
class CaseFile:
    """What an agent should know. Every pair is a name and a value in words.

    Attributes:
        tried: what the bot answered with, in the order of the conversation.
        more: how many earlier messages are not in the context, and where they are.
    """

    summary: Sequence[str]
    reason: str
    evidence: Sequence[tuple[str, Link]]
    priority: str
    tone: str
    facts: Sequence[tuple[str, str]]
    tried: Sequence[Tried]
    articles: Sequence[Suggested]
    identities: Sequence[tuple[str, str]]
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
            # Those are told with everything else that was tried.
            if name != "rejected_articles" and value not in (None, "", [], {})
        ],
        priority=str(context.get("priority") or "normal"),
        tone=tone(context["tone"]) if "tone" in context else _last_tone(transcript.get("messages")),
        facts=[
            (words.label(name), words.plain(value, name))
            for name, value in known.items()
            if value not in (None, "", [], {})
        ],
        tried=_tried(transcript.get("messages"), evidence.get("rejected_articles")),
        articles=suggested(context),
        identities=[
            (words.channel(str(item.get("channel") or "")), str(item["id"]))
            for item in _mappings(customer.get("identities"))
            if item.get("id")
        ],
        transcript=Link("Transcript file", file) if file else None,
        versions=[
            (words.humanise(name), str(value))
            for name, value in _mapping(context.get("versions")).items()
            if value
        ],
        more=(_left_out(transcript), safe_url(transcript.get("more"))),
    )


def suggested(context: Mapping[str, Any]) -> list[Suggested]:
    """The articles that a context suggests to the agent."""
    found = []
    for position, item in enumerate(_mappings(context.get("suggested_articles"))):
        if not item.get("title"):
            continue
        public = item.get("audience") not in ("agent", "agents", "staff")
        link = Link(
            str(item["title"]), safe_url(item.get("url")), "" if public else "For agents only"
        )
        found.append(Suggested(link, position, public))
    return found


def _tried(spoken: object, rejected: object) -> list[Tried]:
    tried: dict[str, Tried] = {}
    for line in from_transcript(_mappings(spoken), "", None):
        if line.article is not None:
            link = Link(line.article.title, line.article.url)
            # Shown twice, the last word counts, and no word takes none back.
            before = tried.get(link.text)
            verdict = line.article.verdict or (before.verdict if before else None)
            tried[link.text] = Tried(link, verdict)
    for item in _mappings(rejected):
        title = str(item.get("title") or "")
        if title:
            link = Link(title, safe_url(item.get("url")))
            tried[title] = Tried(tried[title].article if title in tried else link, "not_helped")
    return list(tried.values())


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
