"""One customer's conversation with the bot and an agent, and what each of them knows of it."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests
from rest_customer import RestCustomer
from running_svara import RunningSvara, until
from words import DANISH, ENGLISH, NORWEGIAN, SWEDISH, Words

from tests.chaos import agent
from tests.chaos.receiver import Receiver, Stored

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH, "da": DANISH, "nb": NORWEGIAN}
ASKS_FIRST, CANCELS = 0.3, 0.1
"""Shares of the customers: who ask the bot something first, and who no longer want a person."""
_TIMEOUT = 10.0
_CANCEL = "/cancel_handoff"


@dataclass
class Talk:
    """A conversation.

    Attributes:
        said: the customer's words up to the end of the handoff, in order; Svara has taken each.
        heard: the texts that answered the customer's posts, in order.
        answered: the agent's words, in order; Svara has taken each.
        rating: the score that the customer pressed and was thanked for.
        cancelled: the customer no longer wanted a person, and Svara has taken that.
        forged: texts of events that were not the helpdesk's, of which `taken_forged` were accepted.
        problem: what kept the conversation from coming to its end.
    """

    customer: RestCustomer
    words: Words
    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    rating: int | None = None
    cancelled: bool = False
    forged: list[str] = field(default_factory=list)
    unanswered_forged: int = 0
    taken_forged: int = 0
    problem: str = ""

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self.customer.sender


def converse(svara: RunningSvara, receiver: Receiver, seed: int) -> Talk:
    """Has one conversation; both sides try again until they get through.

    Args:
        seed: of what is random in it.
    """
    dice = random.Random(seed)
    language = dice.choice(list(LANGUAGES))
    talk = Talk(RestCustomer(svara, language=language), LANGUAGES[language])
    try:
        _converse(talk, receiver, dice)
    except AssertionError as problem:
        talk.problem = str(problem)
    return talk


def _converse(talk: Talk, receiver: Receiver, dice: random.Random) -> None:
    svara, words = talk.customer.svara, talk.words
    if dice.random() < ASKS_FIRST:
        _say(talk, words.question)
    _say(talk, words.ask_person)
    _say(talk, f"{words.customer_writes} (0)")
    about = until(lambda: _requested(talk, receiver), "handoff.requested", agent.PATIENCE)[0].data
    _forge(talk, about, dice)
    if dice.random() < CANCELS and _CANCEL in _offered(talk):
        _post(talk, _CANCEL)
        talk.cancelled = True
        return
    agent.send(svara, "agent.joined", about, dice)
    for number in range(1, dice.randint(2, 4)):
        _answer(talk, about, dice, f"{words.agent_writes} ({number})")
        if dice.random() < 0.3:
            agent.send(svara, "agent.typing", about, dice)
        _say(talk, f"{words.customer_writes} ({number})")
    _forge(talk, about, dice)
    agent.send(svara, "handoff.resolved", about, dice)
    _rate(talk, dice)


def _rate(talk: Talk, dice: random.Random) -> None:
    rates = {p: title for p, title in _offered(talk).items() if p.startswith("/rate")}
    assert rates, "the customer was not asked for a rating"
    chosen = dice.choice(list(rates))
    replies = _post(talk, chosen)
    assert replies, "a rating was not answered"
    if not any(talk.words.technical_error in text for text in replies):
        talk.rating = int(rates[chosen][0])


def _offered(talk: Talk) -> dict[str, str]:
    """The titles of the buttons that the customer has, by payload."""
    buttons = [button for line in shown(talk) for button in line.get("buttons", [])]
    return {button["payload"]: button["title"] for button in buttons}


def _answer(talk: Talk, about: dict[str, Any], dice: random.Random, text: str) -> None:
    agent.send(talk.customer.svara, "message.created", about, dice, text=text)
    talk.answered.append(text)


def _forge(talk: Talk, about: dict[str, Any], dice: random.Random) -> None:
    text = f"forged {uuid.uuid4().hex}"
    status = agent.forge(talk.customer.svara, about, dice, text)
    talk.forged.append(text)
    talk.taken_forged += status is not None and status < 400
    talk.unanswered_forged += status != 401 and not (status is not None and status < 400)


def _say(talk: Talk, text: str) -> None:
    _post(talk, text)
    talk.said.append(text)


def _post(talk: Talk, text: str) -> list[str]:
    """Sends something over a connection that may break, under one id; the texts that answer it."""
    message_id = uuid.uuid4().hex
    deadline = time.monotonic() + agent.PATIENCE
    while time.monotonic() < deadline:
        try:
            answer = talk.customer.post(text, message_id, timeout=_TIMEOUT)
        except requests.RequestException:
            answer = None
        if answer is not None and answer.status_code < 500:
            assert answer.status_code == 200, answer.text
            replies = [str(reply["text"]) for reply in answer.json()]
            talk.heard += replies
            return replies
        time.sleep(0.2)  # between two attempts of a client
    raise AssertionError(f"'{text}' could not be sent within {agent.PATIENCE:.0f} s")


def shown(talk: Talk) -> list[dict[str, Any]]:
    """Everything that the customer was shown, from a server that may be away for a while."""

    def fetched() -> list[list[dict[str, Any]]]:
        try:
            return [talk.customer.fetch()]
        except (requests.RequestException, AssertionError):
            return []

    return until(fetched, "what the customer is shown", agent.PATIENCE)[0]


def _requested(talk: Talk, receiver: Receiver) -> list[Stored]:
    return [event for event in receiver.of(talk.id) if event.type == "handoff.requested"]
