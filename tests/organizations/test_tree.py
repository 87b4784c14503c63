"""Moving units: paths, counts and scope rows follow, circles are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners import scopes
from kbpartners.audit.service import history
from kbpartners.commitments import service as commitments
from kbpartners.commitments.models import Commitment, CommitmentScope, CommitmentSupporter
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.organizations import service
from kbpartners.organizations.models import Organization
from kbpartners.scopes import write_scopes
from tests.cast import Cast
from tests.conftest import TODAY
from tests.factories.commitments import commitment
from tests.factories.organizations import make_unit
from tests.organizations.test_records import edit


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """What features are told; commitments follow as their feature would."""
    told: list[list[int]] = []

    def follow(unit_ids: list[int]) -> None:
        told.append(unit_ids)
        supported = select(CommitmentSupporter.commitment_id).where(CommitmentSupporter.organization_id.in_(unit_ids))
        concerned = Commitment.organization_id.in_(unit_ids) | Commitment.id.in_(supported)
        for record in db.session.execute(select(Commitment).where(concerned)).scalars():
            helpers = db.session.execute(
                select(CommitmentSupporter.organization_id).where(CommitmentSupporter.commitment_id == record.id)
            ).scalars()
            units = service.scope_units(record.organization_id, list(helpers), record.region_id)
            is_open = record.status in ("active", "proposed_done")
            write_scopes(CommitmentScope, record.id, units, is_open=is_open, sort_on=record.due_on)

    monkeypatch.setattr(service.upkeep, "on_tree_change", [follow])
    return told


def seen_by(unit_id: int) -> set[int]:
    return set(
        db.session.execute(select(CommitmentScope.record_id).where(CommitmentScope.unit_id == unit_id)).scalars()
    )


def path(unit_id: int) -> str:
    return db.session.execute(select(Organization.path).where(Organization.id == unit_id)).scalar_one()


def test_everything_below_moves_along(ctx: None, cast: Cast, who: Any, rebuilt: list[list[int]]) -> None:
    kodam, kodim = cast.units["kodam"], cast.units["kodim"]
    koramil = make_unit("Koramil 405-01", parent_id=kodim)
    korem = make_unit("Korem 044/Gapo", parent_id=kodam)

    service.move(who=who("sekretariat"), organization_id=kodim, parent_id=korem)

    assert path(kodim) == f"/{kodam}/{korem}/{kodim}/"
    assert path(koramil) == f"/{kodam}/{korem}/{kodim}/{koramil}/"
    assert path(cast.units["kodim_palembang"]) == f"/{kodam}/{cast.units['kodim_palembang']}/"
    assert rebuilt == [sorted([kodim, koramil])]
    assert history("organization", kodim)[0].sentence == (
        "Rina Sekretariat memindahkan Kodim 0405/Lahat ke bawah Korem 044/Gapo."
    )


def test_counts_and_scope_follow_to_the_new_parent(
    ctx: None, cast: Cast, rebuilt: list[list[int]], on_day: Any
) -> None:
    own = commitment(cast, owner="kodim", region="16.04")
    helped = commitment(cast, owner="polda", supporters={"kodim": "Personel"})
    kept = commitment(cast, owner="kodam")
    assert commitments.check() == []
    assert scopes.count([cast.units["kodam"]], "commitment_due") == 2

    service.move(who=None, organization_id=cast.units["kodim"], parent_id=cast.units["bank"])

    assert commitments.check() == []
    assert scopes.count([cast.units["kodam"]], "commitment_due") == 1
    assert scopes.count([cast.units["bank"]], "commitment_due") == 1
    assert scopes.count([cast.units["office"]], "commitment_due") == 3
    assert seen_by(cast.units["kodam"]) == {kept}
    assert seen_by(cast.units["bank"]) == {own, helped}
    assert seen_by(cast.units["kodim"]) == {own, helped}
    assert own in seen_by(cast.units["opd_lahat"])

    service.move(who=None, organization_id=cast.units["kodim"], parent_id=None)
    assert commitments.check() == []
    assert scopes.count([cast.units["bank"]], "commitment_due") == 0
    service.move(who=None, organization_id=cast.units["kodim"], parent_id=cast.units["kodam"])
    assert commitments.check() == []
    assert scopes.count([cast.units["kodam"]], "commitment_due") == 2


def test_a_unit_under_the_office_is_not_counted_twice(ctx: None, cast: Cast, rebuilt: list[list[int]]) -> None:
    commitment(cast, owner="kodim")
    service.move(who=None, organization_id=cast.units["kodim"], parent_id=cast.units["team"])
    assert commitments.check() == []
    assert scopes.count([cast.units["office"]], "commitment_due") == 1
    assert scopes.count([cast.units["team"]], "commitment_due") == 1
    service.move(who=None, organization_id=cast.units["kodim"], parent_id=cast.units["kodam"])
    assert commitments.check() == []
    assert scopes.count([cast.units["office"]], "commitment_due") == 1


def test_no_circles(ctx: None, cast: Cast) -> None:
    for parent in ("kodam", "kodim"):
        with pytest.raises(Invalid) as caught:
            service.move(who=None, organization_id=cast.units["kodam"], parent_id=cast.units[parent])
        assert caught.value.field == "parent_id"
    assert path(cast.units["kodam"]) == f"/{cast.units['kodam']}/"


def test_the_office_stays_the_root(ctx: None, cast: Cast) -> None:
    with pytest.raises(Invalid, match="pangkal"):
        service.move(who=None, organization_id=cast.units["office"], parent_id=cast.units["kodam"])


def test_a_new_place_must_not_have_the_name_already(ctx: None, cast: Cast) -> None:
    make_unit("Kodim 0405/Lahat", category="private")
    with pytest.raises(Invalid) as caught:
        service.move(who=None, organization_id=cast.units["kodim"], parent_id=None)
    assert caught.value.field == "name"


def test_a_tree_is_not_endlessly_deep(ctx: None, cast: Cast) -> None:
    def build() -> None:
        parent = cast.units["bank"]
        for number in range(300):
            parent = make_unit(f"Tingkat {number}", parent_id=parent)

    with pytest.raises(Invalid) as caught:
        build()
    assert caught.value.field == "parent_id"


def test_staying_where_it_is_is_no_move(ctx: None, cast: Cast, rebuilt: list[list[int]]) -> None:
    service.move(who=None, organization_id=cast.units["kodim"], parent_id=cast.units["kodam"])
    assert rebuilt == []
    assert history("organization", cast.units["kodim"]) == []


def test_editing_with_another_parent_moves_too(ctx: None, cast: Cast, rebuilt: list[list[int]]) -> None:
    commitment(cast, owner="kodim")
    edit(cast.units["kodim"], parent_id=cast.units["polda"], phone="0711")
    assert service.ancestors(cast.units["kodim"]) == [cast.units["polda"], cast.units["kodim"]]
    assert commitments.check() == []
    assert scopes.count([cast.units["polda"]], "commitment_due", until=TODAY + timedelta(days=60)) == 1


# --- an OPD-KB's region ------------------------------------------------------------------------------------------


def test_a_new_region_shows_an_opd_the_records_there(ctx: None, cast: Cast, rebuilt: list[list[int]]) -> None:
    lahat, palembang = cast.units["opd_lahat"], cast.units["opd_palembang"]
    there = commitment(cast, owner="kodim", region="16.04.10")
    assert (seen_by(lahat), seen_by(palembang)) == ({there}, set())

    edit(palembang, coverage=frozenset({cast.regions["16.04.10"]}))
    assert (seen_by(lahat), seen_by(palembang)) == ({there}, {there})
    assert commitments.check() == []

    edit(lahat, coverage=frozenset())
    assert (seen_by(lahat), seen_by(palembang)) == (set(), {there})
    assert commitments.check() == []


def test_a_new_opd_sees_what_was_there_before_it(ctx: None, cast: Cast, rebuilt: list[list[int]]) -> None:
    there = commitment(cast, owner="kodim", region="16.04")
    unit = make_unit("UPT Lahat", category="opd", covers=(cast.regions["16.04"],))
    assert seen_by(unit) == {there}
    edit(unit, ended_on=TODAY)
    assert seen_by(unit) == set()
    assert commitments.check() == []


def test_other_units_regions_move_no_scope(ctx: None, cast: Cast, rebuilt: list[list[int]]) -> None:
    commitment(cast, owner="kodim", region="16.04")
    edit(cast.units["bank"], coverage=frozenset({cast.regions["16.04"]}))
    assert rebuilt == []
