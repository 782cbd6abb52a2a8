"""A visit is asked for: when, where to confirm it, and a person gets the window of time."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from types import SimpleNamespace
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
from bot import texts
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


class Call(Visit):
    """A conversation in the form of a call: Rasa fills its slots and asks for what is missing."""

    def say(self, text: str, intent: str = "nlu_fallback", refused: str = "") -> list[str]:
        asked = self.slots["requested_slot"]
        entities = [
            {"entity": span.entity, "value": span.value} for span in find_patterns(text, None)
        ]
        for entity in entities:
            if entity["entity"] == "phone_number":
                self.slots["phone_number"] = entity["value"]
        if asked == "callback_time":
            pressed = text.startswith("/callback_window")
            self.slots["callback_time"] = text.split('"')[3] if pressed else text
        parsed: dict[str, Any] = {"text": text, "intent": {"name": intent}, "entities": entities}
        begins = not any(e["event"] == "active_loop" for e in self.events)
        self.events.append({"event": "user", "text": text, "parse_data": parsed})
        if begins:
            self.events.append({"event": "active_loop", "name": "callback_form"})
        self.responses, self.rejected, seen = [], False, len(self.events)
        self._run(ValidateCallbackForm(), parsed)
        if self.rejected:
            return self.responses
        needed = ("phone_number", "callback_time")
        missing = next((name for name in needed if not self.slots.get(name)), None)
        ended = any(e.get("name") == "requested_slot" for e in self.events[seen:])
        self.slots["requested_slot"] = None if ended else missing
        if ended or missing is None:
            self._run(ActionCallback(), parsed)
            return self.responses
        return [*self.responses, f"utter_ask_{missing}"]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that is there on weekdays, and never at night."""
    desks = tmp_path / "desks.yml"
    desks.write_text(
        "desks: {day: {kind: webhook, time_zone: Europe/Stockholm, hours: {mon-fri: 8-18}}}"
    )
    monkeypatch.setenv("SVARA_DESKS_FILE", str(desks))
    turn.settings.cache_clear()


