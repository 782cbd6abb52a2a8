"""`make chaos`, or `PYTHONPATH=tests/scenario python -m tests.chaos`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.chaos.report import (
    CHAOS_BEGIN,
    CHAOS_END,
    SPEED_BEGIN,
    SPEED_END,
    render,
    render_speed,
    rewritten,
)
from tests.chaos.run import Outcome, run
from tests.chaos.speed import BACKLOG, Speed, measure
from tests.databases import own_database

ROOT = Path(__file__).parents[2]
DATABASES = ("SQLite", "PostgreSQL")
POSTGRES = "SVARA_TEST_POSTGRES_URL"


def postgres_for(databases: Sequence[str]) -> str:
    """The PostgreSQL server to make databases in; empty when none is wanted.

    Raises:
        SystemExit: one is wanted and not given.
    """
    url = os.environ.get(POSTGRES, "")
    if "PostgreSQL" in databases and not url:
        raise SystemExit(f"Set {POSTGRES} to a PostgreSQL server, or give --databases SQLite.")
    return url


@contextlib.contextmanager
def database_for(name: str, postgres: str) -> Iterator[str]:
    """SQLAlchemy URL of a database for the time of a `with` block; empty: SQLite in a folder."""
    if name == "SQLite":
        yield ""
        return
    with own_database(postgres) as made:
        yield made


def chaos(databases: Sequence[str], conversations: int, seed: int | None) -> list[Outcome]:
    """One run on each database."""
    postgres, found = postgres_for(databases), []
    for name in databases:
        with (
            tempfile.TemporaryDirectory(prefix="svara-chaos-") as folder,
            database_for(name, postgres) as url,
        ):
            found.append(
                run(
                    Path(folder),
                    conversations=conversations,
                    database=name,
                    database_url=url,
                    seed=seed,
                )
            )
    return found


def speed(databases: Sequence[str], backlog: int) -> list[Speed]:
    """Measures on each database."""
    postgres, found = postgres_for(databases), []
    for name in databases:
        with (
            tempfile.TemporaryDirectory(prefix="svara-speed-") as folder,
            contextlib.ExitStack() as made,
        ):

            def fresh(name: str = name, made: contextlib.ExitStack = made) -> str:
                return made.enter_context(database_for(name, postgres))

            found.append(measure(Path(folder), database=name, database_url=fresh, backlog=backlog))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs, prints, writes the report; 1 when something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--conversations", type=int, default=1000)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--seed", type=int, help="of the dice; default another one each time")
    parser.add_argument("--output", type=Path, help="JSON; default in var/")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--no-docs", action="store_true", help="print the report, write no page")
    parser.add_argument("--speed", action="store_true", help="measure how fast handoffs are")
    parser.add_argument("--backlog", type=int, default=BACKLOG, help="deliveries, for --speed")
    given = parser.parse_args(arguments)
    if given.speed:
        speeds = speed(given.databases, given.backlog)
        found, text, good = [asdict(each) for each in speeds], render_speed(speeds), True
        begin, end = SPEED_BEGIN, SPEED_END
    else:
        outcomes = chaos(given.databases, given.conversations, given.seed)
        found, text = [asdict(each) for each in outcomes], render(outcomes)
        good = all(outcome.good for outcome in outcomes)
        begin, end = CHAOS_BEGIN, CHAOS_END
    print(text)
    output = given.output or Path("var") / ("chaos-speed.json" if given.speed else "chaos.json")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if not given.no_docs:
        page = given.docs.read_text(encoding="utf-8")
        given.docs.write_text(rewritten(page, begin, end, text), encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
