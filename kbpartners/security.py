"""Who may do what. Permissions are data on the view functions and are checked in one place; the default is refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, has_request_context, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.exceptions import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """The columns of the permission table. A role belongs to a post; a person has it while holding the post."""

    ADMIN = "admin"
    SECRETARIAT = "sekretariat"
    LEADER = "pimpinan"
    LIAISON = "penghubung"
    OPD = "opd"


class Permission(StrEnum):
    """What an endpoint asks for. `public` and `signed_in` are for everybody (signed in)."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    USERS_MANAGE = "users:manage"
    USERS_INVITE = "users:invite"
    SETTINGS_WRITE = "settings:write"
    ORGANIZATIONS_READ = "organizations:read"
    ORGANIZATIONS_WRITE = "organizations:write"
    CONTACTS_WRITE = "contacts:write"
    COMMITMENTS_READ = "commitments:read"
    COMMITMENTS_WRITE = "commitments:write"
    COMMITMENTS_REPORT = "commitments:report"
    COMMITMENTS_VERIFY = "commitments:verify"
    KAMPUNG_READ = "kampung:read"
    KAMPUNG_WRITE = "kampung:write"
    ACTIVITIES_READ = "activities:read"
    ACTIVITIES_WRITE = "activities:write"
    ACTIVITIES_VERIFY = "activities:verify"
    MEETINGS_READ = "meetings:read"
    MEETINGS_WRITE = "meetings:write"
    FOLLOWUPS_READ = "followups:read"
    FOLLOWUPS_WRITE = "followups:write"
    FOLLOWUPS_REPORT = "followups:report"
    FOLLOWUPS_VERIFY = "followups:verify"
    AGREEMENTS_READ = "agreements:read"
    AGREEMENTS_WRITE = "agreements:write"
    REPORTS_READ = "reports:read"
    IMPORTS_RUN = "imports:run"
    AUDIT_READ = "audit:read"


P = Permission
_READ = {
    P.ORGANIZATIONS_READ,
    P.COMMITMENTS_READ,
    P.KAMPUNG_READ,
    P.ACTIVITIES_READ,
    P.MEETINGS_READ,
    P.FOLLOWUPS_READ,
    P.AGREEMENTS_READ,
    P.REPORTS_READ,
}
_REPORT = {P.COMMITMENTS_REPORT, P.FOLLOWUPS_REPORT}
_SECRETARIAT = (
    _READ
    | _REPORT
    | {
        P.USERS_INVITE,
        P.ORGANIZATIONS_WRITE,
        P.CONTACTS_WRITE,
        P.COMMITMENTS_WRITE,
        P.COMMITMENTS_VERIFY,
        P.KAMPUNG_WRITE,
        P.ACTIVITIES_WRITE,
        P.ACTIVITIES_VERIFY,
        P.MEETINGS_WRITE,
        P.FOLLOWUPS_WRITE,
        P.FOLLOWUPS_VERIFY,
        P.AGREEMENTS_WRITE,
        P.IMPORTS_RUN,
        P.AUDIT_READ,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(_SECRETARIAT | {P.USERS_MANAGE, P.SETTINGS_WRITE}),
    Role.SECRETARIAT: frozenset(_SECRETARIAT),
    Role.LEADER: frozenset(_READ | {P.AUDIT_READ}),
    Role.LIAISON: frozenset(_READ | _REPORT | {P.CONTACTS_WRITE, P.ACTIVITIES_WRITE}),
    Role.OPD: frozenset(_READ | _REPORT | {P.CONTACTS_WRITE, P.ACTIVITIES_WRITE, P.KAMPUNG_WRITE}),
}

OFFICE_ROLES = frozenset({Role.ADMIN, Role.SECRETARIAT, Role.LEADER})
"""Roles of BKKBN itself: they act for the office, whose scope rows cover everything."""


@dataclass(frozen=True)
class Identity:
    """A signed-in person as this request sees them: who, in which role, for which units.

    `unit_ids` are the units whose scope rows the person sees: the office for BKKBN's people, else the own units.
    `token` is what the cookie carries (Flask-Login asks for it with `get_id`).
    """

    user_id: int
    name: str
    role: Role
    unit_ids: tuple[int, ...]
    unit_name: str = ""
    post_id: int | None = None
    post_title: str = ""
    locale: str = "id"
    token: str = field(default="", repr=False)
    session_id: int | None = None

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token

    def can(self, permission: Permission | str) -> bool:
        """Whether the role holds the permission; records have their own scope on top of it."""
        return permission in ROLE_PERMISSIONS[self.role]

    @property
    def of_office(self) -> bool:
        return self.role in OFFICE_ROLES

    @property
    def unit_id(self) -> int:
        """The unit the person acts for first."""
        return self.unit_ids[0]


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare what an endpoint asks for. Put it directly under the route decorator."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def permission_of(view: Any) -> Permission | None:
    """The declared permission of a view function, or None (which means: refused to everybody)."""
    return getattr(view, "permission", None)


def me() -> Identity | None:
    """The signed-in person, or None (as in commands and jobs, which have no request)."""
    person = current_user._get_current_object() if has_request_context() else None
    return person if person is not None and person.is_authenticated else None


def acting() -> Identity:
    """The signed-in person, in a view that anonymous people cannot reach."""
    person = me()
    if person is None:
        raise Forbidden
    return person


def visible(scope: type[Any], key: InstrumentedAttribute[int], who: Identity) -> ColumnElement[bool]:
    """The condition "`who` may see the record whose id is `key`", for a query that does not walk the scope index.

    `scope` is the feature's scope table (columns unit_id and record_id).
    """
    rows: Select[Any] = select(scope.record_id).where(scope.unit_id.in_(who.unit_ids), scope.record_id == key)
    return rows.exists()


def seen_by_units(scope: type[Any], key: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The same condition for a statement that is made once: the person's units are its value `units`."""
    units: Any = bindparam("units", expanding=True)
    rows: Select[Any] = select(scope.record_id).where(scope.unit_id.in_(units), scope.record_id == key)
    return rows.exists()


def init_app(app: Flask) -> None:
    """Check every request against the permission of its endpoint."""
    from kbpartners.resubmit import session_over

    @app.before_request
    def check() -> Any:
        if request.endpoint is None:
            return None  # the 404 comes from routing
        permission = permission_of(app.view_functions[request.endpoint])
        if permission is P.PUBLIC:
            return None
        person = me()
        if person is None:
            return _sign_in() if request.method in {"GET", "HEAD"} else session_over()
        if permission is P.SIGNED_IN or (permission is not None and person.can(permission)):
            return None
        raise Forbidden

    def _sign_in() -> Any:
        wanted = request.full_path if request.query_string else request.path
        if request.headers.get("HX-Request"):
            wanted = request.headers.get("HX-Current-URL", "").partition(request.host)[2] or "/"
            response = app.make_response(("", 401))
            response.headers["HX-Redirect"] = url_for("accounts.sign_in", next=wanted)
            return response
        return redirect(url_for("accounts.sign_in", next=None if wanted == "/" else wanted), 303)
