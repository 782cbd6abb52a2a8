"""The files themselves, outside everything that a web server hands out: `attachments` under `var`.

A file is called by a random id. It is written to the end before its row is, so that a row always
has its file; a file without a row is removed by `bot.attachments.cleaning`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Engine

from bot import texts
from bot.attachments import kinds, names, records
from bot.attachments.records import Attachment
from bot.errors import AttachmentRefused, AttachmentTooLarge, StorageError, TooManyAttachments
from bot.settings import Settings
from bot.storage.database import transaction

INCOMING = ".incoming"
"""Ending of what is still on its way in."""
KEPT_FREE_BYTES = 256 * 1024 * 1024
"""Left on the disk: the database needs room to take customers' words."""
UNSENT_MESSAGES = 4
"""Messages' worth of files that a conversation may have chosen and not sent."""


def folder(settings: Settings) -> Path:
    """Where the files are."""
    return settings.var / "attachments"


def path_of(settings: Settings, attachment_id: str) -> Path:
    """A file's place."""
    return folder(settings) / attachment_id


class Upload:
    """A file on its way in; made by `receiving`."""

    def __init__(self, settings: Settings, path: Path, language: str | None) -> None:
        self._settings = settings
        self._path = path
        self._language = language
        self._out = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._hash = hashlib.sha256()
        self._size = 0

    def add(self, content: bytes) -> None:
        """Takes some more of it.

        Raises:
            AttachmentTooLarge: it has more bytes than the setting `attachment_max_bytes`.
            StorageError: it cannot be written.
        """
        self._size += len(content)
        if self._size > self._settings.attachment_max_bytes:
            raise too_large(self._settings, self._language)
        self._hash.update(content)
        try:
            self._out.write(content)
        except OSError as error:
            raise _unwritable(self._path.parent, error) from error

    def keep(self, engine: Engine, conversation_id: str, name: str) -> Attachment:
        """Keeps it, to be sent with a message of the conversation.

        Args:
            name: as its sender calls it.

        Raises:
            AttachmentRefused: it is nothing that is taken.
            TooManyAttachments: the conversation has too many that were not sent.
            StorageError: it cannot be written.
        """
        attachment_id = secrets.token_hex(16)
        try:
            self._out.close()
            kind = kinds.kind_of(self._path)
            if kind is None:
                raise AttachmentRefused(texts.say("utter_refused_file_type", self._language))
            kept = Attachment(
                id=attachment_id,
                conversation_id=conversation_id,
                message_id=None,
                name=names.shown_name(name, kind),
                type=kind.type,
                size=self._size,
                sha256=self._hash.hexdigest(),
                created_at=time.time(),
                sent_at=None,
            )
            self._path.rename(path_of(self._settings, attachment_id))
        except OSError as error:
            raise _unwritable(self._path.parent, error) from error
        try:
            with transaction(engine) as connection:
                most = self._settings.attachments_per_message
                if records.unsent(connection, conversation_id) >= most * UNSENT_MESSAGES:
                    raise TooManyAttachments(
                        texts.say("utter_refused_too_many_files", self._language, limit=most)
                    )
                records.add(connection, kept)
        except BaseException:
            path_of(self._settings, attachment_id).unlink(missing_ok=True)
            raise
        return kept

    def close(self) -> None:
        """Forgets what was not kept."""
        self._out.close()
        self._path.unlink(missing_ok=True)


@contextmanager
def receiving(settings: Settings, language: str | None) -> Iterator[Upload]:
    """Takes a file in, piece by piece; what is not kept within the block is gone after it.

    Args:
        language: of whoever sends it, for what they are told.

    Raises:
        StorageError: the folder cannot be written, or the disk is nearly full.
    """
    place = folder(settings)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(place).free < KEPT_FREE_BYTES + settings.attachment_max_bytes:
            raise StorageError(
                f"The disk with the folder '{place}' is nearly full: no more files are taken. "
                "Make room on it."
            )
        upload = Upload(settings, place / f"{secrets.token_hex(16)}{INCOMING}", language)
    except OSError as error:
        raise _unwritable(place, error) from error
    try:
        yield upload
    finally:
        upload.close()


def take(
    engine: Engine,
    settings: Settings,
    conversation_id: str,
    name: str,
    content: bytes,
    *,
    language: str | None,
) -> Attachment:
    """Takes a file in that is all there; as `Upload`."""
    with receiving(settings, language) as upload:
        upload.add(content)
        return upload.keep(engine, conversation_id, name)


def discard(engine: Engine, settings: Settings, conversation_id: str, ids: Sequence[str]) -> bool:
    """Removes files of a conversation that were not sent.

    Returns:
        False when there was none.
    """
    with transaction(engine) as connection:
        gone = records.forget_unsent(connection, conversation_id, ids)
    for attachment_id in gone:
        path_of(settings, attachment_id).unlink(missing_ok=True)
    return bool(gone)


def too_large(settings: Settings, language: str | None) -> AttachmentTooLarge:
    """The refusal of a file that has too many bytes."""
    most = max(settings.attachment_max_bytes // (1024 * 1024), 1)
    return AttachmentTooLarge(texts.say("utter_refused_file_too_large", language, limit=most))


def _unwritable(place: Path, error: OSError) -> StorageError:
    return StorageError(
        f"Files cannot be kept in the folder '{place}': {error.strerror}. Make it writable, or "
        "make room on its disk."
    )
