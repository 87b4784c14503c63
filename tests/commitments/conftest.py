"""What the tests of the pages share."""

from __future__ import annotations

import pytest

from kbpartners.commitments.service import IndicatorTerms
from tests.cast import Cast
from tests.factories import commitments as make


@pytest.fixture
def one(cast: Cast, write) -> int:
    """A commitment of the Kodam with two indicators, one of them of SIGA, and an accepted report."""
    with write():
        terms = (
            IndicatorTerms("Kecamatan didampingi", 241_000, "kecamatan"),
            IndicatorTerms("Akseptor", 1_200_000, source="siga"),
        )
        commitment_id = make.commitment(cast, indicators=terms, supporters={"idi": "Dokter", "opd_lahat": ""})
        make.accepted(cast, commitment_id, 168)
    return commitment_id
