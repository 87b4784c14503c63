"""`/`: the Beranda of each role."""

from __future__ import annotations

from flask import Blueprint, Response

from kbpartners import clock
from kbpartners.dashboard import service
from kbpartners.followups import service as followups
from kbpartners.htmx import render_page
from kbpartners.security import Identity, Permission, Role, acting, requires

bp = Blueprint("dashboard", __name__)


@bp.get("/")
@requires(Permission.SIGNED_IN)
def home() -> Response:
    """What is late, what waits for me, what changed."""
    who = acting()
    if not who.of_office:
        return _liaison(who)
    return _leader(who) if who.role == Role.LEADER else _office(who)


def _liaison(who: Identity) -> Response:
    """What the partner has to report, and what became of what was sent."""
    counts = service.numbers(who)
    items = service.to_do(who, counts)
    sent, decided = service.mine(who)
    return render_page(
        "dashboard/liaison.html",
        counts=counts,
        urgent=[item for item in items if item.reason != "soon"],
        soon=[item for item in items if item.reason == "soon"],
        copy_text=service.whatsapp_text(who.unit_name, items, clock.today()) if items else "",
        sent=sent,
        decided=decided,
        meeting=service.next_meeting(who),
        contacts=followups.contacts_of(who.unit_ids),
        today=clock.today(),
    )


def _office(who: Identity) -> Response:
    """What waits for the secretariat."""
    today, counts = clock.today(), service.numbers(who)
    queue = service.waiting(who, counts)
    return render_page(
        "dashboard/office.html",
        counts=counts,
        queue=queue,
        silent=service.silent(who, counts),
        meeting=service.next_meeting(who),
        charts=service.charts(),
        steps=[] if counts.open.total or queue else service.first_steps(),
        who=who,
        today=today,
    )


def _leader(who: Identity) -> Response:
    """Where it stands, and what to print for the next meeting."""
    today, counts = clock.today(), service.numbers(who)
    return render_page(
        "dashboard/leader.html",
        counts=counts,
        last=service.last_meeting(who),
        meeting=service.next_meeting(who),
        charts=service.charts(),
        today=today,
    )
