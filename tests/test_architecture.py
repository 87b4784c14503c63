"""The house keeps its own rules: who may import whom, how large a room may grow, what pages may not contain."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [p for p in (ROOT / "kbpartners").rglob("*.py") if "versions" not in p.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_the_import_contracts_hold() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def test_no_file_has_outgrown_its_room() -> None:
    too_long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text().splitlines())) > 420}
    assert too_long == {}


def test_views_and_forms_leave_the_database_to_the_services() -> None:
    found = [p for p in SOURCES if p.name in {"routes.py", "forms.py"} and "db.session" in p.read_text()]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_pages_hold_nothing_that_the_content_policy_forbids(path: Path) -> None:
    text = path.read_text()
    forbidden = {
        "inline style": r"\sstyle=",
        "inline handler": r"\son[a-z]+=",
        "unescaped text": r"\|\s*safe\b",
        "a verb that needs JavaScript": r"hx-(put|delete|patch)=",
        "a file from elsewhere": r"(src|href)=\"https?://",
    }
    assert {why for why, pattern in forbidden.items() if re.search(pattern, text)} == set()
