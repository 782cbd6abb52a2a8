"""Errors of Svara.

SvaraError
├── SettingsError            a setting is missing or has an unusable value
├── StorageError             the database cannot be opened or used
│   ├── SchemaTooNew         a newer Svara has upgraded its tables
│   └── UpgradeFailed        its tables could not be upgraded; nothing was changed
├── InputRefused             a customer's message was refused
│   ├── MessageTooLong
│   ├── TooManyMessages
│   ├── AttachmentRefused    a file of a kind that is not taken
│   │   ├── AttachmentTooLarge
│   │   ├── TooManyAttachments
│   │   └── AttachmentUnknown    not of this conversation, sent before, or gone
│   └── SessionRefused       a web chat session that we did not issue, or that has expired
├── HandoffError
│   ├── SignatureRefused     a webhook that is unsigned, wrongly signed or too old
│   ├── EventRefused         a signed webhook whose body we cannot use
│   │   ├── EventTooLarge
│   │   └── HandoffNotFound
│   ├── DesksInvalid         desks.yml cannot be used
│   └── DeskError
│       ├── DeskRefused      a helpdesk said no
│       └── DeskUnavailable  a helpdesk does not answer, or asks to come again later
├── OrderSystemError         the order system did not answer, or not in a way we understand
├── NluError                 a model's file is damaged or foreign, or data cannot be trained on
│   ├── NluDataInvalid       a line of the training files is not one that Rasa would understand
│   │   └── StoryInvalid     a file of test stories is not one
│   ├── StoryImpossible      a conversation cannot become a test story, or a story not what is asked
│   ├── DataChanged          the training files are no longer as the trainer saw them
│   ├── UndoImpossible       no such change of these files, or it was taken back already
│   ├── IntentUnknown        a label that does not exist, or no longer
│   ├── AnswerRefused        an answer of an intent that cannot be written as it is
│   │   └── TitleRefused     the words of its button cannot
│   └── ModelError           about a trained model that is to answer customers
│       ├── ModelUnknown     there is no such model
│       └── ModelRefused     it did not pass the gate, or a server cannot load it
├── JobError                 about long work that the console starts
│   ├── JobBusy              one of its kind runs already
│   └── JobUnknown           there is no such job
├── ErasureError             about the deletion of conversations
│   ├── AddressUnusable      neither an e-mail address nor a telephone number
│   └── ConversationBusy     a person has it, or something of it is still to be delivered
├── InboxError               about a message in the trainer's inbox; nothing was done
│   ├── ReviewUnknown        there is no such message in the inbox
│   ├── ReviewChanged        another trainer was faster
│   ├── ActionRefused        what was asked for cannot be done to it
│   └── NothingToUndo        there is no action that could be taken back
└── SupervisorError          a process of `svara up` cannot be started
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class SvaraError(Exception):
    """Root of all errors that Svara raises on purpose."""


class SettingsError(SvaraError):
    """A setting is missing or has an unusable value."""


class StorageError(SvaraError):
    """The database cannot be opened or used."""


class SchemaTooNew(StorageError):
    """A newer Svara has upgraded the database's tables; nothing was changed.

    Attributes:
        version: the one that they have.
    """

    def __init__(self, database: str, version: str, known: str) -> None:
        super().__init__(
            f"The database {database} has version {version} of the tables, from a newer Svara: "
            f"this one knows them up to {known}. Install the newer Svara again, or restore the "
            "backup that was made before its update."
        )
        self.version = version


class UpgradeFailed(StorageError):
    """The tables could not be upgraded; nothing was changed."""

    def __init__(self, database: str, version: str | None, newest: str, reason: str) -> None:
        had = f"from version {version}" if version else "that had no version yet"
        super().__init__(
            f"Cannot upgrade the database {database} {had} to {newest}: {reason.rstrip('.')}. "
            "Nothing was changed: the Svara of before still works with it."
        )


class InputRefused(SvaraError):
    """A customer's message was refused.

    Attributes:
        code: short machine-readable reason, sent to the channel.
    """

    code = "refused"


class MessageTooLong(InputRefused):
    """The text has more characters than the channel takes."""

    code = "too_long"


class TooManyMessages(InputRefused):
    """More messages within the window than one customer may send."""

    code = "too_fast"


class AttachmentRefused(InputRefused):
    """A file of a kind that is not taken."""

    code = "attachment_type"


class AttachmentTooLarge(AttachmentRefused):
    """A file with more bytes than are taken."""

    code = "attachment_too_large"


class TooManyAttachments(AttachmentRefused):
    """More files than a message may have, or than may wait to be sent."""

    code = "attachment_too_many"


class AttachmentUnknown(AttachmentRefused):
    """A file that is not of this conversation, was sent before, or is gone."""

    code = "attachment_unknown"


class SessionRefused(InputRefused):
    """A web chat session that we did not issue, or that has expired."""

    code = "bad_session"


class HandoffError(SvaraError):
    """Something about a handoff."""


class SignatureRefused(HandoffError):
    """A webhook that is unsigned, wrongly signed or too old."""


class EventRefused(HandoffError):
    """A signed webhook that we cannot use.

    Attributes:
        field: the part of it that is wrong, as in `data.agent.name`; `body` for the whole.
    """

    def __init__(self, message: str, *, field: str = "body") -> None:
        super().__init__(message)
        self.field = field


class EventTooLarge(EventRefused):
    """A webhook whose body has more bytes than we take."""


class HandoffNotFound(EventRefused):
    """A signed webhook about a handoff that does not exist."""


class DesksInvalid(HandoffError):
    """The file with the helpdesks cannot be used."""


class DeskError(HandoffError):
    """A helpdesk did not take what we brought.

    Attributes:
        status: HTTP status or the like; None when there was no answer.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class DeskRefused(DeskError):
    """A helpdesk said no.

    Attributes:
        final: another attempt cannot help.
    """

    def __init__(self, message: str, *, status: int | None = None, final: bool = False) -> None:
        super().__init__(message, status=status)
        self.final = final


