"""A visit is asked for: when, where to confirm it, and a person gets the window of time."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.appointments import (
    ActionBookVisit,
    ActionCallback,
    ValidateCallbackForm,
    ValidateVisitForm,
)
from bot.calling_off import calls_off
from bot.nlu.entities.patterns import find_patterns

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.fixture(autouse=True)
def settings(shop: Any) -> None:
    """Actions read the test's own settings."""


class Visit:
    """A conversation in the form, as Rasa runs it."""

    def __init__(self, language: str = "en", **slots: Any) -> None:
        self.slots: dict[str, Any] = {"language": language, "requested_slot": None} | slots
        self.events: list[dict[str, Any]] = []
        self.responses: list[str] = []
        self.said: list[dict[str, Any]] = []
        self.handoff: dict[str, Any] | None = None
        self.rejected = False

    def say(self, text: str, intent: str = "nlu_fallback", refused: str = "") -> list[str]:
        """One message; the names of what is answered."""
        entities = [
            {"entity": span.entity, "value": span.value} for span in find_patterns(text, None)
        ]
        for entity in entities:
            if entity["entity"] in ("email", "phone_number"):
                self.slots[entity["entity"]] = entity["value"]
        parsed: dict[str, Any] = {"text": text, "intent": {"name": intent}, "entities": entities}
        if refused:
            parsed["negated"] = {"intents": [refused], "rest": ""}
        begins = not any(e["event"] == "active_loop" for e in self.events)
        self.events.append({"event": "user", "text": text, "parse_data": parsed})
        if begins:
            self.events.append({"event": "active_loop", "name": "visit_form"})
        self.responses, self.rejected = [], False
        self._run(ValidateVisitForm(), parsed)
        if not self.rejected and self.slots["requested_slot"] is None:
            self._run(ActionBookVisit(), parsed)
        return self.responses

    def _run(self, action: Any, parsed: dict[str, Any]) -> None:
        tracker = Tracker(
            "c", dict(self.slots), parsed, list(self.events), False, None, {}, "action_listen"
        )
        dispatcher = CollectingDispatcher()
        for event in asyncio.run(action.run(dispatcher, tracker, {})):
            self.events.append(event)
            self.rejected |= event["event"] == "action_execution_rejected"
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        for message in dispatcher.messages:
            if message.get("response"):
                self.responses.append(message["response"])
                self.said.append(message)
            self.handoff = (message.get("custom") or {}).get("handoff") or self.handoff


def coming(weekday: int) -> dt.date:
    """The next such day of the week after today."""
    today = dt.datetime.now(ZONE).date()
    return today + dt.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def test_a_visit_takes_a_time_and_an_address_and_goes_to_a_person_with_both() -> None:
    visit = Visit("sv")
    assert visit.say("jag vill boka ett besök", "book_visit") == ["utter_visit_ask_time"]
    day = coming(3)
    assert visit.say("torsdag kl 14") == ["utter_visit_ask_contact"]
    said = visit.say("anna@example.org")
    assert said[0] == "utter_handoff_visit"
    assert visit.handoff is not None
    start = dt.datetime.combine(day, dt.time(14), ZONE)
    assert visit.handoff["reason"] == "visit_requested"
    evidence = visit.handoff["evidence"]
    assert evidence["email"] == "anna@example.org"
    assert evidence["time_window"] == {
        "from": start.isoformat(),
        "to": (start + dt.timedelta(hours=1)).isoformat(),
    }
    assert evidence["visit_time"].startswith("torsdag") and "14:00–15:00" in evidence["visit_time"]
    assert visit.handoff["contact_asked"] is False
    assert visit.slots["visit_time"] is visit.slots["visit_window"] is None


def test_what_the_customer_has_said_is_not_asked_again() -> None:
    visit = Visit("en", phone_number="+46701740605")
    said = visit.say("Can I come by on Tuesday morning?", "book_visit")
    assert said[0] == "utter_handoff_visit"
    assert visit.handoff is not None
    assert visit.handoff["evidence"]["phone_number"] == "+46701740605"


def test_a_time_that_cannot_be_read_is_asked_for_once_more_and_then_left_to_a_person() -> None:
    visit = Visit("da", email="a@example.org")
    assert visit.say("book et besøg", "book_visit") == ["utter_visit_ask_time"]
    assert visit.say("når det passer jer") == ["utter_visit_unclear"]
    assert visit.say("jamen når I har tid")[0] == "utter_handoff_visit"
    assert visit.handoff is not None
    assert visit.handoff["evidence"]["visit_time"] == "jamen når I har tid"
    assert "time_window" not in visit.handoff["evidence"]


def test_a_time_that_has_passed_is_refused() -> None:
    visit = Visit("en", email="a@example.org")
    visit.say("book a visit", "book_visit")
    assert visit.say("yesterday at 10") == ["utter_visit_past"]


def test_a_time_at_which_the_desk_is_closed_is_refused_with_its_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks = tmp_path / "desks.yml"
    desks.write_text("desks: {day: {kind: webhook, hours: {mon-fri: 8-18}}}")
    monkeypatch.setenv("SVARA_DESKS_FILE", str(desks))
    turn.settings.cache_clear()
    visit = Visit("nb", email="a@example.org")
    visit.say("bestille besøk", "book_visit")
    assert visit.say("på søndag kl 12") == ["utter_visit_closed_until"]
    assert visit.say("mandag kl 10")[0] == "utter_handoff_visit"


