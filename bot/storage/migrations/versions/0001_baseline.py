"""Baseline: the tables as they were when versions began.

A database from before is taken for one of this version; a table that it does not have yet is made.
"""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

create_table = partial(op.create_table, if_not_exists=True)
create_index = partial(op.create_index, if_not_exists=True)


def upgrade() -> None:
    """From nothing, or from before versions, to 0001."""
    create_table(
        "events",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("sender_id", sa.String(255), nullable=False),
        sa.Column("type_name", sa.String(255), nullable=False),
        sa.Column("timestamp", sa.Float),
        sa.Column("intent_name", sa.String(255)),
        sa.Column("action_name", sa.String(255)),
        sa.Column("data", sa.Text),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_events_sender", "events", ["sender_id", "id"])
    create_table(
        "svara_attachments",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("message_id", sa.Integer),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(128), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("sent_at", sa.Float),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index(
        "ix_svara_attachments_conversation", "svara_attachments", ["conversation_id", "sent_at"]
    )
    create_index("ix_svara_attachments_unsent", "svara_attachments", ["sent_at", "created_at"])
    create_table(
        "svara_conversations",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("customer", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_table(
        "svara_deliveries",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("webhook_id", sa.String(64), nullable=False),
        sa.Column("destination", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("handoff_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("begun", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Float, nullable=False),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text),
        sa.Column("delivered_at", sa.Float),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("webhook_id"),
        sqlite_autoincrement=True,
    )
    create_index(
        "ix_svara_deliveries_dead",
        "svara_deliveries",
        ["id"],
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    create_index(
        "ix_svara_deliveries_due",
        "svara_deliveries",
        ["destination", "next_at", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    create_index("ix_svara_deliveries_handoff", "svara_deliveries", ["handoff_id", "id"])
    create_index(
        "ix_svara_deliveries_queue",
        "svara_deliveries",
        ["destination", "conversation_id", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    create_table(
        "svara_desk_cursors",
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("asked_at", sa.Float),
        sa.Column("wake_until", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("desk"),
    )
    create_table(
        "svara_desk_tickets",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("handoff_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("customer", sa.String(255), nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("context", sa.JSON, nullable=False),
        sa.Column("staff_id", sa.Integer),
        sa.Column("seen_id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("accepted_at", sa.Float),
        sa.Column("closed_at", sa.Float),
        sa.Column("rating", sa.JSON),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handoff_id"),
        sqlite_autoincrement=True,
    )
    create_index("ix_svara_desk_tickets_status", "svara_desk_tickets", ["status", "created_at"])
    create_table(
        "svara_handoff_changes",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("handoff_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("who", sa.String(128)),
        sa.Column("time", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    create_index("ix_svara_handoff_changes_handoff", "svara_handoff_changes", ["handoff_id", "id"])
    create_table(
        "svara_handoffs",
        sa.Column("id", sa.String(64), nullable=False),
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
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("contact_asked_at", sa.Float),
        sa.Column("wait_told", sa.Float),
        sa.Column("patience_told_at", sa.Float),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index(
        "ix_svara_handoffs_conversation", "svara_handoffs", ["conversation_id", "requested_at"]
    )
    create_index(
        "uq_svara_handoffs_open",
        "svara_handoffs",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('requested', 'delivered', 'accepted')"),
        postgresql_where=sa.text("status IN ('requested', 'delivered', 'accepted')"),
    )
    create_table(
        "svara_messages",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("speaker", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("nlu", sa.JSON),
        sa.Column("client_id", sa.String(128)),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("handled_at", sa.Float),
        sa.Column("lease_until", sa.Float),
        sa.Column("push", sa.String(16)),
        sa.Column("push_attempts", sa.Integer, nullable=False),
        sa.Column("push_next_at", sa.Float),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "client_id", name="uq_svara_messages_client"),
        sqlite_autoincrement=True,
    )
    create_index("ix_svara_messages_conversation", "svara_messages", ["conversation_id", "id"])
    create_index(
        "ix_svara_messages_push",
        "svara_messages",
        ["conversation_id", "id"],
        sqlite_where=sa.text("push = 'waiting'"),
        postgresql_where=sa.text("push = 'waiting'"),
    )
    create_index("ix_svara_messages_unhandled", "svara_messages", ["speaker", "handled_at"])
    create_table(
        "svara_received",
        sa.Column("webhook_id", sa.String(255), nullable=False),
        sa.Column("receiver", sa.String(16), nullable=False),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "receiver"),
    )
    create_table(
        "svara_snapshots",
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("event_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "event_id"),
    )
    create_table(
        "svara_staff",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("login", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    create_table(
        "svara_tickets",
        sa.Column("handoff_id", sa.String(64), nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(255), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("handoff_id"),
        sa.UniqueConstraint("desk", "ticket_id", name="uq_svara_tickets_desk"),
    )
    create_table(
        "svara_desk_messages",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Integer, nullable=False),
        sa.Column("speaker", sa.String(16), nullable=False),
        sa.Column("name", sa.String(128)),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("webhook_id", sa.String(255)),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["svara_desk_tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("webhook_id"),
        sqlite_autoincrement=True,
    )
    create_index("ix_svara_desk_messages_ticket", "svara_desk_messages", ["ticket_id", "id"])
    create_table(
        "svara_staff_deactivated",
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["svara_staff.id"],
        ),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    create_table(
        "svara_staff_sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["svara_staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    create_table(
        "svara_desk_attachments",
        sa.Column("message_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("type", sa.String(128), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["svara_desk_messages.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "position"),
    )
    create_table(
        "svara_desk_identities",
        sa.Column("ticket_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["svara_desk_tickets.id"],
        ),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "value"),
    )
    create_index("ix_svara_desk_identities_value", "svara_desk_identities", ["kind", "value"])
    create_table(
        "svara_desk_presence",
        sa.Column("ticket_id", sa.Integer, nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("looked_at", sa.Float, nullable=False),
        sa.Column("wrote_at", sa.Float),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["svara_staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["svara_desk_tickets.id"],
        ),
        sa.PrimaryKeyConstraint("ticket_id", "staff_id"),
    )
    create_table(
        "svara_desk_replies",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("updated_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("name", "language"),
    )
    create_table(
        "svara_desk_words",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["svara_desk_tickets.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_svara_desk_words_ticket", "svara_desk_words", ["ticket_id"])
    create_table(
        "svara_jobs",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("running_kind", sa.String(40)),
        sa.Column("started_by", sa.String(128), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("said", sa.String(200), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("running_kind"),
    )
    create_index("ix_svara_jobs_kind", "svara_jobs", ["kind", "id"])
    create_table(
        "svara_model_servers",
        sa.Column("server", sa.String(255), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("refused", sa.String(128)),
        sa.Column("error", sa.Text),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("server"),
    )
    create_table(
        "svara_models_shipped",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("shipped_by", sa.String(128), nullable=False),
        sa.Column("shipped_at", sa.Float, nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("gate", sa.Text),
        sa.PrimaryKeyConstraint("id"),
    )
    create_table(
        "svara_erasures",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("began_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float, nullable=False),
        sa.Column("conversations", sa.Integer, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("handoffs", sa.Integer, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_svara_erasures_began", "svara_erasures", ["began_at"])
    create_table(
        "svara_review_collection",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("handled_to", sa.Float, nullable=False),
        sa.Column("ran_at", sa.Float, nullable=False),
        sa.Column("ordered_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_table(
        "svara_review_predictions",
        sa.Column("review_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("then_predicted", sa.String(128)),
        sa.Column("then_confidence", sa.Float),
        sa.Column("then_answered", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("review_id"),
    )
    create_table(
        "svara_reviews",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("draft", sa.Text),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("parent", sa.Integer),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_at", sa.Float, nullable=False),
        sa.Column("last_at", sa.Float, nullable=False),
        sa.Column("channels", sa.JSON, nullable=False),
        sa.Column("predicted", sa.String(128)),
        sa.Column("confidence", sa.Float),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("ranking", sa.JSON, nullable=False),
        sa.Column("entities", sa.JSON, nullable=False),
        sa.Column("fell_back", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("handed_off", sa.Integer, nullable=False),
        sa.Column("upset", sa.Integer, nullable=False),
        sa.Column("chosen", sa.String(128)),
        sa.Column("example", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("intent", sa.String(128)),
        sa.Column("by", sa.String(128)),
        sa.Column("at", sa.Float),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    create_index("ix_svara_reviews_rank", "svara_reviews", ["state", "rank", "id"])
    create_table(
        "svara_review_actions",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("review_id", sa.Integer, nullable=False),
        sa.Column("together", sa.String(32), nullable=False),
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("made", sa.JSON, nullable=False),
        sa.Column("files", sa.String(16), nullable=False),
        sa.Column("undone_at", sa.Float),
        sa.Column("undone_by", sa.String(128)),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["svara_reviews.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    create_index("ix_svara_review_actions_by", "svara_review_actions", ["by", "id"])
    create_index("ix_svara_review_actions_review", "svara_review_actions", ["review_id", "id"])
    create_index("ix_svara_review_actions_together", "svara_review_actions", ["together"])
    create_index(
        "ix_svara_review_actions_waiting",
        "svara_review_actions",
        ["id"],
        sqlite_where=sa.text("files = 'waiting'"),
        postgresql_where=sa.text("files = 'waiting'"),
    )
    create_table(
        "svara_review_sources",
        sa.Column("message_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("review_id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("time", sa.Float, nullable=False),
        sa.Column("fell_back", sa.Boolean, nullable=False),
        sa.Column("rejected", sa.Boolean, nullable=False),
        sa.Column("handed_off", sa.Boolean, nullable=False),
        sa.Column("upset", sa.Boolean, nullable=False),
        sa.Column("chosen", sa.String(128)),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["svara_reviews.id"],
        ),
        sa.PrimaryKeyConstraint("message_id"),
    )
    create_index(
        "ix_svara_review_sources_conversation", "svara_review_sources", ["conversation_id"]
    )
    create_index("ix_svara_review_sources_review", "svara_review_sources", ["review_id", "time"])
    create_table(
        "kb_articles",
        sa.Column("id", sa.String(400), nullable=False),
        sa.Column("slug", sa.String(200), nullable=False),
        sa.Column("lang", sa.String(10), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("body_markdown", sa.Text, nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("updated", sa.Date, nullable=False),
        sa.Column("intents", sa.JSON, nullable=False),
        sa.Column("keywords", sa.JSON, nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lang", "slug", name="kb_articles_lang_slug"),
    )
    create_index("ix_kb_articles_source", "kb_articles", ["source"])
    create_table(
        "kb_connections",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    create_table(
        "kb_feedback",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("article_id", sa.String(400), nullable=False),
        sa.Column("lang", sa.String(10), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("conversation_id", sa.String(255)),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_kb_feedback_article_id", "kb_feedback", ["article_id"])
    create_index("ix_kb_feedback_conversation_id", "kb_feedback", ["conversation_id"])
    create_index("ix_kb_feedback_time", "kb_feedback", ["time"])
    create_table(
        "kb_leases",
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    create_table(
        "kb_problems",
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("id", sa.String(400), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "id"),
    )
    create_table(
        "kb_runs",
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("source"),
    )
    create_table(
        "kb_sources",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("synced", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name"),
    )
