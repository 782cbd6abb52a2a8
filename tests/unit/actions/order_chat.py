"""A customer in a chat about orders, as Rasa runs it: slots, the form, its rules; without Rasa."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.order_form import ValidateOrderForm
from actions.orders import ActionOrderTask
from bot import texts
from bot.nlu.entities.patterns import find_patterns

FORM = "order_form"
_FROM_ENTITY = ("order_number", "email", "product")
_PAYLOAD = re.compile(r"/(\w+)(\{.*\})?")
_ids = itertools.count(1)


@dataclass
class Said:
    """What the assistant answered to one message.

    Attributes:
        responses: names of the responses, in order.
        text: their words, one line each.
        payloads: of all buttons.
        handoff: what was asked of the helpdesk, or None.
        verdicts: what was kept of articles.
        rejected: the form left the message to Rasa's rules.
    """

    responses: list[str] = field(default_factory=list)
    text: str = ""
    payloads: list[str] = field(default_factory=list)
    handoff: dict[str, Any] | None = None
    verdicts: list[str] = field(default_factory=list)
    rejected: bool = False


class Chat:
    """One conversation; `intent` of a message is what the classifier would have said."""

    def __init__(self, language: str = "en") -> None:
        self.sender_id = f"conversation-{next(_ids)}"
        self.slots: dict[str, Any] = {"language": language, "requested_slot": None}
        self.events: list[dict[str, Any]] = []
        self.loop: str | None = None

    def say(
        self,
        text: str,
        intent: str = "nlu_fallback",
        *,
        message_id: str | None = None,
        product: str | None = None,
        negated: dict[str, Any] | None = None,
        meant: str | None = None,
        ranking: dict[str, float] | None = None,
    ) -> Said:
        """One turn; `meant` is what a correction, "no, I meant ...", says instead."""
        self._hear(text, intent, message_id, product, negated, meant, ranking)
        said = Said()
        if self.loop != FORM:
            self._add({"event": "active_loop", "name": FORM})
        self._run(ValidateOrderForm(), said)
        if not said.rejected and self.slots["requested_slot"] is None:
            self._add({"event": "active_loop", "name": None})
            self._run(ActionOrderTask(), said)
        return said

    def press(self, payload: str) -> Said:
        """A button."""
        return self.say(payload)

    def answer(
        self, action: Any, text: str, intent: str, *, ranking: dict[str, float] | None = None
    ) -> Said:
        """A message that the rules give to an action, as no form is open."""
        self._hear(text, intent, None, None, None, None, ranking)
        said = Said()
        self._run(action, said)
        return said

    def answered_by_rules(self) -> Said:
        """The form runs again after the rules have answered a message that it rejected."""
        said = Said()
        self._run(ValidateOrderForm(), said)
        return said

    def _hear(
        self,
        text: str,
        intent: str,
        message_id: str | None,
        product: str | None,
        negated: dict[str, Any] | None,
        meant: str | None,
        ranking: dict[str, float] | None,
    ) -> None:
        entities = [
            {"entity": span.entity, "start": span.start, "end": span.end, "value": span.value}
            for span in ([] if text.startswith("/") else find_patterns(text, None))
        ]
        if product:
            entities.append({"entity": "product", "start": 0, "end": 0, "value": product})
        pressed = _PAYLOAD.fullmatch(text)
        if pressed:
            intent = pressed[1]
            chosen = json.loads(pressed[2] or "{}")
            entities = [{"entity": name, "value": value} for name, value in chosen.items()]
        self._add(
            {
                "event": "user",
                "text": text,
                "message_id": message_id or str(next(_ids)),
                "parse_data": {
                    "text": text,
                    "intent": {"name": intent, "confidence": 0.9},
                    "intent_ranking": [
                        {"name": name, "confidence": share}
                        for name, share in (ranking or {intent: 0.9}).items()
                    ],
                    "entities": entities,
                    **({"negated": negated} if negated else {}),
                    **({"correction": {"text": meant}} if meant else {}),
                },
            }
        )
        for name in _FROM_ENTITY:
            values = [entity["value"] for entity in entities if entity["entity"] == name]
            if values:
                value = values[0] if len(values) == 1 else values
                self._add({"event": "slot", "name": name, "value": value})

    def _run(self, action: Any, said: Said) -> None:
        latest = next(e for e in reversed(self.events) if e["event"] == "user")
        tracker = Tracker(
            self.sender_id,
            dict(self.slots),
            latest["parse_data"],
            list(self.events),
            False,
            None,
            {"name": self.loop} if self.loop else {},
            "action_listen",
        )
        dispatcher = CollectingDispatcher()
        for event in asyncio.run(action.run(dispatcher, tracker, {})):
            self._add(event)
            if event["event"] == "action_execution_rejected":
                assert event["name"] == FORM
                said.rejected = True
        for message in dispatcher.messages:
            buttons = self._show(message, said)
            shown = {"utter_action": message.get("response")}
            data = {"buttons": [{"payload": payload} for payload in buttons] or None}
            self._add(
                {"event": "bot", "text": message.get("text"), "data": data, "metadata": shown}
            )

    def _show(self, message: dict[str, Any], said: Said) -> list[str]:
        """Adds a message to what was said; gives the payloads of its buttons."""
        before = len(said.payloads)
        name, language = message.get("response"), self.slots["language"]
        fields = {k: v for k, v in message.items() if k not in ("response", "buttons", "custom")}
        if name:
            said.responses.append(name)
            said.text += texts.say(name, language, **fields) + "\n"
            # Rasa fills in payloads too, so their own braces are doubled in the domain
            said.payloads += [
                button["payload"].replace("{{", "{").replace("}}", "}")
                for button in texts.buttons(name, language)
            ]
        else:
            said.text += (message.get("text") or "") + "\n"
        said.payloads += [button["payload"] for button in message.get("buttons") or []]
        custom = message.get("custom") or {}
        said.handoff = custom.get("handoff") or said.handoff
        said.verdicts += [custom["verdict"]["verdict"]] if custom.get("verdict") else []
        return said.payloads[before:]

    def _add(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event["event"] == "slot":
            self.slots[event["name"]] = event["value"]
        elif event["event"] == "active_loop":
            self.loop = event["name"]
            if self.loop is None:
                self.slots["requested_slot"] = None
