"""Roles of staff, and the pages that each of them uses.

| role | pages |
|---|---|
| `agent` | desk, replies, gaps, deliveries |
| `trainer` | gaps, the trainer's workbench |
| `admin` | all of them, and the staff |
"""

from __future__ import annotations

from dataclasses import dataclass

AGENT, TRAINER, ADMIN = "agent", "trainer", "admin"
ROLES = (AGENT, TRAINER, ADMIN)
EVERYONE = frozenset(ROLES)
AGENTS = frozenset({AGENT, ADMIN})
TRAINERS = frozenset({TRAINER, ADMIN})
ADMINS = frozenset({ADMIN})
MAY = {
    AGENT: "helps customers at the desk",
    TRAINER: "trains the assistant",
    ADMIN: "does both, and looks after the staff",
}
"""What each role is for, in words."""


@dataclass(frozen=True)
class Entry:
    """One entry of the bar at the top.

    Attributes:
        path: where it leads.
        name: what it says.
        roles: who may use it.
        under: start of the addresses that belong to it.
    """

    path: str
    name: str
    roles: frozenset[str]
    under: str

    def covers(self, path: str) -> bool:
        """True for an address of this entry."""
        return path == self.under or path.startswith(f"{self.under}/")


NAVIGATION = (
    Entry("/desk", "Desk", AGENTS, "/desk"),
    Entry("/replies", "Replies", AGENTS, "/replies"),
    Entry("/train/inbox", "Train", TRAINERS, "/train"),
    Entry("/gaps", "Gaps", EVERYONE, "/gaps"),
    Entry("/deliveries", "Deliveries", AGENTS, "/deliveries"),
    Entry("/staff", "Staff", ADMINS, "/staff"),
)
"""The pages in the bar at the top, in its order."""

TRAIN_NAVIGATION = (
    ("/train/inbox", "Inbox"),
    ("/train/answers", "Answers"),
    ("/train/checks", "Checks"),
    ("/train/evaluation", "Evaluation"),
    ("/train/models", "Models"),
    ("/train/topics", "Topics"),
    ("/train/stories", "Stories"),
)  # fmt: skip
"""The pages of the trainer's workbench, in their order: path and name. Each has its route."""


def navigation(role: str) -> list[Entry]:
    """The entries that a role may use; the first of them is where it starts."""
    return [entry for entry in NAVIGATION if role in entry.roles]


def home(role: str) -> str:
    """Where somebody of this role starts after the login."""
    return navigation(role)[0].path if role in EVERYONE else "/gaps"


def may_open(role: str, path: str) -> bool:
    """False for an address in a part of the console that is not this role's."""
    return all(role in entry.roles for entry in NAVIGATION if entry.covers(path))
