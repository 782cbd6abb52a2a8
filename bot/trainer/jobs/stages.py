"""One bar over work of several stages, which only ever rises."""

from __future__ import annotations

from collections.abc import Mapping

from bot.trainer.jobs.working import Progress

TOTAL = 1000


class Stages:
    """Tells of work as a whole what its stages tell of themselves.

    Args:
        progress: told of the whole, of `TOTAL`.
        shares: each stage's part of the time, in the order in which they come; of any unit.
    """

    def __init__(self, progress: Progress, shares: Mapping[str, float]) -> None:
        self._progress = progress
        self._done = 0
        whole, before = sum(shares.values()), 0.0
        self._places: dict[str, tuple[float, float]] = {}
        for name, share in shares.items():
            self._places[name] = (before / whole, share / whole)
            before += share

    def of(self, stage: str) -> Progress:
        """What a stage tells how far it is.

        Raises:
            KeyError: there is no such stage.
        """
        begin, share = self._places[stage]

        def told(what: str, done: int, total: int) -> None:
            within = min(done / total, 1.0) if total > 0 else 0.0
            self._done = max(self._done, round(TOTAL * (begin + share * within)))
            self._progress(what, self._done, TOTAL)

        return told