@pytest.fixture
def saturday(office: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Saturday evening."""

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime(2026, 11, 28, 18, 30, tzinfo=ZONE).astimezone(tz)

    fake = SimpleNamespace(**vars(dt) | {"datetime": Clock})
    monkeypatch.setattr("actions.appointments.dt", fake)
    monkeypatch.setattr("bot.handoff.waiting.dt", fake)


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


FIRST = [
    ("en", "call me on Monday at 10 on +46701234567", "on Monday at 10"),
    ("sv", "ring mig på +46701234567 på måndag kl 10", "på måndag kl 10"),
    ("da", "ring til mig på mandag kl. 10 på +4520123456", "på mandag kl. 10"),
    ("nb", "ring meg på +4740000118 på mandag klokka 10", "på mandag klokka 10"),
]


@pytest.mark.usefixtures("saturday")
@pytest.mark.parametrize(("language", "message", "words"), FIRST)
def test_a_time_in_the_first_message_is_not_asked_for_again(
    language: str, message: str, words: str
) -> None:
    call = Call(language)
    said = call.say(message, "request_callback")
    assert said == ["utter_handoff_callback", "utter_closed_call"]
    assert call.said[0]["callback_time"] == words
    assert call.handoff is not None
    evidence = call.handoff["evidence"]
    assert evidence["callback_time"] == words
    assert evidence["time_window"]["from"] == "2026-11-30T10:00:00+01:00"
    assert call.slots["callback_time"] is None


@pytest.mark.usefixtures("saturday")
def test_the_time_of_the_first_message_is_kept_while_the_number_is_asked_for() -> None:
    call = Call("sv")
    assert call.say("ring mig på måndag kl 9", "request_callback") == ["utter_ask_phone_number"]
    assert call.say("070-123 45 67")[0] == "utter_handoff_callback"
    assert call.said[0]["callback_time"] == "på måndag kl 9"


@pytest.mark.usefixtures("saturday")
def test_a_time_beside_the_number_is_not_asked_for_again() -> None:
    call = Call("nb")
    assert call.say("kan dere ringe meg?", "request_callback") == ["utter_ask_phone_number"]
    assert call.say("+4740000118, helst mandag formiddag")[0] == "utter_handoff_callback"
    assert call.said[0]["callback_time"] == "mandag formiddag"


@pytest.mark.usefixtures("saturday")
def test_the_time_of_a_call_that_was_left_is_not_that_of_the_next() -> None:
    call = Call("en", phone_number="+46701234567", callback_time="on Monday at 10")
    assert call.say("please call me", "request_callback") == ["utter_ask_callback_time"]


@pytest.mark.usefixtures("saturday")
@pytest.mark.parametrize(
    ("language", "words", "opens"),
    [
        ("en", "tomorrow at 10", "Monday at 8:00\u202fAM CET"),
        ("sv", "imorgon förmiddag", "måndag kl. 08:00"),
        ("da", "i morgen kl. 10", "mandag kl. 08.00"),
        ("nb", "i kveld kl 22", "mandag kl. 08:00"),
    ],
)
def test_nobody_is_promised_a_call_while_all_are_away(
    language: str, words: str, opens: str
) -> None:
    call = Call(language, phone_number="+46701234567")
    call.say("x", "request_callback")
    assert call.say(words) == ["utter_callback_closed", "utter_ask_callback_time"]
    assert call.said[-1]["opens"] == opens
    assert call.slots["callback_time"] is None
    assert call.say(words) == ["utter_handoff_callback_unclear", "utter_closed_reachable"]
    assert call.handoff is not None
    assert "time_window" not in call.handoff["evidence"]


@pytest.mark.usefixtures("saturday")
def test_a_time_in_the_first_message_at_which_all_are_away_is_refused_too() -> None:
    call = Call("en")
    said = call.say("call me tomorrow at 10 on +46701234567", "request_callback")
    assert said == ["utter_callback_closed", "utter_ask_callback_time"]
    assert call.say("on Monday at 10, as I said")[0] == "utter_handoff_callback"
    assert call.said[-2]["callback_time"] == "on Monday at 10"


@pytest.mark.usefixtures("saturday")
@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "I ordered on Thursday and nothing came, call me"),
        ("en", "my order from Monday hasn't come, please call me"),
        ("sv", "min beställning från i måndags har inte kommit, ring mig"),
        ("da", "min ordre fra mandag er ikke kommet, ring til mig"),
        ("nb", "bestillingen fra mandag har ikke kommet, ring meg"),
    ],
)
def test_what_happened_on_a_day_is_no_time_of_a_call(language: str, message: str) -> None:
    call = Call(language, phone_number="+46701234567")
    assert call.say(message, "request_callback") == ["utter_ask_callback_time"]


@pytest.mark.usefixtures("saturday")
def test_a_visit_while_all_are_away_is_refused_in_the_first_message_already() -> None:
    visit = Visit("sv", email="a@example.org")
    said = visit.say("kan jag komma förbi imorgon kl 12?", "book_visit")
    assert said == ["utter_visit_closed_until"]
    assert visit.slots["requested_slot"] == "visit_time" and visit.slots["visit_time"] is None
    assert visit.say("måndag kl 12")[0] == "utter_handoff_visit"


@pytest.mark.usefixtures("saturday")
def test_a_time_that_has_passed_is_no_time_of_a_call() -> None:
    call = Call("en", phone_number="+46701234567")
    call.say("call me", "request_callback")
    assert call.say("today at 10") == ["utter_callback_past", "utter_ask_callback_time"]


@pytest.mark.usefixtures("saturday")
def test_a_time_that_cannot_be_read_goes_along_without_a_promise() -> None:
    call = Call("da", phone_number="+4520123456")
    call.say("ring til mig", "request_callback")
    said = call.say("når det passer jer")
    assert said == ["utter_handoff_callback_unclear", "utter_closed_reachable"]
    assert call.handoff is not None
    assert call.handoff["evidence"]["callback_time"] == "når det passer jer"


@pytest.mark.usefixtures("saturday")
def test_a_call_at_a_part_of_a_day_is_promised_for_the_hours_that_somebody_is_there() -> None:
    call = Call("sv", phone_number="+46701234567")
    call.say("ring mig", "request_callback")
    assert call.say('/callback_window{"callback_window": "morning"}', "callback_window") == [
        "utter_handoff_callback",
        "utter_closed_call",
    ]
    assert call.said[-2]["callback_time"] == "måndag 30 november 08:00–12:00"


@pytest.mark.usefixtures("saturday")
def test_a_call_as_soon_as_possible_comes_when_somebody_is_back() -> None:
    call = Call("sv", phone_number="+46701234567")
    call.say("ring mig", "request_callback")
    assert call.say('/callback_window{"callback_window": "soon"}', "callback_window") == [
        "utter_handoff_callback",
        "utter_closed_reachable",
    ]
    assert call.said[-2]["callback_time"] == "så snart det går"
    assert call.said[-1]["opens"] == "måndag kl. 08:00"


def test_who_has_a_time_is_told_of_no_wait() -> None:
    call = Call("sv", phone_number="+46701234567")
    said = call.say("ring mig på torsdag kl 10", "request_callback")
    assert said == ["utter_handoff_callback", "utter_wait_call"]


@pytest.mark.usefixtures("saturday")
def test_a_question_instead_of_a_time_is_left_to_the_rules() -> None:
    call = Call("sv", phone_number="+46701234567")
    call.say("ring mig", "request_callback")
    assert call.say("när har ni öppet då?", "contact_info") == [] and call.rejected
    assert call.slots["callback_time"] is None
    call._run(ValidateCallbackForm(), {"text": "när har ni öppet då?", "intent": {}})
    assert call.responses == [] and call.slots["callback_time"] is None


@pytest.mark.usefixtures("saturday")
def test_a_refused_time_and_then_no_call_at_all_ends_it_without_a_number() -> None:
    call = Call("en")
    said = call.say("call me tomorrow at 10", "request_callback")
    assert said == ["utter_callback_closed", "utter_ask_phone_number"]
    assert call.say("forget it") == ["utter_callback_stopped"] and call.handoff is None


@pytest.mark.usefixtures("saturday")
def test_a_visit_asked_for_while_somebody_is_away_names_the_opening_after_it() -> None:
    visit = Visit("sv", email="a@example.org")
    visit.say("boka besök", "book_visit")
    assert visit.say("lördag 5 december kl 12") == ["utter_visit_closed_until"]
    assert visit.said[-1]["opens"] == "måndag 7 december kl. 08:00"


@pytest.mark.parametrize("language", ["en", "sv", "da", "nb"])
@pytest.mark.parametrize(
    "response",
    [
        *("utter_callback_closed", "utter_callback_past", "utter_handoff_callback_unclear"),
        *("utter_wait_call", "utter_closed_call"),
    ],
)
def test_what_is_said_of_a_call_is_there_in_every_language(response: str, language: str) -> None:
    known = {"opens": "OPENS", "phone_number": "NUMBER", "callback_time": "TIME"}
    said = texts.say(response, language, **known)
    assert said and "{" not in said
    assert language == "en" or said != texts.say(response, "en", **known)
    assert ("OPENS" in said) == ("closed" in response)
