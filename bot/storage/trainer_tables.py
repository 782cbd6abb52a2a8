"""Tables of the trainer's inbox. Texts in them are redacted; times are as in `tables`."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# One thing that customers say, however often; the same words are one row.
reviews = sa.Table(
    "svara_reviews",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Integer, nullable=False, default=1),  # raised by each trainer's action
    # SHA-256 of language and normal form: the text itself is too long for an index.
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("masked", sa.Text, nullable=False),  # normal form with digits as 0
    sa.Column("draft", sa.Text),  # the example as edited or marked, if a trainer has done so
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("parent", sa.Integer),  # of a part, the review that was split
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("first_at", sa.Float, nullable=False),
    sa.Column("last_at", sa.Float, nullable=False),
    sa.Column("channels", sa.JSON, nullable=False),
    # What the newest model makes of it, without nlu_fallback; of a message that is newer than the
    # model's shipping, what was made of it in its turn.
    sa.Column("predicted", sa.String(128)),
    sa.Column("confidence", sa.Float),
    sa.Column("answered", sa.Boolean, nullable=False),  # the bot acts on it
    sa.Column("ranking", sa.JSON, nullable=False),
    sa.Column("entities", sa.JSON, nullable=False),
    # Of how many of `count` it is true.
    sa.Column("fell_back", sa.Integer, nullable=False, default=0),
    sa.Column("rejected", sa.Integer, nullable=False, default=0),
    sa.Column("handed_off", sa.Integer, nullable=False, default=0),
    sa.Column("upset", sa.Integer, nullable=False, default=0),
    sa.Column("chosen", sa.String(128)),  # by a customer, from "Did you mean"
    sa.Column("example", sa.Boolean, nullable=False, default=False),  # stands in the files already
    # open, known, labelled, skipped, not_for_bot, split
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("intent", sa.String(128)),  # that a trainer gave
    sa.Column("by", sa.String(128)),  # who acted last, and when
    sa.Column("at", sa.Float),
    sa.Column("rank", sa.Integer, nullable=False),  # place in the order of what teaches most
    sa.Index("ix_svara_reviews_rank", "state", "rank", "id"),
    sqlite_autoincrement=True,
)

# Reviews that a model shipped later has read again, and what the model of their turn had said.
review_predictions = sa.Table(
    "svara_review_predictions",
    metadata,
    sa.Column("review_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("model", sa.String(255), nullable=False),  # whose prediction the review has now
    sa.Column("then_predicted", sa.String(128)),
    sa.Column("then_confidence", sa.Float),
    sa.Column("then_answered", sa.Boolean, nullable=False),
)

# The messages behind a review. They hold no text: that stays in the conversation.
review_sources = sa.Table(
    "svara_review_sources",
    metadata,
    sa.Column("message_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("review_id", sa.Integer, sa.ForeignKey("svara_reviews.id"), nullable=False),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("fell_back", sa.Boolean, nullable=False),
    sa.Column("rejected", sa.Boolean, nullable=False),
    sa.Column("handed_off", sa.Boolean, nullable=False),
    sa.Column("upset", sa.Boolean, nullable=False),
    sa.Column("chosen", sa.String(128)),
    sa.Index("ix_svara_review_sources_review", "review_id", "time"),
    sa.Index("ix_svara_review_sources_conversation", "conversation_id"),
)

# Who did what; kept for good. What is to be written into the files is written down here first,
# so that a process that dies in between has lost nothing.
review_actions = sa.Table(
    "svara_review_actions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("review_id", sa.Integer, sa.ForeignKey("svara_reviews.id"), nullable=False),
    sa.Column("together", sa.String(32), nullable=False),  # the same for those done in one go
    sa.Column("name", sa.String(16), nullable=False),  # accept, relabel, edit, ..., undo
    sa.Column("by", sa.String(128), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),  # the columns that it changed
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # of the review, after it
    sa.Column("changes", sa.JSON, nullable=False),  # of the files
    sa.Column("made", sa.JSON, nullable=False),  # ids of reviews that came of a split
    # waiting (for the files), done, failed (nothing was changed)
    sa.Column("files", sa.String(16), nullable=False),
    sa.Column("undone_at", sa.Float),
    sa.Column("undone_by", sa.String(128)),
    sa.Index("ix_svara_review_actions_review", "review_id", "id"),
    sa.Index("ix_svara_review_actions_by", "by", "id"),
    sa.Index("ix_svara_review_actions_together", "together"),
    sa.Index(
        "ix_svara_review_actions_waiting",
        "id",
        sqlite_where=sa.text("files = 'waiting'"),
        postgresql_where=sa.text("files = 'waiting'"),
    ),
    sqlite_autoincrement=True,
)

# One row: how far the messages have been collected, and the order made.
collection = sa.Table(
    "svara_review_collection",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("handled_to", sa.Float, nullable=False),  # messages handled up to here
    sa.Column("ran_at", sa.Float, nullable=False),
    sa.Column("ordered_at", sa.Float, nullable=False),
)
