"""`/cari`: one box over everything one may see."""

from __future__ import annotations

from flask import Blueprint, Response, request

from kbpartners.forms import clean
from kbpartners.htmx import navigate, render_page
from kbpartners.search import service
from kbpartners.security import Permission, acting, requires

bp = Blueprint("search", __name__)


@bp.get("/cari")
@requires(Permission.SIGNED_IN)
def index() -> Response:
    """The hits of a question; a code leads straight to its record."""
    who, question = acting(), clean(request.args.get("q", ""))[: service.LONGEST]
    if target := service.jump(who, question):
        return navigate(target)
    return render_page(
        "search/index.html",
        block="hits",
        target="hasil",
        question=question,
        short=bool(question) and len("".join(question.split())) < service.SHORTEST,
        groups=service.search(who, question),
    )
