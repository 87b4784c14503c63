"""Pages and fragments: the same address and view, the whole page or one block of it."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request


def is_htmx() -> bool:
    """An htmx request, but not one that rebuilds a page for the browser's history."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def wants_block(target: str | None) -> bool:
    """Whether the block whose element has the id `target` is asked for, and nothing else."""
    return bool(target) and is_htmx() and request.headers.get("HX-Target") == target


def render_block(template: str, block: str, **context: Any) -> str:
    """One block of a template. Macros imported at the template's top are not there: use the globals `ui` and `fm`."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    app.update_template_context(context)
    page = app.jinja_env.get_template(template)
    return "".join(page.blocks[block](page.new_context(context)))


def render_page(
    template: str, *, block: str | None = None, target: str | None = None, status: int = 200, **context: Any
) -> Response:
    """The page; or only `block` when htmx asks for the element `target`."""
    if block and wants_block(target):
        response = make_response(render_block(template, block, **context), status)
    else:
        response = make_response(render_template(template, **context), status)
    response.vary.update(["HX-Request", "HX-Target"])
    return response


def trigger(response: Response, event: str, detail: Any = None) -> Response:
    """Add an event to HX-Trigger, keeping those that are there."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    events[event] = detail
    response.headers["HX-Trigger"] = json.dumps(events)
    return response


def toast(response: Response, text: str, href: str = "", link: str = "") -> Response:
    """Tell in one line what has been done, with at most one link. Never for errors."""
    return trigger(response, "toast", {"text": text, "href": href, "link": link})


def navigate(location: str) -> Response:
    """Go elsewhere after a success: 303 for a browser, HX-Redirect for htmx."""
    if is_htmx():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = location
        return response
    return redirect(location, 303)  # type: ignore[return-value]
