"""A conversation as the pages show it, from a handoff's context, the desk and the store alike.

What comes from outside may lack anything or have it in another form: then it is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from bot.attachments.kinds import PICTURES
from bot.console.desk.tickets import DeskMessage
from bot.handoff import words

_DELIVERY_WORDS = {"pending": "waiting", "delivered": "sent", "dead": "failed"}
_VERDICTS = {
    True: "helped",
    False: "not_helped",
    "helpful": "helped",
    "yes": "helped",
    "not_helpful": "not_helped",
    "no": "not_helped",
    "rejected": "not_helped",
}
_ANSWERS = {"article_helpful": "helped", "article_not_helpful": "not_helped"}
_UNREMARKABLE = "neutral"
_NO_INTENT = "nlu_fallback"
_MAX_RANKING = 4


@dataclass(frozen=True)
class Article:
    """An article that the bot showed. `verdict`: `helped`, `not_helped`, or None for no word."""

    title: str
    url: str | None
    text: str
    verdict: str | None


@dataclass(frozen=True)
class Understood:
    """What the model made of a customer's message, in words."""

    intent: str
    confidence: str
    ranking: Sequence[tuple[str, str, float]] = ()
    entities: Sequence[tuple[str, str]] = ()
    tone: str = ""


@dataclass(frozen=True)
class File:
    """What came with a message. `size` is in words; a `picture` is shown."""

    name: str
    url: str | None
    size: str = ""
    picture: bool = False


@dataclass(frozen=True)
class Line:
    """One message on a page.

    Attributes:
        key: unique on the page.
        who: name of whoever speaks.
        time: ISO 8601 in UTC, None when unknown.
        buttons: titles with whether the customer chose them.
        state: of an agent's message: `sent`, `waiting` or `failed`.
    """

    key: str
    speaker: str
    who: str
    text: str
    time: str | None
    number: int = 0
    language: str | None = None
    buttons: Sequence[tuple[str, bool]] = ()
    article: Article | None = None
    understood: Understood | None = None
    attachments: Sequence[File] = field(default_factory=tuple)
    state: str | None = None
    problem: str | None = None


def from_transcript(
    spoken: Sequence[Mapping[str, Any]], customer: str, language: str | None
) -> list[Line]:
    """Lines of a context's `transcript.messages`."""
    said = [item for item in spoken if isinstance(item, Mapping)]
    lines = [_line(position, item, customer, language) for position, item in enumerate(said)]
    answer = None
    for position in reversed(range(len(lines))):
        line = lines[position]
        if line.speaker == "customer":
            # What the customer said next is the verdict on an article.
            answer = _ANSWERS.get(_intent(said[position])[0])
        elif line.article is not None and line.article.verdict is None:
            lines[position] = replace(line, article=replace(line.article, verdict=answer))
    return lines


def from_desk(message: DeskMessage, customer: str, language: str | None) -> Line:
    """The line of a message since the handoff."""
    state = _DELIVERY_WORDS.get(message.delivery or "")
    return Line(
        key=f"m{message.id}",
        number=message.id,
        speaker="system" if message.speaker == "given" else message.speaker,
        who=customer if message.speaker == "customer" else message.name or "",
        text=message.text,
        time=iso(message.created_at),
        language=language if message.speaker == "customer" else None,
        attachments=[_file(f.name, f.url, f.type, f.size) for f in message.files],
        # Before its first attempt there is nothing that a person need worry about.
        state=state,
        problem=message.problem if state in ("waiting", "failed") else None,
    )


def iso(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).isoformat(timespec="seconds")


