"""The report of runs, as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tests.chaos.run import Outcome
from tests.chaos.speed import Speed, Times

SPEED_BEGIN, SPEED_END = "<!-- chaos-speed: begin -->", "<!-- chaos-speed: end -->"
CHAOS_BEGIN, CHAOS_END = "<!-- chaos: begin -->", "<!-- chaos: end -->"


def rewritten(page: str, begin: str, end: str, text: str) -> str:
    """A page with another text between two marks."""
    before, _, rest = page.partition(begin)
    after = rest.partition(end)[2]
    return f"{before}{begin}\n{text}\n{end}{after}"


def render(outcomes: Sequence[Outcome]) -> str:
    """What the runs found."""
    return "\n".join(_render(outcomes))


def _render(outcomes: Sequence[Outcome]) -> Iterator[str]:
    names = [outcome.database for outcome in outcomes]
    yield f"| | {' | '.join(names)} |"
    yield "|---|" + "---|" * len(names)
    rows: list[tuple[str, list[str]]] = [
        ("conversations", [f"{o.conversations:,}" for o in outcomes]),
        ("minutes", [f"{o.seconds / 60:.1f}" for o in outcomes]),
        *(
            (f"**{name}**", [f"**{o.faults[name]:,}**" for o in outcomes])
            for name in outcomes[0].faults
        ),
        ("anything else wrong", [f"{len(o.problems):,}" for o in outcomes]),
        *((name, [f"{o.numbers[name]:,}" for o in outcomes]) for name in outcomes[0].numbers),
        *(
            (f"`kill -9` of {name}", [f"{o.kills.get(name, 0)}" for o in outcomes])
            for name in sorted({name for o in outcomes for name in o.kills})
        ),
        *(
            (
                f"receiver {name}: seconds, attempts",
                [
                    f"{o.weather_seconds.get(name, 0)}, {o.attempts.get(name, 0):,}"
                    for o in outcomes
                ],
            )
            for name in sorted({name for o in outcomes for name in o.weather_seconds})
        ),
        ("seed", [str(o.seed) for o in outcomes]),
    ]
    for title, cells in rows:
        yield f"| {title} | {' | '.join(cells)} |"
    yield ""
    for clock in dict.fromkeys(o.clock for o in outcomes):
        yield textwrap.fill(f"The clocks: {clock}.", 100)
    for outcome in outcomes:
        for problem in outcome.problems[:20]:
            yield f"- {outcome.database}: {problem}"


def render_speed(speeds: Sequence[Speed]) -> str:
    """What was measured."""

    def times(measured: Times) -> str:
        return f"{measured.p50:.0f}, {measured.p99:.0f}"

    rows: list[tuple[str, str, list[str]]] = [
        (
            "customer's word stored to its arrival, ms: p50, p99",
            "150",
            [times(s.word) for s in speeds],
        ),
        (
            "handoffs a second, opened and delivered",
            "50",
            [f"{s.opened:.0f}" for s in speeds],
        ),
        (
            "handoffs a second, from customers' words by REST through Rasa",
            "",
            [f"{s.intake:.0f}" for s in speeds],
        ),
        (
            "backlog: deliveries, a second",
            "",
            [f"{s.backlog:,}, {s.drained:.0f}" for s in speeds],
        ),
        (
            "dispatcher's memory then, MB: beginning, middle, end",
            "the same",
            [", ".join(f"{each:.0f}" for each in s.memory) for s in speeds],
        ),
        ("event to a desk by itself, ms: p50, p99", "", [times(s.alone) for s in speeds]),
        (
            "event to a desk beside one that hangs, ms: p50, p99",
            "the same",
            [times(s.beside) for s in speeds],
        ),
    ]
    lines = [
        f"| | aim | {' | '.join(s.database for s in speeds)} |",
        "|---|---|" + "---|" * len(speeds),
        *(f"| {title} | {aim} | {' | '.join(cells)} |" for title, aim, cells in rows),
    ]
    return "\n".join(lines)
