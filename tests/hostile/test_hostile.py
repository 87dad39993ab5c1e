"""A hostile node tries everything that federation.md 4 warns of, over real HTTP."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.checklist import WANTED
from tests.hostile import (
    forged_requests,
    forging,
    lying_servers,
    stolen_things,
    strange_ways,
)
from tests.hostile.stage import TAKEN, Attack, Stage, a_stage
from tests.instance.serving import until

ATTACKS = (
    *forged_requests.ATTACKS,
    *lying_servers.ATTACKS,
    *stolen_things.ATTACKS,
    *strange_ways.ATTACKS,
)
REFUSALS = [attack for attack in ATTACKS if attack.ends != TAKEN]
IN_VAIN = [attack for attack in ATTACKS if attack.ends == TAKEN]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("hostile")) as found:
        yield found
        assert "Traceback" not in found.log()
        assert not [said for said in found.outcomes() if said.startswith("failed")]
        assert httpx.get(f"{found.node.base}/", timeout=60).status_code == 200


@pytest.mark.parametrize("attack", REFUSALS, ids=lambda attack: attack.name)
def test_it_is_refused_and_leaves_the_node_as_it_was(
    stage: Stage, attack: Attack
) -> None:
    before = [stage.effects(), stage.arrived()]

    said = attack.does(stage)

    assert said.status_code in attack.ends, said.text
    assert [stage.effects(), stage.arrived()] == before


@pytest.mark.parametrize("attack", IN_VAIN, ids=lambda attack: attack.name)
def test_it_is_taken_and_comes_to_nothing(stage: Stage, attack: Attack) -> None:
    before = stage.effects()

    said = attack.does(stage)

    assert said.status_code in attack.ends, said.text
    until(stage.settled)
    assert stage.effects() == before


def test_each_attack_has_a_name_of_its_own_and_runs_into_a_guard_that_we_list() -> None:
    names = [attack.name for attack in ATTACKS]

    assert len(set(names)) == len(names)
    assert {guard for attack in ATTACKS for guard in attack.shows} <= {
        *WANTED["S"],
        *WANTED["W"],
    }


@pytest.mark.parametrize("sign", [forging.knock, forging.message])
def test_who_signs_as_one_should_is_heard(
    stage: Stage, sign: Callable[..., forging.Headers]
) -> None:
    mallory = stage.mallory()
    body = forging.encode(mallory.activity("Follow", stage.group))

    said = forging.post(stage.inbox, body, sign(mallory, stage.inbox, body))

    assert said.status_code == 202
    until(stage.settled)
    assert mallory.id in str(stage.effects()["follower"])
