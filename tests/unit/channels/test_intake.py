"""The one way in: what is stored, what is refused, who answers, and what happens when it breaks."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from a_conversation import SENDER, Rasa, Talk, breaks, hands_over, nothing, run, says
from rasa.core.channels.channel import UserMessage

from bot import texts
from bot.channels import intake as intake_module
from bot.errors import InputRefused, MessageTooLong, TooManyMessages
from bot.storage import conversations
from bot.storage.database import reading

SORRY = texts.say("utter_technical_error", "sv")


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


def test_a_message_is_stored_before_anything_is_done_with_it(talk: Talk) -> None:
    talk.write("  hej!  ", language="sv", customer={"name": "Anna"})
    (message,) = talk.messages
    assert (message.speaker, message.text, message.handled_at) == ("customer", "hej!", None)
    with reading(talk.engine) as connection:
        conversation = conversations.find(connection, SENDER)
    assert conversation is not None
    assert (conversation.language, dict(conversation.customer)) == ("sv", {"name": "Anna"})
    assert talk.announced == [SENDER]
    assert talk.heard == []


def test_a_turn_stores_the_reply_what_was_understood_and_the_tracker(talk: Talk) -> None:
    talk.rasa.reaction = says("Hej!", "Vad gäller det?", slots={"language": "sv"})
    talk.say("hej Sarek", language="en")
    customer, *replies = talk.messages
    assert customer.handled_at is not None
    assert customer.nlu == {
        "intent": {"name": "greet", "confidence": 0.9877},
        "ranking": [{"name": "greet", "confidence": 0.9877}],
        "entities": [{"entity": "product", "value": "Sarek"}],
        "language": "sv",
        "tone": "neutral",
    }
    assert [(r.speaker, r.text) for r in replies] == [("bot", "Hej!"), ("bot", "Vad gäller det?")]
    with reading(talk.engine) as connection:
        conversation = conversations.find(connection, SENDER)
    assert conversation is not None
    assert conversation.language == "sv"
    assert talk.event_count > 0


def test_rasa_hears_the_language_whether_a_person_has_it_and_what_is_first(talk: Talk) -> None:
    talk.say("hej", language="da")
    talk.open_handoff()
    talk.say("er der nogen?")
    metadata = [dict(message.metadata or {}) for message in talk.rasa.heard]
    assert metadata == [
        {"language": "da", "handoff": False, "first": True},
        {"language": "da", "handoff": True, "first": False},
    ]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_message_is_refused_in_the_customers_language(talk: Talk, text: str) -> None:
    with pytest.raises(InputRefused, match="Beskeden var tom"):
        talk.write(text, language="da")
    assert talk.messages == []


def test_a_message_that_is_too_long_is_refused_and_the_limit_named(tmp_path: Path) -> None:
    talk = Talk(tmp_path, message_max_chars=10)
    talk.write("1234567890")
    with pytest.raises(MessageTooLong, match="10"):
        talk.write("12345678901")
    assert len(talk.messages) == 1


def test_too_many_messages_a_minute_are_refused_for_that_customer_only(tmp_path: Path) -> None:
    talk = Talk(tmp_path, messages_per_minute=3)
    for number in range(3):
        talk.write(str(number))
    with pytest.raises(TooManyMessages):
        talk.write("3")
    talk.write("hello", sender="bo")
    assert len(talk.messages) == 3


def test_the_same_message_sent_again_is_taken_once(talk: Talk) -> None:
    first, again = (talk.say("hej", client_id="c1") for _ in range(2))
    assert first.id == again.id
    assert talk.heard == ["hej"]
    assert talk.said == ["hello"]


def test_the_same_id_of_another_customer_is_another_message(talk: Talk) -> None:
    talk.say("hej", client_id="c1")
    talk.say("hej", sender="bo", client_id="c1")
    assert len(talk.heard) == 2


# --- buttons


def test_a_button_that_was_offered_is_its_payload_to_rasa_and_its_title_to_people(
    talk: Talk,
) -> None:
    offered = talk.bot_says("?", buttons=[{"title": "Ja, tack", "payload": "/affirm"}])
    talk.say("hej")
    talk.say("whatever", payload="/affirm")
    assert talk.heard == ["hej", "/affirm"]
    *_, customer = (m for m in talk.messages if m.speaker == "customer")
    assert (customer.text, customer.data["payload"]) == ("Ja, tack", "/affirm")
    with reading(talk.engine) as connection:
        assert conversations.get(connection, offered.id).data["chosen"] == "/affirm"


@pytest.mark.parametrize("how", ["typed", "sent as a payload"])
def test_a_payload_that_was_never_offered_is_only_text(talk: Talk, how: str) -> None:
    talk.bot_says("?", buttons=[{"title": "Ja", "payload": "/affirm"}])
    if how == "typed":
        talk.say('/restart{"a": 1}')
    else:
        talk.say("hello", payload="/restart")
    assert not any(text.startswith("/") for text in talk.heard)
    assert all("payload" not in message.data for message in talk.messages)


@pytest.mark.parametrize("text", ["/", "///", "/ / x"])
def test_slashes_never_reach_rasa_first(talk: Talk, text: str) -> None:
    talk.say(text)
    assert len(talk.heard) == 1
    assert not talk.heard[0].startswith("/")
    assert talk.heard[0]


def test_a_button_offered_to_somebody_else_is_only_text(talk: Talk) -> None:
    talk.bot_says("?", buttons=[{"title": "Ja", "payload": "/affirm"}])
    talk.say("/affirm", sender="bo")
    assert talk.heard == ["affirm"]


# --- to a person


def test_a_turn_that_hands_over_opens_the_handoff_with_its_reply(talk: Talk) -> None:
    talk.rasa.reaction = hands_over()
    talk.say("I want a person")
    assert talk.said == ["A colleague takes over."]
    assert talk.handoff is not None
    ((kind, data),) = talk.outbox
    assert (kind, data["handoff_id"]) == ("handoff.requested", talk.handoff.id)
    spoken = [line["text"] for line in data["transcript"]["messages"]]
    assert spoken == ["I want a person", "A colleague takes over."]


def test_while_a_person_has_it_messages_are_forwarded_and_the_bot_is_silent(talk: Talk) -> None:
    handoff = talk.open_handoff()
    message = talk.write("are you there?")
    forwarded = talk.outbox[-1]
    assert forwarded[0] == "message.created"
    assert forwarded[1]["message"]["text"] == "are you there?"
    assert forwarded[1]["handoff_id"] == handoff.id
    talk.answer()
    assert talk.heard == [
        "are you there?"
    ]  # understood and logged, so that the transcript is whole
    assert talk.said == []
    assert len(talk.outbox) == 2
    assert message.data["handoff"] == handoff.id


def test_a_message_written_while_the_handoff_opens_goes_to_the_person(talk: Talk) -> None:
    talk.rasa.reaction = hands_over()
    talk.write("a person please")
    talk.write("it is urgent")
    talk.answer()
    assert [kind for kind, _ in talk.outbox] == ["handoff.requested", "message.created"]
    assert talk.outbox[1][1]["message"]["text"] == "it is urgent"
    assert talk.said == ["A colleague takes over."]


def test_what_waits_for_its_turn_reaches_the_person_before_what_is_written_next(talk: Talk) -> None:
    talk.write("a person please")
    talk.write("it is urgent")
    talk.open_handoff()
    talk.write("hello?")
    talk.answer()
    forwarded = [data["message"]["text"] for kind, data in talk.outbox[1:]]
    assert forwarded == ["a person please", "it is urgent", "hello?"]


def test_a_person_who_comes_while_the_bot_thinks_is_not_talked_over(talk: Talk) -> None:
    async def slow(rasa: Rasa, message: UserMessage) -> None:
        await says("too late")(rasa, message)
        talk.open_handoff()

    talk.rasa.reaction = slow
    talk.say("where is my order")
    assert talk.said == []
    assert talk.outbox[-1][1]["message"]["text"] == "where is my order"
    assert talk.handoff is not None
    assert talk.messages[0].data["handoff"] == talk.handoff.id


def test_after_the_person_has_left_the_bot_answers_again(talk: Talk) -> None:
    talk.close_handoff(talk.open_handoff())
    talk.say("thanks")
    assert talk.said == ["hello"]
    assert len(talk.outbox) == 1


def test_a_customer_may_call_the_person_off(talk: Talk) -> None:
    talk.open_handoff()
    talk.bot_says("Wait", buttons=[{"title": "Never mind", "payload": "/cancel_handoff"}])
    talk.say("x", payload="/cancel_handoff", language="en")
    assert talk.handoff is None
    assert talk.said[-1] == texts.say("utter_handoff_cancelled", None)
    assert talk.outbox[-1][0] == "handoff.cancelled"
    assert talk.heard == []
    talk.say("hello")
    assert talk.heard == ["hello"]


@pytest.mark.parametrize(
    "words",
    [
        *("never mind, I found it", "never mind, forget it", "äh strunt i det"),
        *("nej vent, glem det", "glem det, det går bra"),
    ],
)
def test_a_person_who_is_waited_for_is_called_off_in_words_too(talk: Talk, words: str) -> None:
    talk.open_handoff()
    talk.say(words)
    assert talk.handoff is None
    assert talk.said[-1] == texts.say("utter_handoff_cancelled", None)
    assert [kind for kind, _ in talk.outbox][-1] == "handoff.cancelled"
    assert talk.heard == []


def test_a_person_who_is_there_hears_never_mind_themselves(talk: Talk) -> None:
    talk.accept(talk.open_handoff())
    talk.say("never mind, I found it")
    assert talk.handoff is not None
    assert talk.outbox[-1][1]["message"]["text"] == "never mind, I found it"


def test_nobody_calls_a_person_off_by_typing_a_payload_that_was_not_offered(talk: Talk) -> None:
    talk.open_handoff()
    talk.say("/cancel_handoff")
    assert talk.handoff is not None


# --- when it breaks


@pytest.mark.parametrize("reaction", [breaks, nothing], ids=["an error", "no reply"])
def test_a_turn_that_fails_ends_with_an_apology_and_a_person(
    talk: Talk, reaction: object, caplog: pytest.LogCaptureFixture
) -> None:
    talk.rasa.reaction = reaction  # type: ignore[assignment]
    message = talk.say("var är min order?", language="sv")
    assert talk.said == [SORRY]
    assert talk.handoff is not None
    assert (talk.handoff.reason, talk.handoff.priority) == ("technical_error", "high")
    assert talk.outbox[0][1]["reason"]["evidence"] == {"message_id": message.id}
    assert "var är min order" not in caplog.text
    assert caplog.records


def test_without_a_model_the_customer_still_gets_an_answer(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    talk.rasa.ready = False
    talk.say("hej", language="sv")
    assert talk.said == [SORRY]
    assert caplog.records


def test_a_turn_that_takes_too_long_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    talk = Talk(tmp_path, turn_timeout=0.05)

    async def hangs(_rasa: Rasa, _message: UserMessage) -> None:
        await asyncio.sleep(5)

    talk.rasa.reaction = hangs
    talk.say("hej", language="sv")
    assert talk.said == [SORRY]
    assert "No answer within" in caplog.text


def test_half_an_answer_of_a_turn_that_broke_is_not_said(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    async def half(rasa: Rasa, message: UserMessage) -> None:
        await says("Your refund of")(rasa, message)
        raise RuntimeError("broken in the middle")

    talk.rasa.reaction = half
    talk.say("hej", language="sv")
    assert talk.said == [SORRY]
    assert caplog.records


def test_when_the_outcome_cannot_be_stored_nothing_is_and_the_turn_is_run_again(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    talk.sql(
        "CREATE TRIGGER full BEFORE INSERT ON svara_messages WHEN NEW.speaker = 'bot' "
        "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
    message = talk.say("hej")
    assert talk.said == []
    assert talk.event_count == 0  # the tracker's events stand and fall with the reply
    with reading(talk.engine) as connection:
        assert conversations.get(connection, message.id).handled_at is None
    assert "cannot be stored" in caplog.text

    talk.sql("DROP TRIGGER full")
    recover_until_answered(talk)
    assert talk.said == ["hello"]
    assert talk.event_count > 0


def test_turns_of_a_process_that_was_killed_are_run_by_the_next_one(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    message = talk.write("hej")
    talk.write("är någon där?")
    talk.sql(f"UPDATE svara_messages SET lease_until = 1e12 WHERE id = {message.id}")
    talk.intake = talk.another_intake()
    recover_until_answered(talk)
    assert talk.heard == ["hej", "är någon där?"]
    assert talk.said == ["hello", "hello"]


def test_a_turn_that_another_worker_holds_is_left_to_it(talk: Talk) -> None:
    message = talk.write("hej")
    talk.write("och en till")
    talk.sql(f"UPDATE svara_messages SET lease_until = 1e12 WHERE id = {message.id}")
    talk.answer()
    assert talk.heard == []


def test_while_a_worker_is_at_a_later_message_an_earlier_one_waits(talk: Talk) -> None:
    talk.write("hej")
    later = talk.write("och en till")
    talk.sql(f"UPDATE svara_messages SET lease_until = 1e12 WHERE id = {later.id}")
    talk.answer()
    assert talk.heard == []


def test_a_turn_that_another_worker_has_stored_is_not_stored_again(talk: Talk) -> None:
    async def overtaken(rasa: Rasa, message: UserMessage) -> None:
        await says("mine")(rasa, message)
        with intake_module.transaction(talk.engine) as connection:
            conversations.mark_handled(connection, int(str(message.message_id)), nlu=None)
            conversations.append(connection, SENDER, "bot", "theirs")

    talk.rasa.reaction = overtaken
    talk.say("hej")
    assert talk.said == ["theirs"]
    assert talk.event_count == 0


# --- order


def test_messages_of_one_customer_are_answered_in_order_and_one_at_a_time(talk: Talk) -> None:
    inside = 0

    async def careful(rasa: Rasa, message: UserMessage) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        await asyncio.sleep(0.01)
        inside -= 1
        await says(f"to {message.text}")(rasa, message)

    talk.rasa.reaction = careful
    for text in ("one", "two", "three"):
        talk.write(text)

    async def several() -> None:
        await asyncio.gather(*(talk.intake.answer(SENDER) for _ in range(3)))

    run(several())
    assert talk.said == ["to one", "to two", "to three"]


def test_customers_do_not_wait_for_each_other(talk: Talk) -> None:
    both = asyncio.Event()
    inside = 0

    async def waits_for_the_other(rasa: Rasa, message: UserMessage) -> None:
        nonlocal inside
        inside += 1
        if inside == 2:
            both.set()
        await both.wait()
        await says("done")(rasa, message)

    talk.rasa.reaction = waits_for_the_other
    talk.write("hej")
    talk.write("hej", sender="bo")

    async def together() -> None:
        await asyncio.gather(talk.intake.answer(SENDER), talk.intake.answer("bo"))

    run(together())
    assert talk.said == ["done"]


def test_a_caller_that_hangs_up_does_not_break_the_turn_off(talk: Talk) -> None:
    async def slow(rasa: Rasa, message: UserMessage) -> None:
        await asyncio.sleep(0.05)
        await says("still here")(rasa, message)

    talk.rasa.reaction = slow
    message = talk.write("hej")

    async def hung_up() -> None:
        caller = asyncio.create_task(talk.intake.answer(SENDER))
        await asyncio.sleep(0.01)
        caller.cancel()
        await talk.intake.settled(message)

    run(hung_up())
    assert talk.said == ["still here"]


def recover_until_answered(talk: Talk) -> None:
    """Lets the sweeper work until no message waits."""

    async def sweep() -> None:
        sweeper = asyncio.create_task(talk.intake.recover(sole_worker=True))
        try:
            while any(m.speaker == "customer" and m.handled_at is None for m in talk.messages):
                await asyncio.sleep(0.01)
        finally:
            sweeper.cancel()

    logging.getLogger("bot").setLevel(logging.WARNING)
    run(sweep())


def test_an_address_written_while_nobody_is_there_is_where_the_answer_goes(talk: Talk) -> None:
    talk.rasa.reaction = says(
        "We are closed.",
        custom={"handoff": {"reason": "customer_asked", "evidence": {}, "contact_asked": True}},
    )
    talk.say("a person please", language="en")
    talk.say("hello?")
    talk.say("anna@example.se, please")
    *_, hello, address = talk.outbox
    assert "contact" not in hello[1]["message"]
    assert address[1]["message"]["contact"] == {"email": "anna@example.se"}
    noted = talk.messages[-1]
    assert (noted.speaker, noted.data["event"]) == ("system", "utter_contact_noted")
    assert "anna@example.se" in noted.text


def test_an_address_told_to_a_person_is_words_like_others(talk: Talk) -> None:
    talk.open_handoff()
    talk.say("anna@example.se")
    assert "contact" not in talk.outbox[-1][1]["message"]
    assert [message.speaker for message in talk.messages] == ["customer"]