def safe_url(value: object) -> str | None:
    """A link that may be followed: http or https; else None."""
    text = str(value or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def _line(position: int, said: Mapping[str, Any], customer: str, language: str | None) -> Line:
    speaker = str(said.get("speaker") or "system")
    agent = said.get("agent")
    names = {
        "customer": customer,
        "bot": "Svara",
        "agent": str(agent.get("name") or "Agent") if isinstance(agent, Mapping) else "Agent",
    }
    return Line(
        key=f"t{position}",
        speaker=speaker if speaker in names else "system",
        who=names.get(speaker, ""),
        text=str(said.get("text") or ""),
        time=str(said["time"]) if said.get("time") else None,
        language=_language(said, language) if speaker in ("customer", "bot") else None,
        buttons=_buttons(said.get("buttons"), said.get("chosen")),
        article=_article(said.get("article")),
        understood=_understood(said) if speaker == "customer" else None,
        attachments=_attachments(said.get("attachments")),
    )


def _language(said: Mapping[str, Any], language: str | None) -> str | None:
    detected = said.get("language")
    return detected if isinstance(detected, str) else language


def _buttons(buttons: object, chosen: object) -> list[tuple[str, bool]]:
    if not isinstance(buttons, list):
        return []
    found = []
    for button in buttons:
        if isinstance(button, Mapping) and button.get("title"):
            matches = chosen in (button.get("payload"), button["title"])
            found.append((str(button["title"]), chosen is not None and matches))
    return found


def _article(article: object) -> Article | None:
    if not isinstance(article, Mapping) or not article.get("title"):
        return None
    verdict = article.get("verdict", article.get("helpful", article.get("feedback")))
    return Article(
        title=str(article["title"]),
        url=safe_url(article.get("url")),
        text=str(article.get("text") or article.get("snippet") or ""),
        verdict=_VERDICTS.get(verdict) if isinstance(verdict, (bool, str)) else None,
    )


def _understood(said: Mapping[str, Any]) -> Understood | None:
    name, confidence = _intent(said)
    if not name:
        return None
    recognised = name != _NO_INTENT  # whose figure is a threshold, and no probability of anything
    share = confidence if confidence is not None else said.get("confidence")
    ranking = said.get("ranking")
    others = ranking if isinstance(ranking, list) else []
    ranked = [_named(item) for item in others if isinstance(item, Mapping)]
    return Understood(
        intent=words.humanise(name if recognised else "no_intent_recognised"),
        confidence=words.percent(share) if recognised else "",
        ranking=[
            (words.humanise(other), words.percent(chance), float(chance))
            for other, chance in ranked[:_MAX_RANKING]
            if other and other != _NO_INTENT and chance is not None
        ],
        entities=_entities(said.get("entities")),
        tone=tone(said.get("tone")),
    )


def tone(value: object) -> str:
    """A message's tone in words, empty when there is nothing to say of it."""
    if isinstance(value, Mapping):
        label = value.get("label") or value.get("name")
        share = words.percent(value.get("score", value.get("confidence")))
        return f"{words.humanise(label)} {share}".strip() if label else ""
    return words.humanise(value) if isinstance(value, str) and value != _UNREMARKABLE else ""


def _intent(said: Mapping[str, Any]) -> tuple[str, float | None]:
    intent = said.get("intent")
    return _named(intent if isinstance(intent, Mapping) else {"name": intent})


def _named(item: Mapping[str, Any]) -> tuple[str, float | None]:
    name = item.get("name") or item.get("intent")
    share = item.get("confidence")
    known = isinstance(share, (int, float)) and not isinstance(share, bool)
    return (str(name) if name else "", float(share) if known and share is not None else None)


def _entities(entities: object) -> list[tuple[str, str]]:
    if not isinstance(entities, list):
        return []
    return [
        (words.humanise(e["entity"]), words.plain(e.get("value")))
        for e in entities
        if isinstance(e, Mapping) and e.get("entity")
    ]


def _attachments(attachments: object) -> list[File]:
    if not isinstance(attachments, list):
        return []
    return [
        _file(item.get("name"), item.get("url"), item.get("type"), item.get("size"))
        for item in attachments
        if isinstance(item, Mapping)
    ]


def _file(name: object, url: object, kind: object, size: object) -> File:
    return File(
        name=str(name or "Attachment"),
        url=safe_url(url),
        size=words.size(size) if isinstance(size, int) and size > 0 else "",
        picture=kind in PICTURES,
    )
