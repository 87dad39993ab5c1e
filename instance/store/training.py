"""What somebody has tried of a role, and what they would like to try: theirs alone."""

import sqlite3
from collections.abc import Collection

from confederation.identifiers import MemberId
from confederation.meeting.rotation import Role, Step


def steps(connection: sqlite3.Connection, member: str, role: Role) -> frozenset[Step]:
    """Return the steps that a member ticked for themselves."""
    return frozenset(
        row["step"]
        for row in connection.execute(
            "select step from role_step where member = :member and role = :role",
            {"member": member, "role": role},
        )
    )


def offers(connection: sqlite3.Connection, role: Role) -> frozenset[MemberId]:
    """Return who said that they would like to do a role."""
    return frozenset(
        MemberId(row["member"])
        for row in connection.execute(
            "select member from role_offer where role = :role", {"role": role}
        )
    )


def keep(
    connection: sqlite3.Connection,
    member: str,
    role: Role,
    *,
    steps: Collection[Step],
    offered: bool,
) -> None:
    """Put what a member says of a role in the place of what they said before."""
    about = {"member": member, "role": role}
    for statement in (
        "delete from role_step where member = :member and role = :role",
        "delete from role_offer where member = :member and role = :role",
    ):
        connection.execute(statement, about)
    connection.executemany(
        "insert into role_step (member, role, step) values (:member, :role, :step)",
        [{**about, "step": step} for step in steps],
    )
    if offered:
        connection.execute(
            "insert into role_offer (member, role) values (:member, :role)", about
        )
