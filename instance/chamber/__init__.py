"""Where confederal decisions are followed: every node by itself, over signed records.

What stands about a proposal is computed by the domain from the records held here; what
our assembly must say next is filed in its record. Nobody hosts the vote.
"""

from instance.chamber.checked_mandates import lacks
from instance.chamber.conferring import confer, correct, note_given_keys, unattested
from instance.chamber.contradictions import report_contradictions, settle
from instance.chamber.held import (
    branch_of,
    compact_of,
    criteria_of,
    decided_below,
    decided_by,
    evidence,
    held_of,
    holding,
    lineage,
    lineages,
    our_seats,
    proposal,
    proposals,
    ratified,
    read_beside,
    record_of,
    records_held,
    turned_away,
    versions,
)
from instance.chamber.standings import InForce, course, in_force, standing
from instance.chamber.votes import file_vote, hear_vote, strays
from instance.chamber.written import result_digest

__all__ = [
    "InForce",
    "branch_of",
    "compact_of",
    "confer",
    "correct",
    "course",
    "criteria_of",
    "decided_below",
    "decided_by",
    "evidence",
    "file_vote",
    "hear_vote",
    "held_of",
    "holding",
    "in_force",
    "lacks",
    "lineage",
    "lineages",
    "note_given_keys",
    "our_seats",
    "proposal",
    "proposals",
    "ratified",
    "read_beside",
    "record_of",
    "records_held",
    "report_contradictions",
    "result_digest",
    "settle",
    "standing",
    "strays",
    "turned_away",
    "unattested",
    "versions",
]
