"""Files are kept by random ids, sent once, and gone a day later when they are not sent."""

from __future__ import annotations

import hashlib
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import samples
from sqlalchemy.engine import Engine

from bot.attachments import cleaning, files, links, records
from bot.errors import (
    AttachmentRefused,
    AttachmentTooLarge,
    AttachmentUnknown,
    SignatureRefused,
    StorageError,
    TooManyAttachments,
)
from bot.settings import Settings
from bot.storage.database import open_database, reading, transaction
from tests.databases import own_database

ANNA, BO = "anna", "bo"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path, session_secret="secret", attachment_max_bytes=1024 * 1024)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'svara.db'}")
        yield engine
        engine.dispose()
        return
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield open_database(url)


def take(
    engine: Engine, settings: Settings, content: bytes = samples.PDF, whose: str = ANNA
) -> records.Attachment:
    return files.take(engine, settings, whose, "Anna Bergs kvitto.pdf", content, language="sv")


def kept_files(settings: Settings) -> list[str]:
    return sorted(path.name for path in files.folder(settings).iterdir())


def test_a_file_is_kept_by_a_random_id_that_only_svara_reads(
    engine: Engine, settings: Settings
) -> None:
    kept = take(engine, settings)
    path = files.path_of(settings, kept.id)
    assert kept_files(settings) == [kept.id]
    assert "Anna" not in kept.id
    assert path.read_bytes() == samples.PDF
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with reading(engine) as connection:
        found = records.find(connection, kept.id)
    assert found == kept
    assert (kept.name, kept.type, kept.size) == (
        "Anna Bergs kvitto.pdf",
        "application/pdf",
        len(samples.PDF),
    )
    assert kept.sha256 == hashlib.sha256(samples.PDF).hexdigest()


def test_what_is_refused_leaves_nothing_behind(engine: Engine, settings: Settings) -> None:
    with pytest.raises(AttachmentRefused, match="filtypen"):
        take(engine, settings, samples.EXE)
    with pytest.raises(AttachmentTooLarge, match="högst 1 MB"):
        take(engine, settings, samples.PDF + bytes(1024 * 1024))
    assert kept_files(settings) == []


def test_what_breaks_off_leaves_nothing_behind(engine: Engine, settings: Settings) -> None:
    with pytest.raises(ConnectionError), files.receiving(settings, "en") as upload:
        upload.add(samples.PDF)
        raise ConnectionError("the customer went through a tunnel")
    assert kept_files(settings) == []


def test_a_conversation_cannot_fill_the_disk_with_what_it_does_not_send(
    engine: Engine, settings: Settings
) -> None:
    most = settings.attachments_per_message * files.UNSENT_MESSAGES
    for _ in range(most):
        take(engine, settings)
    with pytest.raises(TooManyAttachments):
        take(engine, settings)
    assert len(kept_files(settings)) == most
    take(engine, settings, whose=BO)


def test_a_disk_that_is_nearly_full_takes_no_files(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "KEPT_FREE_BYTES", 1 << 60)
    with pytest.raises(StorageError, match="nearly full"):
        take(engine, settings)


def test_a_file_is_sent_once_and_by_its_own_conversation(
    engine: Engine, settings: Settings
) -> None:
    kept = take(engine, settings)

    def send(whose: str) -> list[records.Attachment]:
        with transaction(engine) as connection:
            return records.send(connection, settings, whose, [kept.id], message_id=7, language="da")

    with pytest.raises(AttachmentUnknown, match="Vedhæft den igen"):
        send(BO)
    (sent,) = send(ANNA)
    assert sent.message_id == 7
    assert sent.sent_at is not None
    with pytest.raises(AttachmentUnknown):
        send(ANNA)


def test_more_files_than_a_message_may_have_are_refused(engine: Engine, settings: Settings) -> None:
    ids = [take(engine, settings).id for _ in range(settings.attachments_per_message + 1)]
    with transaction(engine) as connection, pytest.raises(TooManyAttachments, match="høyst 5"):
        records.send(connection, settings, ANNA, ids, message_id=1, language="nb")


def test_a_file_is_taken_back_until_it_is_sent(engine: Engine, settings: Settings) -> None:
    sent, regretted, other = (take(engine, settings, whose=w) for w in (ANNA, ANNA, BO))
    with transaction(engine) as connection:
        records.send(connection, settings, ANNA, [sent.id], message_id=1, language="en")
    assert files.discard(engine, settings, ANNA, [regretted.id])
    assert not files.discard(engine, settings, ANNA, [sent.id, other.id])
    assert kept_files(settings) == sorted([sent.id, other.id])


def test_what_was_not_sent_is_gone_after_a_day(engine: Engine, settings: Settings) -> None:
    sent, orphan = take(engine, settings), take(engine, settings)
    with transaction(engine) as connection:
        records.send(connection, settings, ANNA, [sent.id], message_id=1, language="en")
    stray = files.path_of(settings, "0" * 32)
    stray.write_bytes(b"its row was never written: the machine lost power")
    broken_off = stray.with_suffix(files.INCOMING)
    broken_off.write_bytes(b"half")
    assert cleaning.clean(engine, settings) == 0
    assert len(kept_files(settings)) == 4
    assert cleaning.clean(engine, settings, time.time() + cleaning.KEPT_SECONDS + 5) == 3
    assert kept_files(settings) == [sent.id]
    with reading(engine) as connection:
        assert records.find(connection, orphan.id) is None


def test_cleaning_where_nobody_has_sent_anything(engine: Engine, settings: Settings) -> None:
    assert cleaning.clean(engine, settings) == 0


def test_a_link_is_the_same_all_day_and_lapses(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = 1_700_000_000 // 86400 * 86400 + 60
    monkeypatch.setattr(time, "time", lambda: float(morning))
    link = links.attachment_url(settings, "abc")
    monkeypatch.setattr(time, "time", lambda: float(morning + 80_000))
    assert links.attachment_url(settings, "abc") == link
    monkeypatch.setattr(time, "time", lambda: float(morning + 30 * 86400))
    assert links.own_attachment(settings, link) == "abc"
    monkeypatch.setattr(time, "time", lambda: float(morning + 32 * 86400))
    assert links.own_attachment(settings, link) is None
    with pytest.raises(SignatureRefused, match="lapsed after 30 days"):
        links.read_attachment_token(settings, link.rpartition("/")[2])


@pytest.mark.parametrize(
    "url", ["", "https://elsewhere.example/attachments/v1/abc", "{url}/attachments/v1/abc"]
)
def test_what_is_no_link_of_ours(settings: Settings, url: str) -> None:
    assert links.own_attachment(settings, url.format(url=settings.url)) is None


def test_a_link_to_a_transcript_opens_no_file(settings: Settings) -> None:
    from bot.handoff.links import transcript_url  # noqa: PLC0415

    with pytest.raises(SignatureRefused):
        links.read_attachment_token(settings, transcript_url(settings, "x").rpartition("/")[2])
