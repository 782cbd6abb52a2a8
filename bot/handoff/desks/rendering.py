"""A handoff as an agent reads it in a ticket: plain text, times in the desk's zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.handoff import words

_SPEAKERS = {"customer": "Customer", "bot": "Bot", "agent": "Agent", "system": "·"}
_SUBJECT_CHARS = 80


@dataclass(frozen=True)
class Rendering:
    """Writes for the agents of one desk.

    Attributes:
        zone: of the times shown.
    """

    zone: ZoneInfo

    def subject(self, context: Mapping[str, Any]) -> str:
        """One line: what the customer asked for, else why it was handed over."""
        first = str(context.get("summary") or "").splitlines()[:1]
        text = first[0] if first and first[0].strip() else self.reason(context)
        return text if len(text) <= _SUBJECT_CHARS else text[: _SUBJECT_CHARS - 1].rstrip() + "…"

    def reason(self, context: Mapping[str, Any]) -> str:
        """Why it was handed over, in words."""
        return words.reason(str(context["reason"]["code"]))

    def opening(self, context: Mapping[str, Any]) -> str:
        """The whole handoff: what it is about, what is known, what was said."""
        return "\n".join(self._opening(context)).strip() + "\n"

    def message(self, message: Mapping[str, Any]) -> str:
        """One message of the customer, as it is added to a ticket."""
        lines = [f"[{self.time(message['time'], seconds=True)}] {message['text']}".rstrip()]
        lines += _files(message)
        contact = message.get("contact")
        if contact:
            lines.append(f"(wants the answer at {', '.join(contact.values())})")
        return "\n".join(lines)

    def cancelled(self) -> str:
        """What an agent reads when the customer has gone back to the bot."""
        return "The customer no longer needs a person; the bot answers again."

    def rated(self, rating: Mapping[str, Any]) -> str:
        """What an agent reads when the customer has rated the help."""
        return words.rating(rating)

    def time(self, moment: str, *, seconds: bool = False) -> str:
        """A moment of the context (ISO 8601, UTC) in the desk's zone."""
        at = datetime.fromisoformat(moment).astimezone(self.zone)
        return at.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")

    def _opening(self, context: Mapping[str, Any]) -> Iterator[str]:
        customer = context["customer"]
        yield str(context.get("summary") or "")
        yield ""
        yield f"Why: {self.reason(context)}"
        yield from _facts(context["reason"]["evidence"])
        name, channel = customer.get("name") or "not named", words.channel(context["channel"])
        yield f"Customer: {name}, {channel}, writes {words.language(customer['language'])}"
        yield from _facts(customer["facts"])
        yield f"Priority: {words.PRIORITIES[context['priority']]}, tone: {context['tone']}"
        if context["slots"]:
            yield "Known already, so that nobody asks again:"
            yield from _facts(context["slots"])
        if context["suggested_articles"]:
            yield "Articles that may help:"
            for article in context["suggested_articles"]:
                own = " (for staff only)" if article.get("audience") == "staff" else ""
                yield f"  {article['title']}{own}: {article['url']}"
        if context["earlier_handoffs"]:
            count = len(context["earlier_handoffs"])
            yield f"Handed over before: {words.times(count, 'time', 'times')}"
        yield f"In Svara: {context['links']['console']}"
        yield ""
        yield from self._transcript(context["transcript"])

    def _transcript(self, transcript: Mapping[str, Any]) -> Iterator[str]:
        yield f"--- The conversation, times in {self.zone.key} ---"
        left_out = transcript["total"] - transcript["inline"]
        if left_out:
            yield f"({left_out} earlier messages: {transcript['more']})"
        for line in transcript["messages"]:
            yield from self.line(line)

    def line(self, line: Mapping[str, Any]) -> Iterator[str]:
        """One message of the transcript, with what was shown beside it."""
        speaker = _SPEAKERS.get(line["speaker"], line["speaker"])
        agent = (line.get("agent") or {}).get("name")
        text = str(line["text"]).replace("\n", "\n    ")
        yield f"[{self.time(line['time'])}] {agent or speaker}: {text}".rstrip()
        for file in _files(line):
            yield f"    {file}"
        if line.get("article"):
            yield f"    article: {line['article']['title']}: {line['article']['url']}"
        for button in line.get("buttons") or ():
            mark = "x" if button["payload"] == line.get("chosen") else " "
            yield f"    ({mark}) {button['title']}"


def _files(line: Mapping[str, Any]) -> list[str]:
    """What came with a message, a line each."""
    return [
        f"file: {file['name']} ({words.size(file['size'])}): {file['url']}"
        for file in line.get("attachments") or ()
    ]


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        if value not in (None, "", [], {}):
            yield f"  {words.label(name)}: {words.plain(value, name)}"
