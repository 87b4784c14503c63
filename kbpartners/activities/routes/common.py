"""What the views of activities share: the blueprint, the page of one activity, the page that shows two versions."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, request

from kbpartners import clock
from kbpartners.activities import service, texts
from kbpartners.activities.forms import DecisionForm, EvidenceForm
from kbpartners.attachments import service as attachments
from kbpartners.attachments.uploads import take_files
from kbpartners.audit import service as audit
from kbpartners.followups import service as followups
from kbpartners.forms import id_or_none
from kbpartners.htmx import render_page
from kbpartners.security import Permission, acting

bp = Blueprint("activities", __name__)
take_files(bp, "report", "add_evidence")


def base_url() -> str:
    """The address of this site, for texts that leave it."""
    return str(current_app.config["KB"].base_url)


def number(name: str) -> int | None:
    """An id in the address; None for what can be none."""
    return id_or_none(request.args.get(name))


def show_page(
    activity_id: int,
    *,
    decision: DecisionForm | None = None,
    evidence: EvidenceForm | None = None,
    status: int = 200,
) -> Response:
    """The page of an activity; a refused form on it shows its errors there."""
    who = acting()
    activity = service.detail(who, activity_id)
    token = evidence.token.data if evidence else None
    return render_page(
        "activities/show.html",
        status=status,
        activity=activity,
        files=attachments.of(activity_id=activity_id),
        drafts=attachments.drafts(token, who) if token else [],
        followups=followups.of_activity(activity_id, who),
        history=audit.history("activity", activity_id, limit=20) if who.can(Permission.AUDIT_READ) else [],
        decision=decision or DecisionForm(formdata=None, data={"version": activity.version}),
        evidence=evidence or EvidenceForm(formdata=None, data={"token": str(uuid.uuid4())}),
        days=texts.days,
        today=clock.today(),
        copy_text=texts.activity_text(activity, base_url()),
    )
