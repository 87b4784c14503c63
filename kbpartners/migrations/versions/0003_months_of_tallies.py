"""The tallies of whole months beside those of the days."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tally_months",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["organizations.id"],
            name=op.f("fk_tally_months_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("unit_id", "measure", "month", name=op.f("pk_tally_months")),
        sqlite_with_rowid=False,
    )
    days = sa.table(
        "tallies",
        sa.column("unit_id", sa.Integer),
        sa.column("measure", sa.String),
        sa.column("day", sa.Date),
        sa.column("n", sa.Integer),
    )
    months = sa.table(
        "tally_months",
        sa.column("unit_id", sa.Integer),
        sa.column("measure", sa.String),
        sa.column("month", sa.Date),
        sa.column("n", sa.Integer),
    )
    sums: Counter = Counter()
    for unit, measure, day, n in op.get_bind().execute(sa.select(days)):
        sums[unit, measure, day.replace(day=1)] += n
    if sums:
        op.bulk_insert(
            months, [{"unit_id": unit, "measure": m, "month": month, "n": n} for (unit, m, month), n in sums.items()]
        )


def downgrade() -> None:
    op.drop_table("tally_months")
