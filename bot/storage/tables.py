"""The tables. Times are seconds since the epoch (UTC), as in Rasa's own `events` table."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

OPEN_STATUSES = ("requested", "delivered", "accepted")
PUSH_WAITS = sa.text("svara_messages.push = 'waiting'")
"""Written out, as a database uses a partial index only for a condition it can read."""

conversations = sa.Table(
    "svara_conversations",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8)),
    sa.Column("customer", sa.JSON, nullable=False, default=dict),
    sa.Column("created_at", sa.Float, nullable=False),
)

# What was said, as both sides saw it. A customer's row also carries the turn it needs:
# `handled_at` is set in the transaction that stores the turn's outcome.
messages = sa.Table(
    "svara_messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("speaker", sa.String(16), nullable=False),  # customer, bot, agent, system
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False, default=dict),
    sa.Column("nlu", sa.JSON),
    sa.Column("client_id", sa.String(128)),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("handled_at", sa.Float),
    sa.Column("lease_until", sa.Float),
    # For channels that are pushed to: waiting, done, dead. No time of the next attempt: at once.
    sa.Column("push", sa.String(16)),
    sa.Column("push_attempts", sa.Integer, nullable=False, default=0),
    sa.Column("push_next_at", sa.Float),
    sa.UniqueConstraint("conversation_id", "client_id", name="uq_svara_messages_client"),
    sa.Index("ix_svara_messages_conversation", "conversation_id", "id"),
    sa.Index("ix_svara_messages_unhandled", "speaker", "handled_at"),
    sa.Index(
        "ix_svara_messages_push",
        "conversation_id",
        "id",
        sqlite_where=sa.text("push = 'waiting'"),
        postgresql_where=sa.text("push = 'waiting'"),
    ),
    sqlite_autoincrement=True,
)

# Files that were sent or are about to be; they themselves are in the folder `attachments`.
attachments = sa.Table(
    "svara_attachments",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("message_id", sa.Integer),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("type", sa.String(128), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("sent_at", sa.Float),  # none: chosen, and perhaps never sent
    sa.Index("ix_svara_attachments_conversation", "conversation_id", "sent_at"),
    sa.Index("ix_svara_attachments_unsent", "sent_at", "created_at"),
)

handoffs = sa.Table(
    "svara_handoffs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("priority", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8)),
    sa.Column("agent", sa.JSON),
    sa.Column("typing_until", sa.Float),
    sa.Column("requested_at", sa.Float, nullable=False),
    sa.Column("delivered_at", sa.Float),
    sa.Column("accepted_at", sa.Float),
    sa.Column("ended_at", sa.Float),
    sa.Column("rating", sa.Integer),
    sa.Column("rating_word", sa.String(16)),
    sa.Column("desk", sa.String(64), nullable=False),  # as in desks.yml
    # From when on an address that the customer writes is where they want the answer.
    sa.Column("contact_asked_at", sa.Float),
    sa.Column("wait_told", sa.Float),  # seconds
    sa.Column("patience_told_at", sa.Float),  # that nobody has come yet
    sa.Index("ix_svara_handoffs_conversation", "conversation_id", "requested_at"),
    # Two handoffs requested at once become one.
    sa.Index(
        "uq_svara_handoffs_open",
        "conversation_id",
        unique=True,
        sqlite_where=sa.text("status IN ('requested', 'delivered', 'accepted')"),
        postgresql_where=sa.text("status IN ('requested', 'delivered', 'accepted')"),
    ),
)

# Every change of a handoff's status, with the person or the desk that it has to do with.
handoff_changes = sa.Table(
    "svara_handoff_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("handoff_id", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("who", sa.String(128)),
    sa.Column("time", sa.Float, nullable=False),
    sa.Index("ix_svara_handoff_changes_handoff", "handoff_id", "id"),
    sqlite_autoincrement=True,
)

# The outbox: one row a webhook to be delivered, in the order they were written.
deliveries = sa.Table(
    "svara_deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("webhook_id", sa.String(64), nullable=False, unique=True),
    sa.Column("destination", sa.String(64), nullable=False),  # a desk's name, or svara
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("handoff_id", sa.String(64), nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # pending, delivered, dead
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("begun", sa.Integer, nullable=False, default=0),  # attempts, those cut short too
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("last_status", sa.Integer),
    sa.Column("last_error", sa.Text),
    sa.Column("delivered_at", sa.Float),
    sa.Index("ix_svara_deliveries_handoff", "handoff_id", "id"),
    sa.Index(
        "ix_svara_deliveries_dead",
        "id",
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    ),
    # What is due at one destination, and what comes before it in its conversation.
    sa.Index(
        "ix_svara_deliveries_due",
        "destination",
        "next_at",
        "id",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sa.Index(
        "ix_svara_deliveries_queue",
        "destination",
        "conversation_id",
        "id",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sqlite_autoincrement=True,
)

# What a handoff is at a helpdesk that has tickets of its own.
tickets = sa.Table(
    "svara_tickets",
    metadata,
    sa.Column("handoff_id", sa.String(64), primary_key=True),
    sa.Column("desk", sa.String(64), nullable=False),
    sa.Column("ticket_id", sa.String(255), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.UniqueConstraint("desk", "ticket_id", name="uq_svara_tickets_desk"),
)

# Up to where a helpdesk has been asked what its agents have done.
desk_cursors = sa.Table(
    "svara_desk_cursors",
    metadata,
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("cursor", sa.Text),
    sa.Column("asked_at", sa.Float),
    sa.Column(
        "wake_until", sa.Float, nullable=False, default=0.0
    ),  # it has said that there is news
)

# Rasa's events, in the columns of Rasa's own SQL store.
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
    sa.Index("ix_events_sender", "sender_id", "id"),
)

# Slots and active form before a turn, whose first event is `event_id`.
snapshots = sa.Table(
    "svara_snapshots",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.JSON, nullable=False),
)

# Webhooks already taken in, so that a retried one is answered and not done twice.
received = sa.Table(
    "svara_received",
    metadata,
    sa.Column("webhook_id", sa.String(255), primary_key=True),
    sa.Column("receiver", sa.String(16), primary_key=True),  # svara, desk
    sa.Column("received_at", sa.Float, nullable=False),
)

staff = sa.Table(
    "svara_staff",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("login", sa.String(128), nullable=False, unique=True),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),  # agent, trainer, admin
    sa.Column("created_at", sa.Float, nullable=False),
)

# Who may not log in any more. A row of its own: their conversations name them still.
staff_deactivated = sa.Table(
    "svara_staff_deactivated",
    metadata,
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("svara_staff.id"), primary_key=True),
    sa.Column("by", sa.String(128), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

# Logins to the console; logging out deletes the row, and so ends the session for good.
staff_sessions = sa.Table(
    "svara_staff_sessions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("svara_staff.id"), nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
)

# The embedded desk's own inbox. It learns of handoffs by webhook alone, like any other helpdesk.
desk_tickets = sa.Table(
    "svara_desk_tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("handoff_id", sa.String(64), nullable=False, unique=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),  # new, open, resolved, cancelled
    # What the queue shows, beside the context, so that it need not read every transcript.
    sa.Column("customer", sa.String(255), nullable=False),
    sa.Column("language", sa.String(16)),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("priority", sa.String(16), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("context", sa.JSON, nullable=False),
    sa.Column("staff_id", sa.Integer),
    sa.Column("seen_id", sa.Integer, nullable=False, default=0),  # last message its agent has read
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("accepted_at", sa.Float),
    sa.Column("closed_at", sa.Float),
    sa.Column("rating", sa.JSON),
    sa.Index("ix_svara_desk_tickets_status", "status", "created_at"),
    sqlite_autoincrement=True,
)
desk_messages = sa.Table(
    "svara_desk_messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("svara_desk_tickets.id"), nullable=False),
    sa.Column("speaker", sa.String(16), nullable=False),  # as in bot.console.desk.tickets
    sa.Column("name", sa.String(128)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("webhook_id", sa.String(255), unique=True),  # what brought it, or what carries it
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Index("ix_svara_desk_messages_ticket", "ticket_id", "id"),
    sqlite_autoincrement=True,
)
# What came with them, as links.
desk_attachments = sa.Table(
    "svara_desk_attachments",
    metadata,
    sa.Column("message_id", sa.Integer, sa.ForeignKey("svara_desk_messages.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("type", sa.String(128), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
)
