"""What one node holds of the records of others, altered or handed over."""

from datetime import datetime, timedelta

from confederation.record import Proposal
from instance import archive
from instance.archive import Outcome
from instance.store import events, records
from tests.instance.house import House
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    assembly_of,
    proposes,
    the_record,
)

SOON = OPENS + timedelta(minutes=5)


def altered(house: House, of: House, kind: str, old: bytes, new: bytes) -> int:
    """Alter the last entry of a kind in a node's copy of a record; return its seq.

    Whoever looks at it next has not read the record before.
    """
    whose = assembly_of(of)
    with house.desk(LATER) as desk:
        row = records.entries(desk.connection, whose, types=(kind,))[-1]
        body = bytes(row["body"])
        assert old in body
        desk.connection.execute(
            "update entry set body = :body where digest = :digest",
            {"body": body.replace(old, new), "digest": row["digest"]},
        )
    house.records.clear()
    return int(row["seq"])


def gives_all(giver: House, taker: House, at: datetime = SOON) -> list[Outcome]:
    """Let a node file all of another one's own record, whatever it holds of it."""
    given = the_record(giver)
    with taker.desk(at) as desk:
        return [archive.file(desk, each).outcome for each in given]


def a_clause(together: Three) -> tuple[str, str]:
    """Let the first assembly propose something; return its first clause, and words."""
    harbour = together.houses[0]
    proposal = proposes(together, harbour)
    together.exchange(OPENS)
    with harbour.desk(OPENS) as desk:
        row = records.entry(desk.connection, proposal)
        fact = archive.read(desk, row).fact
        assert isinstance(fact, Proposal)
        commitment = fact.clauses[0].text
        text = events.wording(desk.connection, commitment)
    assert text is not None
    return commitment, text
