"""One process at a time syncs a source, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from kb_connector.leases import lease

Connect = Callable[[], sa.engine.Engine]


def test_only_one_holds_a_source_and_another_source_is_free(anywhere: Connect) -> None:
    ours, theirs = anywhere(), anywhere()
    with lease(ours, "shop") as mine:
        assert mine
        with lease(theirs, "shop") as second, lease(theirs, "other") as other:
            assert (second, other) == (False, True)
    with lease(theirs, "shop") as later:
        assert later, "it is free when its holder has ended"


def test_it_is_given_back_after_an_error(anywhere: Connect) -> None:
    with pytest.raises(RuntimeError), lease(anywhere(), "shop"):
        raise RuntimeError
    with lease(anywhere(), "shop") as mine:
        assert mine


def test_of_many_at_once_one_wins(anywhere: Connect) -> None:
    engines = [anywhere() for _ in range(6)]
    ready, done = threading.Barrier(len(engines)), threading.Barrier(len(engines))
    won: list[bool] = []

    def compete(engine: sa.engine.Engine) -> None:
        ready.wait()
        with lease(engine, "shop") as mine:
            won.append(mine)
            done.wait()

    threads = [threading.Thread(target=compete, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_a_holder_that_lives_keeps_it_for_longer_than_the_lease(anywhere: Connect) -> None:
    with lease(anywhere(), "shop", seconds=0.6):
        time.sleep(1.2)
        with lease(anywhere(), "shop") as second:
            assert not second


def test_a_holder_that_died_loses_it_and_who_waits_gets_it(anywhere: Connect) -> None:
    engine = anywhere()
    with engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO kb_leases VALUES ('shop', 'dead', :until)"),
            {"until": time.time() + 0.5},
        )
    with lease(engine, "shop") as at_once:
        assert not at_once
    with lease(engine, "shop", wait=5.0) as after:
        assert after
