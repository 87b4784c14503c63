"""Due days that were put off, each with its reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kbpartners.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commitment_deferrals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commitment_id", sa.Integer(), nullable=False),
        sa.Column("deferred_at", kbpartners.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deferred_by_id", sa.Integer(), nullable=True),
        sa.Column("due_from", sa.Date(), nullable=False),
        sa.Column("due_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("due_to > due_from", name=op.f("ck_commitment_deferrals_later")),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitments.id"],
            name=op.f("fk_commitment_deferrals_commitment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["deferred_by_id"], ["users.id"], name=op.f("fk_commitment_deferrals_deferred_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_deferrals")),
    )
    op.create_index("ix_commitment_deferrals_commitment_id", "commitment_deferrals", ["commitment_id", "id"])


def downgrade() -> None:
    op.drop_table("commitment_deferrals")
