"""Shortcuts of the tests of the pages."""

from __future__ import annotations

from flask import Flask

from kbpartners.commitments import service
from tests.cast import Cast
from tests.factories import commitments as make

UPLOADER = {"X-Upload": "1", "Accept": "application/json"}
"""What the page's own uploader sends along."""


def first_value(app: Flask, commitment_id: int) -> str:
    with app.app_context():
        return f"value-{make.indicator_ids(commitment_id)[0]}"


def reports_of(app: Flask, cast: Cast, commitment_id: int) -> list[service.ReportView]:
    """The reports as the office sees them, newest first."""
    with app.test_request_context():
        return service.detail(commitment_id, make.acting_as(cast, "admin")).reports
