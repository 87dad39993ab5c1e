"""A post may carry an entry of a record, and whoever sends it adds nothing to it."""

import pytest

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from activitypub.errors import ProtocolError
from confederation.identifiers import AssemblyId
from instance import clerk, reception
from instance.store import records
from tests.instance.elsewhere import SAM
from tests.instance.house import House
from tests.instance.three import OPENS, Three


def test_an_entry_inside_a_post_is_filed_only_as_its_assembly_signed_it(
    together: Three,
) -> None:
    harbour, quarry = together.houses[:2]
    with harbour.desk(OPENS) as desk:
        filed = clerk.publish(desk, "MemberCount", {"members": 61})
        row = records.entry(desk.connection, filed.digest)
    assert row is not None
    signed = canonical.read(row["body"])
    bare = {name: value for name, value in signed.items() if name != "proof"}
    other = proofs.new_key()
    named = proofs.key_id(other.public_key())
    before = size_of(quarry, filed.assembly)

    for forged in (
        bare,
        {**signed, "members": 16},
        proofs.sign(bare, other, verification_method=named, created=OPENS),
    ):
        with pytest.raises(ProtocolError):
            hear(quarry, forged)
        assert size_of(quarry, filed.assembly) == before

    # It is nobody's post that is believed: what was signed is filed, whoever brings it.
    assert hear(quarry, signed) == "record: appended"
    assert size_of(quarry, filed.assembly) == before + 1


def hear(house: House, entry: JsonObject) -> str:
    """Let somebody from elsewhere send a post that carries an entry."""
    note: JsonObject = {
        "id": SAM.new_id(),
        "type": "Note",
        "attributedTo": SAM.id,
        "content": "<p>Look at this.</p>",
        "assemblyRecord": entry,
    }
    activity: JsonObject = {
        "id": SAM.new_id(),
        "type": "Create",
        "actor": SAM.id,
        "object": note,
    }
    with house.desk(OPENS) as desk:
        return reception.deal_with(desk, SAM.id, activity).says


def size_of(house: House, assembly: AssemblyId) -> int:
    with house.desk(OPENS) as desk:
        known = records.assembly(desk.connection, assembly)
    assert known is not None
    return known.size
