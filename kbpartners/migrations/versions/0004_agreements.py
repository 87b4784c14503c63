"""Agreements with parties and clauses; a commitment can cite a clause, a file can belong to an agreement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kbpartners.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _agreements()
    _scopes()
    _parties()
    _clauses()
    # Columns with their rules in one statement, which both databases take without writing the table anew.
    op.execute(
        "ALTER TABLE commitments ADD COLUMN clause_id INTEGER"
        " CONSTRAINT fk_commitments_clause_id REFERENCES agreement_clauses (id) ON DELETE RESTRICT"
    )
    op.create_index("ix_commitments_clause_id", "commitments", ["clause_id"])
    op.execute(
        "ALTER TABLE attachments ADD COLUMN agreement_id INTEGER"
        " CONSTRAINT fk_attachments_agreement_id REFERENCES agreements (id) ON DELETE RESTRICT"
        " CONSTRAINT ck_attachments_agreement_alone CHECK (agreement_id IS NULL OR (report_id IS NULL"
        " AND update_id IS NULL AND activity_id IS NULL AND meeting_id IS NULL))"
    )
    op.create_index("ix_attachments_agreement_id", "attachments", ["agreement_id"])


def _agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("renews_id", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(length=500), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", kbpartners.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kind IN ('mou', 'pks', 'guideline', 'action_plan', 'addendum', 'decree')",
            name=op.f("ck_agreements_kind"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name=op.f("ck_agreements_term")
        ),
        sa.CheckConstraint("id <> parent_id", name=op.f("ck_agreements_not_own_parent")),
        sa.CheckConstraint("id <> renews_id", name=op.f("ck_agreements_not_own_renewal")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["agreements.id"], name=op.f("fk_agreements_parent_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["renews_id"], ["agreements.id"], name=op.f("fk_agreements_renews_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_agreements_created_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("renews_id", name=op.f("uq_agreements_renews_id")),
    )
    op.create_index("ix_agreements_parent_id", "agreements", ["parent_id"])


def _scopes() -> None:
    op.create_table(
        "agreement_scopes",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("sort_on", sa.Date(), nullable=False),
        sa.Column("relation", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["organizations.id"], name=op.f("fk_agreement_scopes_unit_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["agreements.id"], name=op.f("fk_agreement_scopes_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("unit_id", "record_id", name=op.f("pk_agreement_scopes")),
    )
    op.create_index("ix_agreement_scopes_walk", "agreement_scopes", ["unit_id", "is_open", "sort_on", "record_id"])
    op.create_index("ix_agreement_scopes_record_id", "agreement_scopes", ["record_id"])


def _parties() -> None:
    op.create_table(
        "agreement_parties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("number_key", sa.String(length=100), nullable=False),
        sa.Column("signer_name", sa.String(length=200), nullable=False),
        sa.Column("signer_position", sa.String(length=200), nullable=False),
        sa.Column("signer_rank", sa.String(length=60), nullable=False),
        sa.Column("id_kind", sa.String(length=3), nullable=False),
        sa.Column("id_number", sa.String(length=30), nullable=False),
        sa.Column("acting", sa.String(length=3), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=200), nullable=False),
        sa.CheckConstraint("acting IN ('', 'plt', 'plh')", name=op.f("ck_agreement_parties_acting")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_parties_agreement_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_agreement_parties_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_parties")),
        sa.UniqueConstraint(
            "agreement_id", "organization_id", name=op.f("uq_agreement_parties_agreement_id_organization_id")
        ),
    )
    op.create_index("ix_agreement_parties_organization_id", "agreement_parties", ["organization_id"])
    op.create_index(
        "uq_agreement_parties_number",
        "agreement_parties",
        ["organization_id", "number_key"],
        unique=True,
        sqlite_where=sa.text("number_key <> ''"),
        postgresql_where=sa.text("number_key <> ''"),
    )


def _clauses() -> None:
    op.create_table(
        "agreement_clauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("article", sa.String(length=20), nullable=False),
        sa.Column("paragraph", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_clauses_agreement_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_clauses")),
    )
    op.create_index("ix_agreement_clauses_agreement_id", "agreement_clauses", ["agreement_id", "position"])


def downgrade() -> None:
    op.drop_index("ix_attachments_agreement_id", "attachments")
    with op.batch_alter_table("attachments") as attachments:
        attachments.drop_column("agreement_id")
    op.drop_index("ix_commitments_clause_id", "commitments")
    with op.batch_alter_table("commitments") as commitments:
        commitments.drop_column("clause_id")
    for table in ("agreement_clauses", "agreement_parties", "agreement_scopes", "agreements"):
        op.drop_table(table)
