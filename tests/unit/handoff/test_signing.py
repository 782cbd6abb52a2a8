"""Signatures of webhooks, against the library that the standard's authors keep."""

from __future__ import annotations

import base64
import os
import time

import pytest
from standardwebhooks.webhooks import Webhook

from bot.errors import SettingsError, SignatureRefused
from bot.handoff.signing import sign, verify

BODY = '{"type":"message.created","text":"åäö"}'


def secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


def test_what_we_sign_the_standards_library_accepts() -> None:
    key = secret()
    headers = sign([key], "msg_1", BODY)
    Webhook(key).verify(BODY, headers)


def test_any_of_several_secrets_verifies_so_that_they_can_be_rotated() -> None:
    old, new = secret(), secret()
    assert verify([new, old], sign([old], "msg_1", BODY), BODY.encode()) == "msg_1"
    assert verify([new, old], sign([new], "msg_2", BODY), BODY.encode()) == "msg_2"


def test_header_names_are_read_in_any_case() -> None:
    key = secret()
    shouted = {name.upper(): value for name, value in sign([key], "msg_1", BODY).items()}
    assert verify([key], shouted, BODY.encode()) == "msg_1"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v1,%%%"},
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": str(int(time.time()) - 3600)},
        {"webhook-timestamp": "yesterday"},
        {"webhook-signature": ""},
    ],
)
def test_a_changed_header_is_refused(change: dict[str, str]) -> None:
    key = secret()
    with pytest.raises(SignatureRefused):
        verify([key], sign([key], "msg_1", BODY) | change, BODY.encode())


@pytest.mark.parametrize("body", [b"{}", BODY.encode() + b" ", b"\xff\xfe"])
def test_another_body_is_refused(body: bytes) -> None:
    key = secret()
    with pytest.raises(SignatureRefused):
        verify([key], sign([key], "msg_1", BODY), body)


def test_a_foreign_secret_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        verify([secret()], sign([secret()], "msg_1", BODY), BODY.encode())


def test_without_a_secret_nothing_is_signed_or_accepted() -> None:
    with pytest.raises(SettingsError):
        sign([], "msg_1", BODY)
    with pytest.raises(SignatureRefused):
        verify([], {}, BODY.encode())


@pytest.mark.parametrize("kept", ["", "whsec_", "whsec_x", "not base64!"])
def test_a_secret_that_is_none_verifies_nothing(kept: str) -> None:
    with pytest.raises(SignatureRefused):
        verify([kept], sign([secret()], "msg_1", BODY), BODY.encode())
    with pytest.raises(SettingsError):
        sign([kept], "msg_1", BODY)
