"""The order system's HTTP interface.

Every route wants `Authorization: Bearer <key>` and answers JSON; errors look like
`{"error": {"code": "...", "message": "..."}}`.

    POST /v1/orders/{number}/lookup    {"proof"}                            the order
    POST /v1/orders/{number}/cancel    {"proof"}                            the order
    POST /v1/orders/{number}/address   {"proof", "street", "postcode", "city"}  the order
    POST /v1/orders/{number}/returns   {"proof", "lines": [{"line", "quantity"}], "reason",
                                        "exchange": {"size", "colour"} or left out}  a label
    GET  /healthz                                                           {"status": "ok"}

`proof` is the order's e-mail address or its postcode; case and spaces do not matter. An unknown
number and a wrong proof get the same 404, and ten of them in an hour close the number (429).

The lookup is a POST so that the proof stands in no URL and no log. It changes nothing and is safe
to send again. The other three need an `Idempotency-Key`: for a day, the same key with the same
request gets the same answer, and with another request 409 `idempotency_key_reused`.

A change that the order does not allow gets 409 `refused` with a `reason`: already_packed,
already_shipped, already_delivered, already_cancelled, already_returned, not_delivered,
not_returnable, return_window_over, return_already_registered, postcode_not_in_country.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo_shop import changes
from demo_shop.bodies import address_of, proof_of, return_of
from demo_shop.database import open_database
from demo_shop.errors import RequestRefused, ShopError, TooManyAttempts, Unauthorised
from demo_shop.proof import same
from demo_shop.seed import make_tables
from demo_shop.service import Answer, Orders, Perform

MAX_BODY: Final = 16 * 1024
_KEY: Final = re.compile(r"[\x21-\x7e]{8,200}")

_PRIVATE: Final = {"Cache-Control": "no-store"}

Endpoint = Callable[[Request], Awaitable[Response]]


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(timezone.utc)


def create_app(
    database_path: Path, api_key: str, *, now: Callable[[], datetime] = utc_now
) -> Starlette:
    """The order system on the SQLite file `database_path`; an empty one gets the demo orders.

    Args:
        database_path: the file; made when it is missing.
        api_key: what callers must send as their bearer token.
        now: the clock, an aware time in UTC.

    Raises:
        ValueError: the key is empty.
        sqlalchemy.exc.SQLAlchemyError: the file cannot be opened or is no database.
    """
    if not api_key.strip():
        raise ValueError("The API key is empty: set one that only the shop and its callers know.")
    engine = open_database(database_path)
    make_tables(engine, now())
    orders = Orders(engine, now)

    def guarded(endpoint: Endpoint) -> Endpoint:
        async def guard(request: Request) -> Response:
            try:
                scheme, _, token = request.headers.get("authorization", "").partition(" ")
                if scheme.lower() != "bearer" or not same(token.strip(), api_key):
                    raise Unauthorised("Send the shop's API key as 'Authorization: Bearer <key>'.")
                return await endpoint(request)
            except ShopError as error:
                return _error(error)

        return guard

    async def lookup(request: Request) -> Response:
        body = await _body(request)
        proof = proof_of(body)
        return _json(await run_in_threadpool(orders.lookup, _number(request), proof))

    async def cancel(request: Request) -> Response:
        body = await _body(request)
        return await change(request, body, changes.cancel)

    async def address(request: Request) -> Response:
        body = await _body(request)
        wanted = address_of(body)
        return await change(request, body, lambda c, row, _: changes.change_address(c, row, wanted))

    async def returns(request: Request) -> Response:
        body = await _body(request)
        wanted = return_of(body)
        return await change(
            request, body, lambda c, row, at: changes.create_return(c, row, wanted, at)
        )

    async def change(request: Request, body: dict[str, Any], perform: Perform) -> Response:
        key = request.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            raise RequestRefused(
                "Send an 'Idempotency-Key' of 8 to 200 printable characters without spaces.",
                status=400,
                code="idempotency_key_missing",
            )
        request_text = json.dumps([request.url.path, body], sort_keys=True)
        fingerprint = hashlib.sha256(request_text.encode()).hexdigest()
        return _json(
            await run_in_threadpool(
                orders.change, _number(request), proof_of(body), key, fingerprint, perform
            )
        )

    async def health(_request: Request) -> Response:
        await run_in_threadpool(orders.check)
        return JSONResponse({"status": "ok"})

    prefix = "/v1/orders/{number}"
    app = Starlette(
        routes=[
            Route(f"{prefix}/lookup", guarded(lookup), methods=["POST"]),
            Route(f"{prefix}/cancel", guarded(cancel), methods=["POST"]),
            Route(f"{prefix}/address", guarded(address), methods=["POST"]),
            Route(f"{prefix}/returns", guarded(returns), methods=["POST"]),
            Route("/healthz", guarded(health), methods=["GET"]),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _failure},
    )
    app.state.engine = engine
    return app


async def _body(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises RequestRefused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestRefused(
            "Send the body as 'Content-Type: application/json'.", status=415, code="not_json"
        )
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > MAX_BODY:
                raise RequestRefused(
                    f"The body is larger than {MAX_BODY} bytes.", status=413, code="too_large"
                )
    except ClientDisconnect as error:
        raise RequestRefused("The body ended too early.", status=400) from error
    try:
        body = json.loads(received)
    except (ValueError, RecursionError) as error:
        raise RequestRefused("The body is not JSON.", status=400, code="not_json") from error
    if not isinstance(body, dict):
        raise RequestRefused("The body must be a JSON object.")
    return body


def _number(request: Request) -> str:
    return str(request.path_params["number"]).upper()


def _json(answer: Answer) -> Response:
    return JSONResponse(answer.body, status_code=answer.status, headers=_PRIVATE)


def _error(error: ShopError) -> Response:
    headers = dict(_PRIVATE)
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorised):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(error.body(), status_code=error.status, headers=headers)


async def _http_error(_request: Request, error: Exception) -> Response:
    """Unknown routes and methods, in the same shape as our own errors."""
    if not isinstance(error, HTTPException):
        raise error
    body = {"error": {"code": "no_such_route", "message": error.detail}}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _failure(_request: Request, _error: Exception) -> Response:
    """Something broke in the shop; Starlette still passes the exception on to the log."""
    message = "The shop failed to answer; its log says why. The same request may be sent again."
    return JSONResponse({"error": {"code": "failure", "message": message}}, status_code=500)
