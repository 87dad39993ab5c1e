"""An assembly is the digest of its founding entry, wherever it lives today."""

from pathlib import Path

from instance.store import records
from tests.instance.house import House
from tests.instance.serving import folkmoot, free_port, until
from tests.instance.test_crash import now, serving
from tests.instance.test_federation import get, rows
from tests.instance.three import Three, assembly_of, proposes, three


def test_a_node_that_moves_goes_on_with_the_same_record(tmp_path: Path) -> None:
    together = three(tmp_path, ports=[free_port() for _ in range(3)])
    first, _, third = together.houses
    with serving(together) as nodes:
        moving = nodes[2]
        before = assembly_of(third)
        moving.stop()
        port = free_port()

        folkmoot("address", str(moving.directory), "--domain", f"127.0.0.1:{port}")
        moving.port = port
        moving.start()

        until(lambda: lives_at(first, before) == f"http://127.0.0.1:{port}/g/mill")
        actor = get(f"{moving.base}/g/mill").json()
        assert actor["assemblyLog"]["assembly"] == before
        digest = proposes(together, first, at=now())
        until(lambda: rows(moving, "select 1 from entry where digest = :d", d=digest))


def test_an_address_of_nonsense_changes_nothing(tmp_path: Path) -> None:
    together: Three = three(tmp_path, ports=[free_port() for _ in range(3)])
    directory = together.houses[0].config.directory
    before = (directory / "folkmoot.toml").read_text()

    ran = folkmoot("address", str(directory), "--domain", "no such host", check=False)

    assert ran.returncode == 2
    assert "not a host name" in ran.stderr
    assert (directory / "folkmoot.toml").read_text() == before


def lives_at(house: House, assembly: str) -> str:
    with house.desk(now()) as desk:
        known = records.assembly(desk.connection, assembly)
    assert known is not None
    return known.address
