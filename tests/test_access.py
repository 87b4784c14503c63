"""Every endpoint × every member of the cast. An endpoint that is not in the table below fails, so nobody adds one
without saying who may use it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from kbpartners.security import ROLE_PERMISSIONS, Permission, Role, permission_of
from tests.cast import NAMES

P = Permission
ROLE_OF = {
    "admin": Role.ADMIN,
    "sekretariat": Role.SECRETARIAT,
    "pimpinan": Role.LEADER,
    "tni": Role.LIAISON,
    "kodim": Role.LIAISON,
    "polri": Role.LIAISON,
    "opd": Role.OPD,
    "stranger": Role.LIAISON,
}

# What the permission table of the design says, written down a second time on purpose.
OFFICE = {"admin", "sekretariat"}
ALL = set(NAMES)
LIAISONS = {"tni", "kodim", "polri", "stranger"}
MAY: dict[Permission, set[str]] = {
    P.SIGNED_IN: ALL,
    P.USERS_MANAGE: {"admin"},
    P.USERS_INVITE: OFFICE,
    P.SETTINGS_WRITE: {"admin"},
    P.ORGANIZATIONS_READ: ALL,
    P.ORGANIZATIONS_WRITE: OFFICE,
    P.CONTACTS_WRITE: ALL - {"pimpinan"},
    P.COMMITMENTS_READ: ALL,
    P.COMMITMENTS_WRITE: OFFICE,
    P.COMMITMENTS_REPORT: ALL - {"pimpinan"},
    P.COMMITMENTS_VERIFY: OFFICE,
    P.KAMPUNG_READ: ALL,
    P.KAMPUNG_WRITE: OFFICE | {"opd"},
    P.ACTIVITIES_READ: ALL,
    P.ACTIVITIES_WRITE: ALL - {"pimpinan"},
    P.ACTIVITIES_VERIFY: OFFICE,
    P.MEETINGS_READ: ALL,
    P.MEETINGS_WRITE: OFFICE,
    P.FOLLOWUPS_READ: ALL,
    P.FOLLOWUPS_WRITE: OFFICE,
    P.FOLLOWUPS_REPORT: ALL - {"pimpinan"},
    P.FOLLOWUPS_VERIFY: OFFICE,
    P.AGREEMENTS_READ: ALL,
    P.AGREEMENTS_WRITE: OFFICE,
    P.REPORTS_READ: ALL,
    P.IMPORTS_RUN: OFFICE,
    P.AUDIT_READ: OFFICE | {"pimpinan"},
}


def _missing(variable: re.Match[str]) -> str:
    return "999999999" if variable["kind"] == "int" else "tidak-ada"


def endpoints(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, an address with ids that do not exist) of every rule."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?\w+>", _missing, rule.rule)
        found += [(rule.endpoint, method, path) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def test_every_endpoint_declares_a_permission_that_the_table_knows(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        permission = permission_of(view)
        assert permission is not None, f"{endpoint} declares no permission"
        assert permission is P.PUBLIC or permission in MAY, f"{endpoint}: {permission} is not in the table of this test"


def test_the_roles_hold_what_the_table_says() -> None:
    for permission, names in MAY.items():
        if permission is P.SIGNED_IN:
            continue
        for name in NAMES:
            assert (permission in ROLE_PERMISSIONS[ROLE_OF[name]]) == (name in names), f"{permission} for {name}"


def test_strangers_to_the_site_reach_public_pages_only(app: Flask, client) -> None:
    for endpoint, method, path in endpoints(app):
        response = client.http.open(path, method=method)
        if permission_of(app.view_functions[endpoint]) is P.PUBLIC:
            assert response.status_code < 500, f"{method} {path}: {response.status_code}"
        elif method == "GET":
            assert response.status_code == 303, f"{method} {path}: {response.status_code}"
            assert response.headers["Location"].startswith("/masuk"), path
        else:
            assert response.status_code == 419, f"{method} {path}: {response.status_code}"


@pytest.mark.parametrize("name", NAMES)
def test_each_member_of_the_cast_gets_an_answer_or_a_refusal_everywhere(app: Flask, sign_in, name: str) -> None:
    browser = sign_in(name)
    token = browser.csrf()
    for endpoint, method, path in endpoints(app):
        permission = permission_of(app.view_functions[endpoint])
        if permission is P.PUBLIC or endpoint == "accounts.sign_out":
            continue
        data = {"csrf_token": token} if method == "POST" else None
        response = browser.http.open(path, method=method, data=data)
        where = f"{name}: {method} {path}: {response.status_code}"
        assert response.status_code < 500, where
        if name in MAY[permission]:
            assert response.status_code != 403 or permission is P.SIGNED_IN, where
        else:
            assert response.status_code == 403, where
