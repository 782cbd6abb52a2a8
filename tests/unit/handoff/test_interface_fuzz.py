"""The handoff interface against requests that nobody thought of, over HTTP, on both ports.

Schemathesis makes them from the published description, those that it allows and those that it does
not; a stranger cannot sign, so each is signed before it is sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
import yaml
from handoff_world import CONVERSATION, NLU, OLD_SECRET, SECRET, say
from hypothesis import HealthCheck, assume, given, note
from hypothesis import settings as examples
from hypothesis import strategies as st
from interface_servers import PORTS, new_database
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.handoff import interface, lifecycle, signing
from bot.handoff.context import Facts
from bot.handoff.http import take_hook
from bot.handoff.inbound import MAX_BODY_BYTES
from bot.handoff.interface import TAKEN
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.links import transcript_url
from bot.handoff.lookup import Handoff
from bot.settings import Settings, keep_desk_secret
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction

TIMEOUT = 20
EVENTS = "/handoff/v1/events"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DESCRIBED = schemathesis.openapi.from_dict(interface.openapi(Settings()))
SEND, HOOK = DESCRIBED[EVENTS]["POST"], DESCRIBED["/handoff/v1/desks/{desk}"]["POST"]
READ = DESCRIBED["/handoff/v1/transcripts/{token}"]["GET"]
GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
VALID = {
    kind: jsonschema.Draft202012Validator(interface.event_schema(name))
    for kind, name in TAKEN.items()
}
# One server takes all examples: that is what a server does.
RUN = examples(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HOOK_SECRETS = {
    "chatwoot": "s3cret",
    "django-helpdesk": "s3cret",
    "freshdesk": "s3cret",
    "request-tracker": "whsec_" + base64.b64encode(b"a secret of the tests").decode(),
    "zammad": "s3cret",
    "zendesk": "s3cret",
    "webhook": "",
}
NOWHERE = "http://127.0.0.1:9"
OPTIONS: dict[str, dict[str, Any]] = {
    "chatwoot": {"account": 1, "inbox": 1},
    "django-helpdesk": {"queue": 1, "user": "svara"},
    "freshdesk": {"group": 1},
    "request-tracker": {"queue": "Chat", "user": "svara"},
    "zammad": {"group": "Users"},
    "zendesk": {"user": "svara@example.com"},
    "webhook": {},
}


@dataclass(frozen=True)
class Served:
    """The interface on a port, and a handoff behind it."""

    url: str
    settings: Settings
    handoff: Handoff

    @property
    def ids(self) -> dict[str, str]:
        """The handoff's."""
        return {
            "handoff_id": self.handoff.id,
            "conversation_id": self.handoff.conversation_id,
        }

    def send(self, body: bytes, headers: dict[str, Any], path: str = EVENTS) -> requests.Response:
        """Sends bytes with headers."""
        return requests.post(self.url + path, data=body, headers=headers, timeout=TIMEOUT)

    def event(self, kind: str, secret: str = SECRET, **data: Any) -> tuple[bytes, dict[str, str]]:
        """An event about the handoff, signed."""
        body = json.dumps({"type": kind, "data": self.ids | data})
        return body.encode(), signing.sign([secret], f"evt_{uuid.uuid4().hex}", body)

    def said(self) -> list[str]:
        """All that was said."""
        with reading(open_database(self.settings.database)) as connection:
            return [m.text for m in conversations.history(connection, CONVERSATION)]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def prepared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Handoff]]:
    """A database with a handoff, and a desk of every kind, none of which answers."""
    folder = tmp_path_factory.mktemp("fuzz")
    desks = {
        name: {
            "kind": name.replace("-", "_"),
            "url": NOWHERE,
            "allow_private": True,
            **options,
        }
        for name, options in OPTIONS.items()
    }
    (folder / "desks.yml").write_text(yaml.safe_dump({"desks": desks}))
    with new_database(request.param, request) as database_url:
        settings = Settings(
            var=folder,
            session_secret="a key for tests",
            handoff_secret=f"{SECRET},{OLD_SECRET}",
            handoff_url=f"{NOWHERE}/hook",
            desks_file=folder / "desks.yml",
            database_url=database_url,
        )
        for name, secret in HOOK_SECRETS.items():
            keep_desk_secret(settings, name, "a key")
            if secret:
                keep_desk_secret(settings, name, secret, hook=True)
        engine = open_database(settings.database)
        with transaction(engine) as connection:
            conversations.start(connection, CONVERSATION, "webchat", language="sv")
        say(engine, "customer", "Var är min jacka?", nlu=NLU)
        with transaction(engine) as connection:
            handoff = lifecycle.open_handoff(
                connection, settings, CONVERSATION, HandoffRequest("customer_asked"), Facts()
            )
        yield settings, handoff


