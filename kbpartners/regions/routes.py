"""The choice of a region as a fragment for htmx, and as a page of its own where there is no script."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from kbpartners.errors import NotFound
from kbpartners.htmx import render_page
from kbpartners.regions import service
from kbpartners.regions.cascade import number
from kbpartners.regions.models import REGENCY, VILLAGE
from kbpartners.security import Permission, requires

bp = Blueprint("regions", __name__)


@bp.get("/wilayah/pilihan")
@requires(Permission.SIGNED_IN)
def choose() -> Response:
    """The selects kabupaten/kota → kecamatan → desa/kelurahan for what has been chosen so far."""
    name, level = request.args.get("name", "region_id"), number(request.args.get("level", VILLAGE))
    if not re.fullmatch(r"[a-z][a-z_]{0,39}", name) or level is None or not REGENCY <= level <= VILLAGE:
        raise NotFound()
    place = service.cascade(
        request.args,
        name=name,
        level=level,
        optional="optional" in request.args,
        look="filter" if request.args.get("look") == "filter" else "form",
        only_regency_ids=[id_ for text in request.args.getlist("only") if (id_ := number(text))],
    )
    chain = [] if place.id == request.headers.get("HX-Target") else service.path(place.region_id)
    return render_page("regions/choose.html", block="cascade", target=place.id, cascade=place, chain=chain)
