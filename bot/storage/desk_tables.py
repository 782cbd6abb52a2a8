"""Tables of the embedded desk beside its tickets and messages.

Times are seconds since the epoch.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables import desk_tickets, staff

metadata = sa.MetaData()

# What agents say often, once in each language.
desk_replies = sa.Table(
    "svara_desk_replies",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("updated_by", sa.String(128), nullable=False),
)

# Who has a ticket's page before their eyes.
desk_presence = sa.Table(
    "svara_desk_presence",
    metadata,
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey(desk_tickets.c.id), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey(staff.c.id), primary_key=True),
    sa.Column("looked_at", sa.Float, nullable=False),
    sa.Column("wrote_at", sa.Float),
)

# What a ticket is found by: case-folded, as databases fold ASCII alone or by their own rules.
desk_words = sa.Table(
    "svara_desk_words",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey(desk_tickets.c.id), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("ix_svara_desk_words_ticket", "ticket_id"),
)

# By what tickets are known to be of the same customer.
desk_identities = sa.Table(
    "svara_desk_identities",
    metadata,
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey(desk_tickets.c.id), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),  # conversation, email, phone
    sa.Column("value", sa.String(255), primary_key=True),
    sa.Index("ix_svara_desk_identities_value", "kind", "value"),
)
