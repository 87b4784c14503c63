"""The program that runs typst, in a process of its own: `python typesetter.py < order > file.pdf`.

typst keeps the layout of its last ten documents in memory (250 MB after ten matrices of 200 rows), and an allocation
that fails ends the whole process. Both belong into a child that starts in some 20 ms and dies with its document.
It imports nothing of the product. The order is JSON: `layout` (a file beside this one, in `typst/`), `data` (a JSON
string for `sys.inputs.data`), `fonts` (families, best first), `memory` (bytes of address space that may be used),
`niceness` (how far it stands back behind other processes).
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("typst")


def _limit(memory: int, niceness: int) -> None:
    """Let requests go before a long document, and no document eat the machine. Windows has neither means."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        os.nice(niceness)
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main() -> int:
    """Read the order from standard input, write the PDF to standard output; 1 and a diagnosis on stderr if it fails."""
    order: dict[str, Any] = json.load(sys.stdin.buffer)
    _limit(order["memory"], order["niceness"])
    import typst

    fonts = typst.Fonts()
    there = {family.lower() for family in fonts.families()}
    inputs = {"data": order["data"], "fonts": json.dumps([name for name in order["fonts"] if name.lower() in there])}
    layout, failure = str(FOLDER / order["layout"]), ""
    # PDF/UA refuses a document with a letter that no font has; such a sheet is still tagged, it only makes no claim.
    for standards in (["ua-1"], []):
        try:
            pdf = typst.compile(
                layout,
                root=str(FOLDER),
                font_paths=fonts,
                sys_inputs=inputs,
                pdf_standards=standards,  # type: ignore[arg-type]
            )
        except RuntimeError as error:
            failure = getattr(error, "diagnostic", "") or str(error)
        else:
            sys.stdout.buffer.write(pdf)
            return 0
    print(failure, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