@pytest.fixture(scope="module", params=list(PORTS))
def served(request: pytest.FixtureRequest, prepared: tuple[Settings, Handoff]) -> Iterator[Served]:
    """Both ports, one after the other."""
    settings, handoff = prepared
    with PORTS[request.param](settings) as url:
        yield Served(url, settings, handoff)


def as_bytes(case: Case) -> bytes:
    """The body of a generated request."""
    kwargs = case.as_transport_kwargs(base_url="http://127.0.0.1")
    prepared = requests.Request(
        "POST",
        "http://127.0.0.1/",
        **{name: kwargs[name] for name in ("json", "data", "files") if name in kwargs},
    ).prepare()
    body = prepared.body or b""
    return body.encode() if isinstance(body, str) else body


def allowed(body: bytes) -> bool:
    """Whether the description allows it, as another reader of it says."""
    try:
        event = json.loads(body, parse_constant=float.fromhex)
    except (ValueError, RecursionError):
        return False
    kind = event.get("type") if isinstance(event, dict) else None
    return isinstance(kind, str) and kind in VALID and VALID[kind].is_valid(event)


@pytest.mark.parametrize("mode", [GOOD, BAD], ids=["allowed", "not allowed"])
def test_signed_events_are_answered_as_described(served: Served, mode: GenerationMode) -> None:
    answers: list[int] = []

    @given(case=SEND.as_strategy(generation_mode=mode), known=st.booleans())
    @RUN
    def check(case: Case, known: bool) -> None:
        body = as_bytes(case)
        if known and isinstance(case.body, dict) and isinstance(case.body.get("data"), dict):
            body = json.dumps({**case.body, "data": {**case.body["data"], **served.ids}}).encode()
        else:
            known = False
        text = body.decode("utf-8", "replace")
        assume(text.encode() == body)  # what is no text cannot be signed
        answer = served.send(body, signing.sign([SECRET], f"evt_{uuid.uuid4().hex}", text))
        note(f"{answer.status_code} {answer.text} to {body[:2000]!r}")
        case.validate_response(answer, checks=CHECKS)
        said = answer.json()
        if not allowed(body):
            assert answer.status_code == 422
            assert said["field"]
            assert said["field"] in said["message"] or said["field"] == "body"
        else:
            assert answer.status_code == (200 if known else 404)
        answers.append(answer.status_code)

    check()
    assert set(answers) >= ({200, 404} if mode is GOOD else {422})


def test_what_a_stranger_sends_is_refused(served: Served) -> None:
    before = served.said()

    @given(case=SEND.as_strategy(generation_mode=BAD) | SEND.as_strategy(generation_mode=GOOD))
    @RUN
    def check(case: Case) -> None:
        headers = {
            name: str(value).encode("utf-8", "replace")
            for name, value in (case.headers or {}).items()
            if name.lower().startswith("webhook-")
        }
        try:
            answer = served.send(as_bytes(case), headers)
        except requests.exceptions.InvalidHeader:
            assume(False)
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"] == "signature_refused"

    check()
    assert served.said() == before


HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def test_a_signature_that_is_wrong_missing_old_or_of_another_body_is_refused(
    served: Served,
) -> None:
    before = served.said()
    agent = {"id": "7", "name": "Astrid"}
    body, headers = served.event("message.created", agent=agent, text="Never to be seen.")
    old = datetime.fromtimestamp(int(time.time()) - 301, tz=timezone.utc)
    early = datetime.fromtimestamp(int(time.time()) + 310, tz=timezone.utc)

    def at(moment: datetime) -> dict[str, str]:
        signed = signing.Webhook(SECRET).sign("evt_1", moment, body.decode())
        stamp = str(int(moment.timestamp()))
        return dict(zip(HEADERS, ("evt_1", stamp, signed), strict=True))

    tries: list[tuple[bytes, dict[str, Any]]] = [
        *((body, {k: v for k, v in headers.items() if k != name}) for name in HEADERS),
        *((body, headers | {name: ""}) for name in HEADERS),
        *((body, headers | {name: b"\xff\xfe"}) for name in HEADERS),
        (body, headers | {"webhook-id": "evt_other"}),
        (body, headers | {"webhook-timestamp": str(int(time.time()) - 1)}),
        (body, headers | {"webhook-timestamp": "9" * 400}),
        (body, headers | {"webhook-timestamp": "nan"}),
        (body, headers | {"webhook-signature": "v1,å"}),
        (body, headers | {"webhook-signature": headers["webhook-signature"].replace("v1", "v2")}),
        (body + b" ", headers),
        (b"\xff" + body, headers),
        (body, at(old)),
        (body, at(early)),
        served.event("handoff.resolved", secret="whsec_c29tZWJvZHkgZWxzZQ=="),
    ]
    for wrong, given_headers in tries:
        answer = served.send(wrong, given_headers)
        assert answer.status_code == 401, (answer.text, given_headers)
        assert answer.json()["error"] == "signature_refused"
    assert served.said() == before


def test_the_same_again_is_answered_and_nothing_is_done(served: Served) -> None:
    agent, text = {"id": "7", "name": "Astrid"}, uuid.uuid4().hex
    body, headers = served.event("message.created", agent=agent, text=text)
    answers = [served.send(body, headers).json() for _ in range(3)]
    assert [answer["duplicate"] for answer in answers] == [False, True, True]
    other = body.replace(text.encode(), b"other words")
    again = signing.sign([SECRET], headers["webhook-id"], other.decode())
    assert served.send(other, again).json() == {"ok": True, "duplicate": True}
    assert served.said().count(text) == 1
    assert "other words" not in served.said()


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 1024 * 1024 + 1, 3 * 1024 * 1024])
@pytest.mark.parametrize("path", [EVENTS, "/handoff/v1/desks/zammad"])
def test_what_is_too_large_is_refused_as_described(served: Served, size: int, path: str) -> None:
    body = b" " * size
    try:
        answer = served.send(body, signing.sign([SECRET], "evt_1", body.decode()), path)
    except requests.ConnectionError:
        # The server has answered and hung up while we were still sending.
        assert size > MAX_BODY_BYTES + 1
        return
    assert answer.status_code == 413
    assert answer.json()["error"] == "too_large"


def test_the_largest_body_is_taken(served: Served) -> None:
    body = json.dumps({"type": "agent.typing", "data": served.ids, "x": ""})
    body = body.replace('"x": ""', f'"x": "{"x" * (MAX_BODY_BYTES - len(body))}"')
    assert len(body) == MAX_BODY_BYTES
    answer = served.send(body.encode(), signing.sign([SECRET], uuid.uuid4().hex, body))
    assert answer.status_code == 200, answer.text


