"""The links that tests put between nodes do to what is said there what they say."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.links import Linked, Web, a_web, start

HELLO = "/.well-known/nodeinfo"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    directory = tmp_path_factory.mktemp("links")
    with a_web(seed=7) as made:
        made.node(directory, "harbour")
        made.node(directory, "quarry")
        start(*made.nodes)
        yield made
        made.mend()


def asks(one: Linked, other: Linked, path: str = HELLO) -> int:
    """Ask as the node ``one`` does; 0 if there is no answer."""
    try:
        named = {"User-Agent": f"Folkmoot/0 (+{one.base})"}
        return httpx.get(f"{other.base}{path}", headers=named).status_code
    except httpx.TransportError:
        return 0


def test_a_good_link_carries_what_is_said(web: Web) -> None:
    harbour, quarry = web.nodes
    web.mend()

    assert asks(harbour, quarry) == 200

    assert web.link(harbour, quarry).carried[-1] == f"GET {HELLO}"


def test_a_cut_has_one_direction_and_people_pass_all_the_same(web: Web) -> None:
    harbour, quarry = web.nodes
    web.mend()
    web.link(harbour, quarry).cut = True

    assert asks(harbour, quarry) == 0

    assert asks(quarry, harbour) == 200
    assert httpx.get(f"{quarry.base}{HELLO}").status_code == 200


def test_a_node_alone_hears_nobody_and_nobody_hears_it(web: Web) -> None:
    harbour, quarry = web.nodes
    web.mend()
    web.isolate(quarry)

    assert asks(harbour, quarry) == asks(quarry, harbour) == 0


def test_a_question_whose_answer_is_lost_was_heard(web: Web) -> None:
    harbour, quarry = web.nodes
    web.mend()
    link = web.link(harbour, quarry)
    link.loses_answers = 1.0
    heard = len(link.carried)

    assert asks(harbour, quarry) == 0

    assert len(link.carried) == heard + 1


def test_what_is_repeated_is_heard_twice(web: Web) -> None:
    harbour, quarry = web.nodes
    web.mend()
    link = web.link(harbour, quarry)
    link.repeats = 1.0
    heard = len(link.carried)

    assert asks(harbour, quarry) == 200

    assert len(link.carried) == heard + 2


def test_a_delay_lasts_as_long_as_it_says(web: Web) -> None:
    harbour, quarry = web.nodes
    web.mend()
    web.link(harbour, quarry).delay = (0.3, 0.3)
    began = time.monotonic()

    assert asks(harbour, quarry) == 200

    assert time.monotonic() - began >= 0.3


def test_some_of_it_is_lost_and_some_arrives(web: Web) -> None:
    harbour, quarry = web.nodes
    web.mend()
    web.trouble(loses=0.5)

    answers = [asks(harbour, quarry) for _ in range(40)]

    assert 0 in answers
    assert 200 in answers