def test_the_time_can_be_changed_when_the_address_is_asked_for() -> None:
    visit = Visit("en")
    visit.say("book a visit on Monday at 10", "book_visit")
    assert visit.say("oh, make it Thursday at 2 pm instead") == ["utter_visit_moved"]
    assert visit.said[-1]["visit_time"] == visit.slots["visit_time"]
    assert visit.say("anna@example.org")[0] == "utter_handoff_visit"
    assert visit.handoff is not None
    start = dt.datetime.combine(coming(3), dt.time(14), ZONE)
    assert visit.handoff["evidence"]["time_window"]["from"] == start.isoformat()


def test_a_change_to_a_time_that_has_passed_asks_for_another_and_keeps_none() -> None:
    visit = Visit("en")
    visit.say("book a visit on Monday at 10", "book_visit")
    assert visit.say("sorry, yesterday at 10") == ["utter_visit_past"]
    assert visit.slots["visit_time"] is None and visit.slots["visit_window"] is None
    assert visit.say("Thursday at 2 pm") == ["utter_visit_ask_contact"]


def test_a_question_with_a_day_in_it_changes_no_time() -> None:
    visit = Visit("en")
    visit.say("book a visit on Monday at 10", "book_visit")
    before = visit.slots["visit_time"]
    assert visit.say("are you open on Saturday?", "contact_hours") == []
    assert visit.rejected and visit.slots["visit_time"] == before


def test_no_address_means_an_answer_in_the_chat() -> None:
    visit = Visit("en")
    visit.say("book a visit on Monday at 10", "book_visit")
    assert visit.say("no idea") == ["utter_visit_contact_unclear"]
    assert visit.say("dunno")[0] == "utter_handoff_visit_here"
    assert visit.handoff is not None and "email" not in visit.handoff["evidence"]


@pytest.mark.parametrize("no", ["no, never mind", "/deny", "glem det"])
def test_a_visit_that_is_called_off_goes_to_nobody(no: str) -> None:
    visit = Visit("en")
    visit.say("book a visit on Monday at 10", "book_visit")
    assert visit.say(no, "deny") == ["utter_visit_stopped"]
    assert visit.handoff is None and visit.slots["visit_time"] is None


@pytest.mark.parametrize(
    ("refused", "said"),
    [("book_visit", "utter_visit_stopped"), ("cancel_order", "utter_visit_unclear")],
)
def test_who_wants_no_visit_is_told_so_and_who_wants_no_other_thing_is_asked_on(
    refused: str, said: str
) -> None:
    visit = Visit("en")
    visit.say("book a visit", "book_visit")
    assert visit.say("I do not want that at all", "deny", refused) == [said]


def test_not_knowing_is_no_no() -> None:
    visit = Visit("sv")
    visit.say("boka besök", "book_visit")
    assert visit.say("vet inte riktigt", "deny") == ["utter_visit_unclear"]


def test_a_message_about_something_else_is_left_to_the_rules_and_the_question_comes_again() -> None:
    visit = Visit("en")
    visit.say("book a visit", "book_visit")
    assert visit.say("what does delivery cost?", "shipping_info") == []
    assert visit.rejected
    visit._run(ValidateVisitForm(), {"text": "what does delivery cost?", "intent": {}})
    assert visit.responses == ["utter_visit_ask_time"]


def test_a_call_carries_its_window_too() -> None:
    visit = Visit("sv", phone_number="+46701740605", callback_time="på torsdag mellan 10 och 12")
    visit._run(ActionCallback(), {"text": "x", "intent": {}})
    assert visit.handoff is not None
    window = visit.handoff["evidence"]["time_window"]
    assert window["from"] == dt.datetime.combine(coming(3), dt.time(10), ZONE).isoformat()


@pytest.mark.parametrize(
    "words",
    [
        *("forget it", "actually no, I changed my mind", "jag har ändrat mig"),
        *("jeg har fortrudt", "jeg har ombestemt meg"),
    ],
)
def test_calling_it_off_is_no_time_of_a_visit_or_a_call(words: str) -> None:
    visit = Visit("en")
    visit.say("book a visit", "book_visit")
    visit.say("I don't know")
    assert visit.say(words) == ["utter_visit_stopped"]
    visit = Visit("en")
    visit.say("book a visit on Monday at 10", "book_visit")
    assert visit.say(words, "cancel_order") == ["utter_visit_stopped"]
    call = Visit("en", phone_number="+46701740605", callback_time=words)
    call._run(ActionCallback(), {"text": words})
    assert call.responses == ["utter_callback_stopped"] and call.handoff is None
    assert call.slots["callback_time"] is None


def test_the_button_under_the_question_when_to_call_calls_it_off() -> None:
    call = Visit("da", phone_number="+4520123456", callback_time="/deny")
    call._run(ActionCallback(), {"text": "/deny", "intent": {"name": "deny"}})
    assert call.responses == ["utter_callback_stopped"] and call.handoff is None


@pytest.mark.parametrize("language", ["en", "sv", "da", "nb"])
def test_the_button_that_calls_off_says_what_calls_off_in_words_too(language: str) -> None:
    responses = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["responses"]
    titles = {
        button["title"]
        for name in ("utter_ask_callback_time", "utter_ask_phone_number", "utter_visit_ask_time")
        for variant in responses[name]
        if variant["condition"][0]["value"] == language
        for button in variant["buttons"]
        if button["payload"] == "/deny"
    }
    assert titles
    assert all(calls_off(title) for title in titles), titles


def test_a_call_that_is_called_off_before_its_number_is_known_ends_the_form() -> None:
    call = Visit("en", requested_slot="phone_number")
    said = {"text": "I changed my mind", "intent": {"name": "cancel_order"}}
    call._run(ValidateCallbackForm(), said)
    assert call.slots["requested_slot"] is None
    call._run(ActionCallback(), said)
    assert call.responses == ["utter_callback_stopped"] and call.handoff is None
