"""All that is needed to work out one decision again, in one file, and the check of it.

A bundle proves itself or it does not: nothing in it is taken on trust, and nothing is
asked of anybody. The format is in docs/reference/bundle.md.
"""

from instance.bundle.checking import verify
from instance.bundle.report import Report, Verdict, result_bytes
from instance.bundle.source import read_source
from instance.bundle.writing import export, write

__all__ = [
    "Report",
    "Verdict",
    "export",
    "read_source",
    "result_bytes",
    "verify",
    "write",
]
