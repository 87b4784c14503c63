"""The page of one job: how far it is, what came out."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.htmx import render_page
from kbpartners.jobs import service
from kbpartners.security import Permission, acting, requires

bp = Blueprint("jobs", __name__)


@bp.get("/pekerjaan/<int:job_id>")
@requires(Permission.SIGNED_IN)
def show(job_id: int) -> Response:
    """A job that the person asked for (admins see every one). The panel asks again every two seconds until it ends."""
    job = service.job(job_id, acting())
    return render_page(
        "jobs/pekerjaan.html",
        block="job",
        target="pekerjaan",
        job=job,
        title=service.title(job.kind),
        state_badge=formats.Badge("wait", "wait", _("Menunggu")) if job.waits else formats.badge("in_progress"),
    )
