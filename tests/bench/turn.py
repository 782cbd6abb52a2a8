"""What a turn costs, Svara beside stock Rasa, on the same model and actions in the same run.

The turn is one of the assistant's own: "no thanks" is the intent `deny`, a rule calls the custom
action `action_denied`, which says a response of `domain.yml` and sets a slot. Both sides take the
message by REST, keep the tracker in a SQLite file and call an action server over HTTP. The two take
turns in short blocks, so that what else the machine does hits both alike.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.settings import load_settings
from bot.trainer.training import ensure_model
from tests.bench.servers import Bot, running

SAID = "no thanks"
ROUNDS, CONVERSATIONS, TURNS = 7, 6, 10
LONG_ROUNDS, LONG_TURNS, BLOCK = 2, 200, 10
STRETCHES = {"1-10": range(10), "41-60": range(40, 60), "181-200": range(180, 200)}


@dataclass(frozen=True)
class Block:
    """Some turns in a row.

    Attributes:
        seconds: each turn's time, as the client saw it.
        cpu: seconds of the bot's processes, for all of them.
    """

    seconds: tuple[float, ...]
    cpu: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return len(self.seconds) / sum(self.seconds)

    @property
    def cpu_ms(self) -> float:
        """CPU a turn, milliseconds."""
        return 1000 * self.cpu / len(self.seconds)


def block(bot: Bot, senders: Sequence[str]) -> Block:
    """One turn for each name in `senders`, one after another."""
    seconds = []
    before = bot.cpu_seconds()
    for sender in senders:
        started = time.perf_counter()
        said = bot.say(sender, SAID)
        seconds.append(time.perf_counter() - started)
        if len(said) != 1 or not said[0].get("text"):
            raise RuntimeError(f"{bot.name} answered {said}")
    return Block(tuple(seconds), bot.cpu_seconds() - before)


def short(bots: Sequence[Bot]) -> dict[str, list[Block]]:
    """Many short conversations, one at a time."""
    found: dict[str, list[Block]] = {bot.name: [] for bot in bots}
    for number in range(ROUNDS + 1):
        for bot in bots if number % 2 else reversed(bots):
            names = [f"short-{number}-{i}" for i in range(CONVERSATIONS)]
            done = block(bot, [name for name in names for _ in range(TURNS)])
            if number:  # the first round warms up
                found[bot.name].append(done)
    return found


def long(bots: Sequence[Bot]) -> dict[str, dict[str, float]]:
    """CPU milliseconds a turn at stretches of a long conversation."""
    found: dict[str, dict[str, list[float]]] = {b.name: {s: [] for s in STRETCHES} for b in bots}
    for number in range(LONG_ROUNDS):
        for start in range(0, LONG_TURNS, BLOCK):
            for bot in bots:
                done = block(bot, [f"long-{number}"] * BLOCK)
                for name, turns in STRETCHES.items():
                    if start in turns:
                        found[bot.name][name].append(done.cpu_ms)
    return {
        bot: {name: statistics.median(values) for name, values in stretches.items()}
        for bot, stretches in found.items()
    }


def report(bots: Sequence[Bot]) -> str:
    """Measures, and returns the tables as Markdown."""
    blocks = short(bots)
    lines = [
        f"{ROUNDS} rounds of {CONVERSATIONS} conversations of {TURNS} turns, one at a time; "
        "medians of the rounds.",
        "",
        "| | messages/s | p50, ms | p99, ms | CPU a turn, ms |",
        "|---|---|---|---|---|",
    ]
    for name, done in blocks.items():
        times = sorted(1000 * s for one in done for s in one.seconds)
        rate = statistics.median(one.rate for one in done)
        cpu = statistics.median(one.cpu_ms for one in done)
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        lines.append(f"| {name} | {rate:.1f} | {p50:.1f} | {p99:.1f} | {cpu:.1f} |")
    stock, svara = blocks[bots[0].name], blocks[bots[1].name]
    rates = [ours.rate / theirs.rate for ours, theirs in zip(svara, stock, strict=True)]
    cpus = [theirs.cpu / ours.cpu for ours, theirs in zip(svara, stock, strict=True)]
    lines += [
        "",
        f"Messages a second, svara to stock: **{statistics.median(rates):.1f} x** "
        f"({min(rates):.1f} to {max(rates):.1f} over the rounds); "
        f"CPU a turn, stock to svara: {statistics.median(cpus):.1f} x.",
        "",
        f"A conversation of {LONG_TURNS} turns: CPU a turn, ms.",
        "",
        f"| turns | {' | '.join(STRETCHES)} | last to first |",
        "|---|" + "---|" * (len(STRETCHES) + 1),
    ]
    for name, cpu_at in long(bots).items():
        values = list(cpu_at.values())
        shown = " | ".join(f"{value:.1f}" for value in values)
        lines.append(f"| {name} | {shown} | {values[-1] / values[0]:.2f} x |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurement and prints it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.turn", description=__doc__)
    parser.add_argument("--model", type=Path, help="a trained model; default: today's data's")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    model = given.model or ensure_model(load_settings(), lambda line: print(line, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="svara-bench-") as folder:
        print("Starting stock Rasa and Svara", file=sys.stderr)
        with running(Path(folder), model) as bots:
            print(report(bots))
    print(f"{time.monotonic() - started:.0f} s in all", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
