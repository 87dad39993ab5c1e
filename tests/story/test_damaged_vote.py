"""A vote that is stored at one node is altered, and that node attests something else.

Story T3, step 4, over three nodes. A node that reads what it holds as it was signed
never comes to another result: it rests until it is mended, as the first proposal shows.
So at the second one the node itself lies, as a changed program would.
"""

from dataclasses import replace
from pathlib import Path

from activitypub import canonical
from confederation.identifiers import Digest
from confederation.record import Attestation
from instance import clerk, verification, vocabulary
from tests.instance.gone_wrong import (
    AT_MOST,
    Valley,
    a_valley,
    alters,
    in_hex,
    page,
    the_clerk,
)
from tests.instance.house import House
from tests.instance.serving import DAY, folkmoot, now, until
from tests.instance.three import assembly_of, mandates, the_record, votes
from tests.instance.web.browsing import text_of
from tests.instance.wire import get, rows
from tests.story.valley import open_for


def test_a_dissent_names_the_altered_vote_which_is_mended_and_the_dissent_corrected(
    tmp_path: Path,
) -> None:
    with a_valley(tmp_path) as valley:
        a, b, c = valley.together.houses
        harbour, quarry, _ = valley.nodes
        closed = AT_MOST + open_for(valley)
        honest, lied = (valley.opens(a, seconds=open_for(valley)) for _ in range(2))
        for proposal in (honest, lied):
            cast(valley, proposal)
        for proposal in (honest, lied):
            until(lambda it=proposal: valley.certified(b, it) == {0, 1, 2}, AT_MOST)

        # The disk of B alters the vote of C. The command puts it back from a copy.
        quarry.stop()
        before = the_record(b, assembly_of(c))
        alters(b, a_vote_of(c, honest), b'"for"', b'"mix"')
        told = folkmoot("repair", str(quarry.directory))
        assert "1 entries were mended, 0 are damaged still." in told.stdout
        assert the_record(b, assembly_of(c))[: len(before)] == before
        again = folkmoot("repair", str(quarry.directory))
        assert "0 entries were mended" in again.stdout

        # Then it alters the other one, and the node is started as it is.
        alters(b, a_vote_of(c, lied), b'"for"', b'"mix"')
        quarry.start()
        for house in (a, c):
            for proposal in (honest, lied):
                until(lambda h=house, p=proposal: valley.confirmed(h, p), closed)
        until(lambda: "Not as it was signed" in page(quarry, "/condition"))

        # It neither counts what it cannot read, nor says that others lied.
        assert not valley.confirmed(b, honest, by=3)
        assert not valley.confirmed(b, lied, by=3)
        assert rows(quarry, "select * from contradiction") == []
        seq = rows(quarry, "select seq from damage where mended_at is null")[0][0]
        whose = in_hex(assembly_of(c))
        assert f"/record/{whose}/{seq}" in page(quarry, "/condition")
        statements = f"/proposals/{in_hex(lied)}/statements"
        assert "not held here whole" in page(quarry, statements)

        left_out = lies(valley, lied)

        for node in valley.nodes[::2]:
            until(lambda n=node: "(dissent)" in page(n, statements), AT_MOST)
            shown = page(node, statements)
            assert "Quarry attest: Not adopted (dissent)" in text_of(shown)
            assert "That is confirmed, and stays so." in shown
            assert "The entries that make the difference" in shown
            assert f'href="/entries/{in_hex(left_out)}"' in shown

        with the_clerk(b, quarry) as clerk_:
            mended = clerk_.sends("/condition/mend", on="/condition")
            assert mended.status_code == 303
            log = clerk_.reads("/condition")
            assert "from the copy of" in log
            assert "Everything that was read is as it was signed." in log
            # What it had not lied about it attests as the others did.
            until(lambda: valley.confirmed(b, honest, by=3) != b"", AT_MOST)
            assert valley.confirmed(b, honest) == valley.confirmed(a, honest)
            until(lambda: "File a correction" in clerk_.reads(statements), AT_MOST)
            filed = clerk_.sends(f"{statements}/correct", on=statements)
            assert filed.status_code == 303
            twice = clerk_.sends(f"{statements}/correct", on="/condition")
            assert twice.status_code == 409

        for house, node in zip(valley.together.houses, valley.nodes, strict=True):
            until(lambda n=node: "Corrected since" in page(n, statements), AT_MOST)
            assert "found its own attestation wrong" in page(node, statements)
            assert valley.confirmed(house, lied) == valley.confirmed(a, lied) != b""
            stands = valley.sees(house, lied)
            assert stands is not None
            assert stands.dissents == (assembly_of(b),)
        # The log of B says it all, as any other node hands it out.
        attested, corrected = the_log(harbour.base, assembly_of(b), lied)
        assert attested["resultHash"] != corrected["resultHash"]
        assert corrected["attestation"] == canonical.digest(attested)
        assert corrected["differing"] == [left_out]


def cast(valley: Valley, proposal: Digest) -> None:
    """Let all three delegates vote for a proposal, once it is open."""
    houses = valley.together.houses
    delegates = [
        mandates(valley.together, house, proposal, at=now(), until=now() + DAY)
        for house in houses
    ]
    until(lambda: valley.opened(proposal), AT_MOST)
    for house, delegate in zip(houses, delegates, strict=True):
        votes(house, delegate, proposal, at=now())


def a_vote_of(house: House, proposal: Digest) -> str:
    whose = assembly_of(house)
    return f"type = 'Filed' and assembly = '{whose}' and about = '{proposal}'"


def lies(valley: Valley, proposal: Digest) -> Digest:
    """Have B attest what comes out without the vote of C; return that vote's entry."""
    a, b, _ = valley.together.houses
    stands = valley.sees(a, proposal)
    assert stands is not None
    true = stands.confirmed
    assert true is not None
    [left_out] = [each for each in true.certified if each.seat == 2]
    kept = tuple(each for each in true.certified if each is not left_out)
    wrong = replace(true, certified=kept, outcome="rejected")
    document = verification.result_document(wrong)
    says = Attestation(
        proposal=proposal,
        result=wrong,
        result_hash=Digest(canonical.digest(document)),
    )
    with b.desk(now()) as desk:
        body = {**vocabulary.wire(says), "result": document}
        clerk.publish(desk, "Attestation", body)
    return left_out.digest


def the_log(base: str, assembly: str, proposal: Digest) -> list[canonical.JsonObject]:
    """Return what an assembly attested on a proposal, and how it corrected that."""
    lines = get(f"{base}/log/{in_hex(assembly)}/entries").text.splitlines()
    entries = [canonical.read(line.encode()) for line in lines if line]
    [attested] = [
        entry
        for entry in entries
        if entry["type"] == "Attestation" and entry["proposal"] == proposal
    ]
    corrections = [entry for entry in entries if entry["type"] == "Correction"]
    return [attested, *corrections]
