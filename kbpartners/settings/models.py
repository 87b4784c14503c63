"""What the office sets: its data, the letterhead and signatory of a time, limits."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned


class Setting(Versioned, Base):
    """One named value (see `service.DEFAULTS` for the names)."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class Letterhead(Versioned, Base):
    """The kop from a day on: it changed over the years, so a sheet as of a day prints the one of that day."""

    __tablename__ = "letterheads"

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(unique=True)
    ministry: Mapped[str] = mapped_column(String(200), default="")
    office: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(Text, default="")
    logo_key: Mapped[str] = mapped_column(String(100), default="")


class Signatory(Versioned, Base):
    """Who signs from a day on. `capacity` is "", a.n., u.b., plt or plh; rank and number are optional."""

    __tablename__ = "signatories"

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[date]
    position: Mapped[str] = mapped_column(String(200))
    capacity: Mapped[str] = mapped_column(String(5), default="")
    name: Mapped[str] = mapped_column(String(200))
    rank: Mapped[str] = mapped_column(String(60), default="")
    id_kind: Mapped[str] = mapped_column(String(3), default="NIP")
    id_number: Mapped[str] = mapped_column(String(30), default="")
    place: Mapped[str] = mapped_column(String(100), default="Palembang")
    is_example: Mapped[bool] = mapped_column(default=False)
