"""Read-only reports: what a person may see, as it was known on a day, put into a `Sheet`.

`promises` reads the log, `matrix` and `recap` are the two reports, `paper` is what all of them share (letterhead,
signature, footer).
"""

from kbpartners.reports.service.matrix import matrix
from kbpartners.reports.service.promises import MOST_ROWS, Filters, Promise, promises
from kbpartners.reports.service.recap import recap

__all__ = ["MOST_ROWS", "Filters", "Promise", "matrix", "promises", "recap"]
