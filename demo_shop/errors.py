"""Errors of the demo shop.

ShopError
├── Unauthorised         401: the caller's key is missing or wrong
├── RequestRefused       400, 413, 415, 422: a request that we cannot use
├── OrderNotFound        404: no such order, or a proof that does not belong to it
├── TooManyAttempts      429: too many wrong proofs for one order number
├── KeyReused            409: an idempotency key that was used for another change
└── ChangeRefused        409: the order's state does not allow the change
"""

from __future__ import annotations


class ShopError(Exception):
    """Root of the shop's errors; each one is an answer to the caller.

    Args:
        message: what happened and what the caller can do.

    Attributes:
        status: HTTP status of the answer.
        code: machine-readable kind of error.
    """

    status = 500
    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> dict[str, object]:
        """The answer's JSON body."""
        return {"error": {"code": self.code, "message": self.message}}


class Unauthorised(ShopError):
    """The caller's key is missing or wrong."""

    status = 401
    code = "unauthorised"


class RequestRefused(ShopError):
    """A request that we cannot use.

    Args:
        message: what is wrong with it.
        status: 400, 413, 415 or 422.
        code: machine-readable kind.
    """

    def __init__(self, message: str, *, status: int = 422, code: str = "invalid_request") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class OrderNotFound(ShopError):
    """No such order, or a proof that does not belong to it: one answer for both."""

    status = 404
    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__(
            "No order has this number together with this e-mail address or postcode. Check both."
        )


class TooManyAttempts(ShopError):
    """Too many wrong proofs for one order number.

    Args:
        retry_after: seconds until the next attempt is taken.
    """

    status = 429
    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many wrong attempts for this order. Try again in {retry_after} s.")
        self.retry_after = retry_after


class KeyReused(ShopError):
    """An idempotency key that was used for another change."""

    status = 409
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key belongs to another request. Use a new key.")


class ChangeRefused(ShopError):
    """The order's state does not allow the change.

    Args:
        reason: machine-readable, one of those listed in `demo_shop.api`.
        message: the same for people.
    """

    status = 409
    code = "refused"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def body(self) -> dict[str, object]:
        """The answer's JSON body, with the reason."""
        return {"error": {"code": self.code, "reason": self.reason, "message": self.message}}