class DeskUnavailable(DeskError):
    """A helpdesk does not answer, or asks to come again later.

    Attributes:
        retry_after: seconds that it asks us to wait; None when it does not say.
    """

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class OrderSystemError(SvaraError):
    """The order system did not answer, or not in a way we understand."""


class NluError(SvaraError):
    """A model's file is damaged or foreign, or data cannot be trained on."""


class NluDataInvalid(NluError):
    """A line of the training files, or one that should become one, would be misunderstood.

    Attributes:
        path: the file; None when the example is not in a file yet.
        line: counted from 1; 0 when it is the file as a whole.
        reason: what is wrong and what to do, without the place.
    """

    def __init__(self, path: Path | None, line: int, reason: str) -> None:
        where = str(path) if path else ""
        if line:
            where += f", line {line}" if where else f"line {line}"
        super().__init__(f"{where}: {reason}" if where else reason)
        self.path = path
        self.line = line
        self.reason = reason


class UndoImpossible(NluError):
    """There is no such change of the trainer's files, or it was taken back already."""


class StoryInvalid(NluDataInvalid):
    """A file of test stories that cannot be run."""


class StoryImpossible(NluError):
    """A conversation of which no test story can be made, or a story that cannot be changed so."""


class DataChanged(NluError):
    """The training files are no longer as the trainer saw them; nothing was written."""


class IntentUnknown(NluError):
    """A label that does not exist, or no longer; nothing was written."""


class AnswerRefused(NluError):
    """An answer of an intent that cannot be written as it is; nothing was written.

    Attributes:
        languages: those whose text is at fault; empty where it is none of them.
        reason: what is wrong and what to do, without the languages.
    """

    def __init__(self, reason: str, languages: Sequence[str] = ()) -> None:
        super().__init__(f"{', '.join(languages)}: {reason}" if languages else reason)
        self.languages = tuple(languages)
        self.reason = reason


class TitleRefused(AnswerRefused):
    """The words of an intent's button cannot be written as they are; nothing was written."""


class ModelError(NluError):
    """Something about a trained model that is to answer customers."""


class ModelUnknown(ModelError):
    """There is no such model."""


class ModelRefused(ModelError):
    """A model did not pass the gate, or a running server cannot load it."""


class JobError(SvaraError):
    """Something about long work that the console starts."""


class JobBusy(JobError):
    """Work of this kind is being done already."""


class JobUnknown(JobError):
    """There is no such job, or no such kind of work."""


class InboxError(SvaraError):
    """Something about a message in the trainer's inbox; nothing was done."""


class ReviewUnknown(InboxError):
    """There is no such message in the inbox."""


class ReviewChanged(InboxError):
    """Another trainer was faster.

    Attributes:
        by: who that was; None when it was the collecting.
        version: of the message as it is now.
        action: the action that cannot be taken back because of it; None when it is no undo.
    """

    def __init__(self, message: str, *, by: str | None = None, version: int = 0) -> None:
        super().__init__(message)
        self.by = by
        self.version = version
        self.action: int | None = None


class ActionRefused(InboxError):
    """What was asked for cannot be done to this message."""


class NothingToUndo(InboxError):
    """There is no action that could be taken back."""


class ErasureError(SvaraError):
    """Something about the deletion of conversations; nothing was deleted."""


class AddressUnusable(ErasureError):
    """What is looked for is neither an e-mail address nor a telephone number."""


class ConversationBusy(ErasureError):
    """A person has the conversation, or something of it is still to be delivered.

    Attributes:
        reason: what is in the way, in sentences.
    """

    def __init__(self, conversation_id: str, reason: str) -> None:
        super().__init__(f"{conversation_id}: {reason}")
        self.reason = reason


class SupervisorError(SvaraError):
    """A process of `svara up` cannot be started."""
