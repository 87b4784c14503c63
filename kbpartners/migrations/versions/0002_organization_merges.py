"""Two units that became one, with what was done to which rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kbpartners.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization_merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("merged_at", kbpartners.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.Integer(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("undone_at", kbpartners.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_organization_merges_two_units")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["organizations.id"], name=op.f("fk_organization_merges_source_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["organizations.id"], name=op.f("fk_organization_merges_target_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["merged_by_id"], ["users.id"], name=op.f("fk_organization_merges_merged_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_organization_merges_undone_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_merges")),
    )
    op.create_index("ix_organization_merges_source_id", "organization_merges", ["source_id"])
    op.create_index("ix_organization_merges_target_id", "organization_merges", ["target_id"])


def downgrade() -> None:
    op.drop_table("organization_merges")
