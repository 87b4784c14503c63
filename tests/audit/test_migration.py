"""Revisions written before the log kept its actors' words get those of the day of the upgrade."""

from __future__ import annotations

from pathlib import Path

import flask_migrate
from flask import g
from sqlalchemy import text

from kbpartners import create_app, schema
from kbpartners.audit import service as audit
from kbpartners.config import Config
from kbpartners.db import db


def test_older_revisions_are_told_with_the_names_of_today(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/lama.db"
    app = create_app(Config(database_url=url, secret_key="x" * 40, data_dir=tmp_path, testing=True))
    with app.app_context():
        schema._bind(app)
        flask_migrate.upgrade(schema.MIGRATIONS, revision="0004")
        g.will_write = True
        for sql in (
            "INSERT INTO organizations (id, name, short_name, category, path, address, phone, whatsapp, email, note,"
            " is_example, version) VALUES (1, 'Kodim 0401', '', 'tni', '/1/', '', '', '', '', '', 0, 1)",
            "INSERT INTO posts (id, organization_id, title, role, is_contact)"
            " VALUES (1, 1, 'Pasiter', 'penghubung', 1)",
            "INSERT INTO users (id, name, email, rank, id_kind, id_number, locale, is_demo, created_at, version)"
            " VALUES (1, 'Letkol X', 'x@contoh.id', '', '', '', 'id', 0, '2017-03-07 01:00:00', 1)",
            "INSERT INTO revisions (id, subject_type, subject_id, recorded_at, actor_id, actor_post_id, sentence,"
            " snapshot, changes) VALUES (1, 'setting', 0, '2017-03-07 01:00:00', 1, 1, 'Sesuatu.', '{}', '[]'),"
            " (2, 'setting', 1, '2017-03-07 01:00:00', NULL, NULL, 'Sistem.', '{}', '[]')",
        ):
            db.session.execute(text(sql))
        db.session.commit()
        db.session.remove()
        schema.upgrade()
        assert audit.history("setting", 0)[0].by == "Letkol X (Pasiter, Kodim 0401)"
        assert audit.history("setting", 1)[0].by == ""
        db.session.remove()
        db.engine.dispose()
