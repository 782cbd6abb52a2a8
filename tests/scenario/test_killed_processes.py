"""kill -9 at any moment: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from own_helpdesk import AGENT, Attempt, Helpdesk, own_helpdesk
from rest_customer import RestCustomer
from running_svara import RunningSvara, running_svara, until
from words import SWEDISH

pytestmark = pytest.mark.scenario

KILLS = {"rasa": 2, "actions": 4, "dispatcher": 4, "console": 4}
AT_A_TIME = 3
LONGEST_QUIET_SECONDS = 1.5
"""A conversation takes a second or two: the kills hit it anywhere."""

TO_THE_BOT = [SWEDISH.question, SWEDISH.ask_person]
TO_THE_PERSON = ["Är det någon där?", "Min jacka är försvunnen.", "Tack!"]
FROM_THE_PERSON = ["Hej Åsa!", "Den kommer i morgon."]


@pytest.fixture(scope="module")
def helpdesk() -> Iterator[Helpdesk]:
    """A helpdesk that takes a while to answer, so that a kill may come before its answer."""
    with own_helpdesk() as slow:
        slow.thinks_seconds = 0.2
        yield slow


@pytest.fixture(scope="module")
def own(helpdesk: Helpdesk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSvara]:
    """An installation that may be ill-treated."""
    with running_svara(tmp_path_factory.mktemp("killed"), handoff_url=helpdesk.url) as running:
        yield running


@pytest.mark.parametrize("name", KILLS)
def test_nothing_is_lost_and_nothing_is_there_twice(
    own: RunningSvara, helpdesk: Helpdesk, name: str
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    over = threading.Event()
    customers: list[RestCustomer] = []
    with ThreadPoolExecutor(AT_A_TIME + 1) as pool:
        killer = pool.submit(kill_now_and_then, own, name, random.Random(seed))
        killer.add_done_callback(lambda _: over.set())
        while not over.is_set():
            batch = [RestCustomer(own, customer={"name": "Åsa"}) for _ in range(AT_A_TIME)]
            customers += batch
            for done in [pool.submit(converse, c, helpdesk, name) for c in batch]:
                done.result()
        killer.result()
    for customer in customers:
        check(customer, helpdesk)


def kill_now_and_then(svara: RunningSvara, name: str, dice: random.Random) -> None:
    """Kills a process at random moments, each time after it is back at work."""
    for _ in range(KILLS[name]):
        threading.Event().wait(dice.uniform(0, LONGEST_QUIET_SECONDS))
        with svara.killed(name):
            pass


def converse(customer: RestCustomer, helpdesk: Helpdesk, killed: str) -> None:
    """A conversation as in any other test, with both sides trying again until they get through."""
    svara = customer.svara
    for text in TO_THE_BOT + TO_THE_PERSON[:1]:
        customer.say_stubbornly(text)
    about = until(lambda: requested(customer, helpdesk), "the handoff", 90)[0].data
    door: dict[str, Any] = {"agent": AGENT, "staff_port": killed == "console"}
    helpdesk.send_stubbornly(svara, "agent.joined", about, **door)
    for ours, theirs in zip(FROM_THE_PERSON, TO_THE_PERSON[1:], strict=True):
        helpdesk.send_stubbornly(svara, "message.created", about, text=ours, **door)
        customer.say_stubbornly(theirs)


def requested(customer: RestCustomer, helpdesk: Helpdesk) -> list[Attempt]:
    """The handoffs that came."""
    return [e for e in helpdesk.taken(customer.sender) if e.type == "handoff.requested"]


def check(customer: RestCustomer, helpdesk: Helpdesk) -> None:
    """Both sides have had every word once."""
    words = TO_THE_BOT + TO_THE_PERSON
    until(lambda: len(customers_words(customer, helpdesk)) >= len(words), "every word", 120)
    assert customers_words(customer, helpdesk) == words
    (handoff,) = requested(customer, helpdesk)

    link = handoff.data["links"]["transcript"]
    whole = requests.get(link, timeout=10).json()["messages"]
    assert [m["text"] for m in whole if m["speaker"] == "customer"] == words
    assert [m["text"] for m in whole if m["speaker"] == "agent"] == FROM_THE_PERSON
    joined = SWEDISH.joined.format(agent=AGENT["name"])
    assert [m["text"] for m in whole if m["speaker"] == "system"] == [joined]
    shown = [(m["id"], m["text"]) for m in customer.fetch()]
    assert shown == [(m["id"], m["text"]) for m in whole if m["speaker"] != "customer"]

    replies = replies_by_message(whole)
    failed = handoff.data["reason"]["code"] == "technical_error"
    assert [text for group in replies[2:] for text in group] == []
    if failed:
        assert [len(group) for group in replies[:2]] in ([1, 0], [2, 1])
    else:
        assert handoff.data["reason"]["code"] == "customer_asked"
        assert [len(group) for group in replies[:2]] == [2, 2]
        assert replies[0][1] == SWEDISH.helped
        assert SWEDISH.handed_over in replies[1][0]


def customers_words(customer: RestCustomer, helpdesk: Helpdesk) -> list[str]:
    """What the helpdesk has had of the customer's words, in the order of their arrival."""
    found: list[str] = []
    for event in helpdesk.taken(customer.sender):
        if event.type == "message.created":
            found.append(event.data["message"]["text"])
        else:
            spoken = event.data["transcript"]["messages"]
            found += [m["text"] for m in spoken if m["speaker"] == "customer"]
    return found


def replies_by_message(whole: list[dict[str, Any]]) -> list[list[str]]:
    """The bot's replies to each of the customer's messages."""
    groups: list[list[str]] = []
    for message in whole:
        if message["speaker"] == "customer":
            groups.append([])
        elif message["speaker"] == "bot":
            groups[-1].append(message["text"])
    return groups
