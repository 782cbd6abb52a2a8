"""Embeddings of training data, kept on disk, so that a retrain encodes only what is new.

A SQLite file of vectors by the SHA-256 of the encoder's name and the text; the texts themselves
are not kept. SQLite makes writes whole and keeps processes apart. Losing the file costs time only:
whatever is wrong with it is logged, and the vectors are computed.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from bot.nlu.encoder.base import Encoder
from bot.nlu.encoder.weights import Floats

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Told how many of how many new texts are encoded."""

LIMIT = 100_000
"""Vectors that are kept; 420 MB at 768 dimensions."""

_FILE = "embeddings.db"
_FORMAT = 1
_SCHEMA = (
    "CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL,"
    " checksum INTEGER NOT NULL, used INTEGER NOT NULL)",
    "CREATE INDEX vectors_by_use ON vectors (used)",
    f"PRAGMA user_version = {_FORMAT}",
)
_AT_ONCE = 256
"""Texts encoded between two writes: what is lost when a long run is interrupted."""
_WAIT = 30.0
_DAY = 86_400


class EmbeddingCache:
    """Vectors by encoder and text.

    Args:
        folder: where the file is; made if it is not there.
        limit: vectors that are kept; past it, those unused for longest are dropped.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self.path = folder / _FILE
        self._limit = limit

    def encode(
        self, encoder: Encoder, texts: Sequence[str], progress: Progress | None = None
    ) -> Floats:
        """As `encoder.encode`, computing only what no earlier call has.

        Args:
            encoder: who computes.
            texts: in any number; one that comes twice is computed once.
            progress: told after each few hundred new texts.
        """
        keys = [_key(encoder.name, text) for text in texts]
        found = self._read(set(keys), encoder.dimensions)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        waiting = list(new)
        for start in range(0, len(new), _AT_ONCE):
            part = waiting[start : start + _AT_ONCE]
            vectors = encoder.encode([new[key] for key in part])
            made = dict(zip(part, vectors, strict=True))
            self._write(made)
            found |= made
            if progress:
                progress(start + len(part), len(new))
        rows = np.empty((len(keys), encoder.dimensions), np.float32)
        for row, key in enumerate(keys):
            rows[row] = found[key]
        return rows

    def _read(self, keys: set[bytes], dimensions: int) -> dict[bytes, Floats]:
        found: dict[bytes, Floats] = {}
        now = int(time.time())
        unused: list[tuple[int, bytes]] = []

        def read(database: sqlite3.Connection) -> None:
            for key in keys:
                row = database.execute("SELECT * FROM vectors WHERE key = ?", (key,)).fetchone()
                if row is None:
                    continue
                _, vector, checksum, used = row
                if len(vector) == 4 * dimensions and zlib.crc32(vector) == checksum:
                    found[key] = np.frombuffer(vector, "<f4")
                else:
                    logger.warning("%s holds a damaged vector; it is made anew.", self.path)
                if used < now - _DAY:
                    unused.append((now, key))

        def mark(database: sqlite3.Connection) -> None:
            database.executemany("UPDATE vectors SET used = ? WHERE key = ?", unused)

        self._with_database(read)
        if unused:
            self._with_database(mark)
        return found

    def _write(self, vectors: dict[bytes, Floats]) -> None:
        now = int(time.time())
        blobs = {key: vector.astype("<f4").tobytes() for key, vector in vectors.items()}

        def write(database: sqlite3.Connection) -> None:
            database.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
                [(key, blob, zlib.crc32(blob), now) for key, blob in blobs.items()],
            )
            (count,) = database.execute("SELECT count(*) FROM vectors").fetchone()
            if count > self._limit:
                database.execute(
                    "DELETE FROM vectors WHERE rowid IN "
                    "(SELECT rowid FROM vectors ORDER BY used, rowid LIMIT ?)",
                    (count - self._limit,),
                )

        self._with_database(write)

    def _with_database(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Does the work in one transaction, or logs why not."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT)) as database, database:
                _ensure_schema(database)
                work(database)
        except (OSError, sqlite3.OperationalError) as error:
            logger.warning("Embeddings are not kept in %s: %s.", self.path, error)
        except sqlite3.DatabaseError as error:
            aside = self.path.with_suffix(".damaged")
            logger.warning(
                "%s is no usable cache (%s); it is set aside as %s.", self.path, error, aside.name
            )
            self._set_aside(aside)

    def _set_aside(self, aside: Path) -> None:
        try:
            self.path.replace(aside)
            self.path.with_name(f"{_FILE}-journal").unlink(missing_ok=True)
        except FileNotFoundError:
            logger.info("%s is gone already: another process found the same.", self.path)


def _ensure_schema(database: sqlite3.Connection) -> None:
    if _format(database) == _FORMAT:
        return
    database.execute("BEGIN IMMEDIATE")
    found = _format(database)
    if found == _FORMAT:
        return  # another process was quicker
    if database.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise sqlite3.DatabaseError(f"it is of format {found}, not {_FORMAT}")
    for statement in _SCHEMA:
        database.execute(statement)


def _format(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _key(name: str, text: str) -> bytes:
    return hashlib.sha256(f"{name}\0{text}".encode("utf-8", "surrogatepass")).digest()
