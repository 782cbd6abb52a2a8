"""An order system spoken to over HTTP, in the shape of the demo shop's."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from bot.orders.errors import (
    OrderSystemAnswerInvalid,
    OrderSystemBusy,
    OrderSystemKeyRefused,
    OrderSystemRequestRefused,
    OrderSystemUnreachable,
)
from bot.orders.model import (
    Exchange,
    Order,
    Refusal,
    RefusalReason,
    ReturnLabel,
    ReturnLine,
    ReturnReason,
)
from bot.orders.parse import parse_label, parse_order

logger = logging.getLogger(__name__)

MAX_ANSWER: Final = 256 * 1024
_LOOKUP_ATTEMPTS: Final = 3
_CHANGE_ATTEMPTS: Final = 2
_BACK_OFF: Final = 0.2
_TEMPORARY: Final = (500, 502, 503, 504)
_LOST: Final = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


class _Bearer(AuthBase):
    """Our key; as `auth`, so that a ~/.netrc cannot replace it."""

    def __init__(self, key: str) -> None:
        self._header = f"Bearer {key}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class HttpOrderSystem:
    """An order system behind `base_url`; may be used from several threads.

    The lookup changes nothing, so it is tried up to three times, with growing pauses. A change is
    sent again once, with its idempotency key, and only when the connection was lost.

    Args:
        base_url: such as "http://127.0.0.1:8090", without "/v1".
        api_key: our key there.
        timeout: seconds to wait for the connection, and for the answer.
    """

    def __init__(
        self, base_url: str, api_key: str, timeout: tuple[float, float] = (2.0, 5.0)
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._auth = _Bearer(api_key)

    def lookup(self, number: str, proof: str) -> Order | Refusal:
        """The order, or why not. Raises OrderSystemError."""
        # a customer is waiting: no new attempt once one whole timeout has gone by
        give_up = time.monotonic() + sum(self._timeout)
        for attempt in range(1, _LOOKUP_ATTEMPTS + 1):
            try:
                answer = self._post(number, "lookup", {"proof": proof})
                return answer if isinstance(answer, Refusal) else parse_order(answer)
            except (OrderSystemUnreachable, OrderSystemBusy, *_LOST) as error:
                if attempt == _LOOKUP_ATTEMPTS or time.monotonic() > give_up:
                    raise _unreachable(error) from error
                time.sleep(_BACK_OFF * 2**attempt * random.uniform(0.5, 1))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def cancel(self, number: str, proof: str, *, idempotency_key: str) -> Order | Refusal:
        """Cancel the order; gives it as it is then, or why not. Raises OrderSystemError."""
        answer = self._change(number, "cancel", {"proof": proof}, idempotency_key)
        return answer if isinstance(answer, Refusal) else parse_order(answer)

    def change_address(
        self,
        number: str,
        proof: str,
        *,
        street: str,
        postcode: str,
        city: str,
        idempotency_key: str,
    ) -> Order | Refusal:
        """Send the order elsewhere; gives it as it is then, or why not. Raises OrderSystemError."""
        body = {"proof": proof, "street": street, "postcode": postcode, "city": city}
        answer = self._change(number, "address", body, idempotency_key)
        return answer if isinstance(answer, Refusal) else parse_order(answer)

    def create_return(
        self,
        number: str,
        proof: str,
        *,
        lines: Sequence[ReturnLine],
        reason: ReturnReason,
        exchange: Exchange | None = None,
        idempotency_key: str,
    ) -> ReturnLabel | Refusal:
        """Make a return label; gives it, or why not. Raises OrderSystemError."""
        body: dict[str, Any] = {
            "proof": proof,
            "lines": [{"line": line.line, "quantity": line.quantity} for line in lines],
            "reason": reason.value,
        }
        if exchange is not None:
            body["exchange"] = {"size": exchange.size, "colour": exchange.colour}
        answer = self._change(number, "returns", body, idempotency_key)
        return answer if isinstance(answer, Refusal) else parse_label(answer)

    def _change(
        self, number: str, what: str, body: Mapping[str, Any], idempotency_key: str
    ) -> object:
        for attempt in range(1, _CHANGE_ATTEMPTS + 1):
            try:
                return self._post(number, what, body, {"Idempotency-Key": idempotency_key})
            except _LOST as error:
                if attempt == _CHANGE_ATTEMPTS:
                    raise _unreachable(error) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _post(
        self,
        number: str,
        what: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> object:
        """JSON of the answer, or a Refusal.

        Raises:
            OrderSystemError: any other answer.
            requests.ConnectionError, ChunkedEncodingError: the connection was lost.
        """
        url = f"{self._base_url}/v1/orders/{quote(number, safe='')}/{what}"
        try:
            with requests.post(
                url,
                json=body,
                headers=headers,
                auth=self._auth,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._read(response)
                return _understood(response.status_code, response.headers, content)
        except _LOST:
            raise
        except requests.RequestException as error:
            raise _unreachable(error) from error

    def _read(self, response: requests.Response) -> bytes:
        """The body, up to a size and a time: a timeout of requests is only for each piece."""
        give_up = time.monotonic() + self._timeout[1]
        content = bytearray()
        for piece in response.iter_content(16 * 1024):
            content += piece
            if len(content) > MAX_ANSWER:
                raise OrderSystemAnswerInvalid(
                    f"The order system's answer is larger than {MAX_ANSWER} bytes. "
                    "Check that SVARA_ORDER_SYSTEM_URL leads to it."
                )
            if time.monotonic() > give_up:
                raise OrderSystemUnreachable(
                    f"The order system took more than {self._timeout[1]} s to send its answer. "
                    "Check its load."
                )
        return bytes(content)


def _understood(status: int, headers: Mapping[str, str], content: bytes) -> object:
    """What an answer means: its JSON, a Refusal, or an error."""
    if status in _TEMPORARY:
        raise OrderSystemBusy(
            f"The order system answered {status}. Its log says why; the same request may be sent "
            "again."
        )
    if status in (401, 403):
        raise OrderSystemKeyRefused(
            f"The order system answered {status} to our key. "
            "Set SVARA_ORDER_SYSTEM_KEY to a key that it accepts."
        )
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise OrderSystemAnswerInvalid(
            f"The order system answered {status} with something that is not JSON. "
            "Check that SVARA_ORDER_SYSTEM_URL leads to it."
        ) from None
    if status == 200:
        return body
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        raise OrderSystemAnswerInvalid(
            f"The order system answered {status} without saying why. "
            "Check that SVARA_ORDER_SYSTEM_URL leads to a system of this version."
        )
    code = error["code"]
    if status == 404 and code == RefusalReason.ORDER_NOT_FOUND.value:
        return Refusal(RefusalReason.ORDER_NOT_FOUND)
    if status == 429:
        wait = headers.get("Retry-After", "")
        seconds = int(wait) if wait.isascii() and wait.isdigit() else None
        return Refusal(RefusalReason.TOO_MANY_ATTEMPTS, seconds)
    if status == 409 and code == "refused":
        return Refusal(_reason(error.get("reason")))
    raise OrderSystemRequestRefused(
        f"The order system refused our request with {status} {code[:60]!r}. "
        "Compare the two versions' order interface."
    )


def _reason(text: object) -> RefusalReason:
    try:
        return RefusalReason(text)
    except ValueError:
        logger.warning("The order system refused for a reason unknown to us: %.60r", text)
        return RefusalReason.OTHER


def _unreachable(error: Exception) -> Exception:
    """`error` in our tree; what requests says is left out, as it may hold the address's secrets."""
    if isinstance(error, OrderSystemUnreachable | OrderSystemBusy):
        return error
    return OrderSystemUnreachable(
        f"The order system did not answer ({type(error).__name__}). "
        "Check that it runs and that SVARA_ORDER_SYSTEM_URL leads to it."
    )
