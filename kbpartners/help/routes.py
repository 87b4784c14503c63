"""Help, the whole menu as a page (a phone's fifth tab), and the sign of life."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template

from kbpartners import clock, layout
from kbpartners.help import service
from kbpartners.security import Permission, acting, requires

bp = Blueprint("help", __name__)


@bp.get("/bantuan")
@requires(Permission.PUBLIC)
def guide() -> Response:
    """How the work goes, per role; also for those who cannot get in."""
    return make_response(render_template("help/bantuan.html", zone=clock.zone_name()))


@bp.get("/lainnya")
@requires(Permission.SIGNED_IN)
def more() -> Response:
    """The menu of the role as a page, and signing out."""
    items = [item for item in layout.menu(acting().role, "/lainnya") if item.desk]
    return make_response(render_template("help/lainnya.html", items=items))


@bp.get("/sehat")
@requires(Permission.PUBLIC)
def health() -> Response:
    """JSON for monitors: 200 while the database answers, else 503."""
    state = service.health()
    response = make_response(jsonify(state._asdict()), 200 if state.ok else 503)
    response.headers["Cache-Control"] = "no-store"
    return response
