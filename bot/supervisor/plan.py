"""What `svara up` runs: the processes, and how to tell that they are ready."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from bot.settings import Settings, child_environment
from bot.supervisor.processes import Process

_CONNECT_SECONDS, _READ_SECONDS = 1.0, 3.0
_QUIET = {
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    # Their threads would compete for the same cores and make a turn slower, not faster.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True)
class Probe:
    """How to tell that a process is ready.

    Attributes:
        healthy: only status 200 will do, rather than any answer that is not the server's failure.
    """

    name: str
    url: str
    healthy: bool

    def answers(self) -> bool:
        """Whether it is ready now; takes seconds at most."""
        with requests.Session() as session:
            session.trust_env = False  # a proxy has no business with our own addresses
            try:
                with session.get(
                    self.url,
                    timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    status = answer.status_code
            except requests.RequestException:
                return False
        return status == 200 if self.healthy else status < 500


def environment(settings: Settings) -> dict[str, str]:
    """Variables of every process."""
    return child_environment(settings) | _QUIET


def processes(settings: Settings) -> list[Process]:
    """What to run, from the slowest to start to the fastest."""
    variables = environment(settings)

    def module(name: str, *command: str, more: Mapping[str, str] | None = None) -> Process:
        return Process(name, (sys.executable, "-m", *command), {**variables, **(more or {})})

    listed = [
        module("rasa", "bot.server"),
        module("actions", "bot.server.actions"),
        module("console", "bot.console"),
        module("dispatcher", "bot.handoff.dispatcher"),
    ]
    if settings.demo_shop:
        database = str(settings.var.resolve() / "shop.db")
        listed.append(
            module(
                "shop",
                *("demo_shop", "--port", str(settings.shop_port), "--database", database),
                more={"SVARA_ORDER_SYSTEM_KEY": settings.order_system_key},
            )
        )
    return listed


def probes(settings: Settings) -> list[Probe]:
    """What has to answer before customers may come."""
    listed = [
        Probe("rasa", f"{settings.local_url}/healthz", healthy=True),
        Probe("console", f"{settings.local_staff_url}/", healthy=False),
    ]
    if settings.demo_shop:
        shop = f"http://127.0.0.1:{settings.shop_port}/healthz"
        # Its routes want the key: that it answers at all is enough.
        listed.append(Probe("shop", shop, healthy=False))
    return listed
