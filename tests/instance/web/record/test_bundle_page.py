"""Anyone can take a decision away in one file and check it at home."""

from pathlib import Path

from instance import bundle
from tests.instance.serving import Serving, folkmoot, free_port
from tests.instance.three import settled, three


def test_the_bundle_of_a_proposal_is_verified_from_its_address(tmp_path: Path) -> None:
    together = three(tmp_path, ports=[free_port() for _ in range(3)])
    proposal = settled(together)
    house = together.houses[0]
    port = int(house.config.host.rpartition(":")[2])
    node = Serving(house.config.directory, port)
    node.start()
    try:
        address = f"{node.base}/proposals/{proposal.removeprefix('sha256:')}/bundle"

        report = bundle.verify(bundle.read_source(address), together.compact.digest)
        ran = folkmoot("verify", address, check=False)
    finally:
        node.stop()

    assert report.exit_code == 0
    assert ran.returncode == 3
    assert "not checked against anything you gave" in ran.stdout
