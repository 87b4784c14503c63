"""`flask --app app user create|password|deactivate`: people without the pages, for the first admin and for scripts."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import or_, select

from kbpartners import clock
from kbpartners.accounts import service
from kbpartners.accounts.service import links, passwords, people
from kbpartners.db import db, writing_command
from kbpartners.organizations.models import Organization
from kbpartners.organizations.service import office_id
from kbpartners.security import OFFICE_ROLES, Role

group = AppGroup("user", help="Pengguna: buat, ganti kata sandi, nonaktifkan.")
TITLES = {
    Role.ADMIN: "Administrator sistem",
    Role.SECRETARIAT: "Sekretariat kemitraan",
    Role.LEADER: "Kepala Perwakilan",
}


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


def _password(given: str | None, own_words: tuple[str | None, ...]) -> str | None:
    """The hash of a password given as an option, or as one line on stdin for "-"; None for none."""
    if given is None:
        return None
    secret = sys.stdin.readline().rstrip("\n") if given == "-" else given
    passwords.check_new(secret, own_words=own_words)
    return passwords.hash_password(secret)


def _unit_id(unit: str, role: Role) -> int:
    if not unit:
        if role not in OFFICE_ROLES:
            raise click.ClickException("--satuan wajib diisi untuk peran ini (nomor atau nama satuan)")
        return office_id()
    query = select(Organization.id).where(Organization.ended_on.is_(None))
    if unit.isdecimal():
        query = query.where(Organization.id == int(unit))
    else:
        query = query.where(or_(Organization.name == unit, Organization.short_name == unit))
    found = list(db.session.execute(query).scalars())
    if len(found) != 1:
        raise click.ClickException(f"satuan '{unit}' {'tidak ditemukan' if not found else 'lebih dari satu'}")
    return found[0]


@group.command("create")
@click.option("--nama", "--name", "name", required=True, help="Nama lengkap.")
@click.option("--surel", "--email", "email", default="", help="Surel; ini atau ponsel wajib.")
@click.option("--ponsel", "--phone", "phone", default="", help="Nomor ponsel.")
@click.option("--peran", "--role", "role", type=click.Choice([str(role) for role in Role]), default="admin")
@click.option("--satuan", "--unit", "unit", default="", help="Nomor atau nama satuan; bawaan: kantor.")
@click.option("--jabatan", "--title", "title", default="", help="Nama jabatan.")
@click.option("--sandi", "--password", "password", default=None, help='Kata sandi; "-" membacanya dari stdin.')
@writing_command
def create(name: str, email: str, phone: str, role: str, unit: str, title: str, password: str | None) -> None:
    """Buat pengguna pada suatu jabatan. Tanpa --sandi tautan undangan dicetak."""
    wanted = Role(role)
    hashed = _password(password, (email, phone, name))
    user_id = people.create(
        who=None,
        name=name.strip(),
        email=email,
        phone=phone,
        organization_id=_unit_id(unit.strip(), wanted),
        title=title.strip() or TITLES.get(wanted, "Penghubung"),
        role=role,
        valid_from=clock.today(),
    )
    if hashed:
        people.set_password(user_id, hashed, who=None)
        click.echo(f"pengguna {user_id} dibuat: {email or phone}")
    else:
        click.echo(links.address_of(links.fresh(user_id, who=None)))


@group.command("password")
@click.argument("name", metavar="SUREL_ATAU_PONSEL")
@click.option("--sandi", "--password", "password", default=None, help='Kata sandi; "-" membacanya dari stdin.')
@click.option("--tautan", "link", is_flag=True, help="Cetak tautan sekali pakai, bukan mengganti kata sandi.")
@writing_command
def password(name: str, password: str | None, link: bool) -> None:
    """Ganti kata sandi seseorang; tanpa --sandi ditanyakan."""
    person = service.account_named(name)
    if person is None:
        raise click.ClickException(f"pengguna '{name}' tidak ditemukan")
    if link:
        click.echo(links.address_of(links.fresh(person.id, who=None)))
        return
    secret = password or click.prompt("Kata sandi baru", hide_input=True, confirmation_prompt="Ulangi")
    hashed = _password(secret, (person.email, person.phone, person.name))
    people.set_password(person.id, hashed or "", who=None)
    click.echo(f"kata sandi {person.name} diganti; semua sesinya berakhir")


@group.command("deactivate")
@click.argument("name", metavar="SUREL_ATAU_PONSEL")
@writing_command
def deactivate(name: str) -> None:
    """Akhiri akses seseorang saat ini juga."""
    person = service.account_named(name)
    if person is None:
        raise click.ClickException(f"pengguna '{name}' tidak ditemukan")
    people.deactivate(person.id, who=None)
    click.echo(f"{person.name} dinonaktifkan; semua sesinya berakhir")
