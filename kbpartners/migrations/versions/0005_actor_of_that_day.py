"""Revisions keep the name and the post of their actor as they were on that day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("revisions", sa.Column("actor_name", sa.String(200), nullable=False, server_default=""))
    op.add_column("revisions", sa.Column("actor_post", sa.String(420), nullable=False, server_default=""))
    # What was written before gets the words of today: nothing older is known.
    op.execute(
        "UPDATE revisions SET"
        " actor_name = coalesce((SELECT users.name FROM users WHERE users.id = revisions.actor_id), ''),"
        " actor_post = coalesce((SELECT posts.title || ', ' || organizations.name FROM posts"
        " JOIN organizations ON organizations.id = posts.organization_id WHERE posts.id = revisions.actor_post_id), '')"
        " WHERE actor_id IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("revisions") as table:
        table.drop_column("actor_post")
        table.drop_column("actor_name")