def signed_by(desk: str, body: bytes) -> dict[str, str]:
    """Headers that the product of a desk puts on its webhooks."""
    key = HOOK_SECRETS[desk].encode()
    if desk == "zammad":
        return {"x-hub-signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest()}
    if desk == "zendesk":
        at = datetime.now(tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = hmac.new(key, at.encode() + body, hashlib.sha256).digest()
        return {
            "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
            "x-zendesk-webhook-signature-timestamp": at,
        }
    if desk == "chatwoot":
        at = str(int(time.time()))
        digest_ = hmac.new(key, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"x-chatwoot-signature": f"sha256={digest_}", "x-chatwoot-timestamp": at}
    if desk == "freshdesk":
        return {"x-svara-secret": key.decode()}
    if desk == "django-helpdesk":
        return {"authorization": "Basic " + base64.b64encode(b"svara:" + key).decode()}
    if desk == "request-tracker":
        return signing.sign([HOOK_SECRETS[desk]], f"rt_{uuid.uuid4().hex}", body.decode())
    return {}


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["1", 1, 1e999]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "ticket", "detail", "event", "conversation", "inbox_id", "note"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
LIKE_A_WEBHOOK = st.fixed_dictionaries(
    {},
    optional={
        "id": ANY,
        "ticket": ANY | st.fixed_dictionaries({"id": ANY}),
        "detail": ANY | st.fixed_dictionaries({"id": ANY}),
        "event": ANY | st.sampled_from(["message_created", "conversation_status_changed"]),
        "conversation": ANY | st.fixed_dictionaries({"inbox_id": st.just(1), "id": ANY}),
        "inbox_id": st.just(1) | ANY,
        "message_type": st.just("outgoing") | ANY,
        "sender": ANY,
    },
)


@pytest.mark.parametrize("desk", sorted(OPTIONS))
def test_webhooks_of_products_are_answered_as_described(served: Served, desk: str) -> None:
    """With the product's own signature; 503 is right where the product has to be asked."""

    @given(
        body=st.sampled_from([b"", b"\xff", b"[" * 50_000, b'{"ticket": 1e999}'])
        | (LIKE_A_WEBHOOK | ANY).map(lambda each: json.dumps(each).encode()),
        case=HOOK.as_strategy(generation_mode=GOOD),
    )
    @examples(RUN, max_examples=40)
    def check(body: bytes, case: Case) -> None:
        if desk == "request-tracker":
            assume(body != b"\xff")
        answer = served.send(body, signed_by(desk, body), f"/handoff/v1/desks/{desk}")
        note(f"{answer.status_code} {answer.text}")
        assert answer.status_code in (200, 422, 503), answer.text
        case.path_parameters = {"desk": desk}
        case.validate_response(answer, checks=CHECKS[1:])

    check()


@pytest.mark.parametrize("desk", [*sorted(OPTIONS), "nobody"])
def test_webhooks_of_products_that_strangers_send_are_refused(served: Served, desk: str) -> None:
    names = ("x-hub-signature", "x-zendesk-webhook-signature", "x-svara-secret", "authorization")
    for headers in ({}, *({name: b"\xff\xfe"} for name in (*names, "x-chatwoot-signature"))):
        answer = served.send(b"{}", headers, f"/handoff/v1/desks/{desk}")
        expected = {"nobody": 404, "webhook": 422}.get(desk, 401)
        assert answer.status_code == expected, (answer.text, headers)


@pytest.mark.parametrize("desk", sorted(OPTIONS))
def test_without_a_secret_for_webhooks_nothing_is_believed(
    prepared: tuple[Settings, Handoff], tmp_path: Path, desk: str
) -> None:
    settings = replace(prepared[0], var=tmp_path)
    keep_desk_secret(settings, desk, "a key")
    engine = open_database(settings.database)
    status, answer = take_hook(engine, settings, desk, signed_by(desk, b"{}"), b"{}")
    # Chatwoot's older versions do not sign: what they tell is looked up, and here there is nothing.
    assert status == (422 if desk in ("webhook", "chatwoot") else 401), answer


def test_transcripts_are_answered_as_described(prepared: tuple[Settings, Handoff]) -> None:
    settings, handoff = prepared
    with PORTS["public"](settings) as url:
        link = transcript_url(settings, handoff.id).replace(settings.url, url)
        case = READ.Case(path_parameters={"token": link.rpartition("/")[2]})
        answer = requests.get(link, timeout=TIMEOUT)
        assert answer.status_code == 200
        case.validate_response(answer, checks=CHECKS)

        @given(case=READ.as_strategy(generation_mode=GOOD))
        @examples(RUN, max_examples=50)
        def check(case: Case) -> None:
            answer = requests.get(url + case.formatted_path, timeout=TIMEOUT)
            assert answer.status_code == 403
            case.validate_response(answer, checks=CHECKS)

        check()


def test_the_description_is_served(served: Served) -> None:
    answer = requests.get(f"{served.url}/handoff/v1/openapi.json", timeout=TIMEOUT)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["paths"] == interface.openapi(served.settings)["paths"]
    assert told["servers"]
