"""Who may do what: refusal is the default, in scope and out of scope."""

from __future__ import annotations

import pytest

from kbpartners.security import (
    OFFICE_ROLES,
    ROLE_PERMISSIONS,
    Identity,
    Permission,
    Role,
    acting,
    me,
    permission_of,
    requires,
)


def test_an_endpoint_that_declares_nothing_is_refused_to_everybody(app, sign_in, client, monkeypatch) -> None:
    monkeypatch.setitem(app.view_functions, "help.more", lambda: "terbuka")
    for name in ("admin", "sekretariat", "tni"):
        sign_in(name).get("/lainnya", 403)
    assert client.get("/lainnya", 303).location.startswith("/masuk")


def test_an_anonymous_visitor_is_sent_to_sign_in_with_the_place_kept(client) -> None:
    assert client.get("/profil", 303).location == "/masuk?next=/profil"
    assert client.get("/pengguna?q=a%20b", 303).location == "/masuk?next=/pengguna?q%3Da%2520b"


def test_htmx_is_sent_there_too_and_comes_back_to_the_page_not_the_fragment(client) -> None:
    response = client.http.get(
        "/pengguna?q=b",
        headers={"HX-Request": "true", "HX-Target": "hasil", "HX-Current-URL": "http://localhost/pengguna?role=opd"},
    )
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/masuk?next=/pengguna?role%3Dopd"


@pytest.mark.parametrize("current", ["", "https://jahat.id/x", "http://localhost.jahat.id//x"])
def test_a_forged_page_address_leads_nowhere_else(client, current: str) -> None:
    from kbpartners.accounts.service import safe_next

    response = client.http.get("/pengguna", headers={"HX-Request": "true", "HX-Current-URL": current})
    target = response.headers["HX-Redirect"].partition("next=")[2]
    assert safe_next(target).startswith("/")
    assert "jahat" not in safe_next(target) or not safe_next(target).startswith("//")


def test_the_office_sees_everything_and_a_role_of_a_partner_its_own(app, ctx, who, cast) -> None:
    for name in ("admin", "sekretariat", "pimpinan"):
        assert who(name).of_office
        assert who(name).unit_ids == (cast.units["office"],)
    assert who("tni").unit_ids == (cast.units["kodam"],)
    assert not who("opd").of_office


def test_the_strongest_post_gives_the_role(app, ctx, cast) -> None:
    from kbpartners import clock
    from kbpartners.accounts.service import identity_for, posts

    posts.assign(
        who=None, user_id=cast.users["tni"], organization_id=cast.units["team"], title="Sekretaris",
        role="sekretariat", valid_from=clock.today(),
    )  # fmt: skip
    person = identity_for(cast.users["tni"])
    assert person.role is Role.SECRETARIAT
    assert person.unit_ids == (cast.units["office"],)


def test_permissions_are_data_on_the_function() -> None:
    @requires(Permission.AUDIT_READ)
    def view() -> None: ...

    assert permission_of(view) is Permission.AUDIT_READ
    assert permission_of(lambda: None) is None


def test_the_table_of_roles_holds_its_promises() -> None:
    def may(role: Role, permission: Permission) -> bool:
        return permission in ROLE_PERMISSIONS[role]

    assert set(ROLE_PERMISSIONS) == set(Role)
    for role in Role:
        assert may(role, Permission.USERS_MANAGE) == (role is Role.ADMIN)
        assert may(role, Permission.COMMITMENTS_VERIFY) == (role in {Role.ADMIN, Role.SECRETARIAT})
        assert may(role, Permission.AUDIT_READ) == (role in OFFICE_ROLES)
        assert may(role, Permission.COMMITMENTS_READ)
    assert not any(
        permission.endswith((":write", ":verify", ":report")) for permission in ROLE_PERMISSIONS[Role.LEADER]
    )


def test_an_identity_asks_the_same_table() -> None:
    person = Identity(user_id=1, name="x", role=Role.LEADER, unit_ids=(1, 2))
    assert person.can("commitments:read")
    assert not person.can(Permission.COMMITMENTS_WRITE)
    assert person.unit_id == 1
    assert "rahasia" not in repr(Identity(user_id=1, name="x", role=Role.LEADER, unit_ids=(1,), token="rahasia"))


def test_outside_a_request_nobody_is_signed_in(ctx) -> None:
    from werkzeug.exceptions import Forbidden

    assert me() is None
    with pytest.raises(Forbidden):
        acting()
