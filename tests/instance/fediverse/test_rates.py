"""Nobody takes more of a node's time than others; a forger spends nobody's budget."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from activitypub.addresses import registrable
from activitypub.errors import TooMany
from instance import config
from instance import node as nodes
from instance.fediverse.rates import (
    KNOWN_WELL,
    KNOWN_WELL_MEETS,
    MOST_REMEMBERED,
    Rates,
)
from instance.store import inbound
from tests.instance.elsewhere import Account, an_account
from tests.instance.personas import follow_of
from tests.instance.serving import Serving, a_node

OLD = -KNOWN_WELL
SAM = "https://b.example/users/sam"
EVE = "https://b.example/users/eve"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example", "b.example"),
        ("b.example", "b.example"),
        ("x.y.co.uk", "y.co.uk"),
        ("co.uk", "co.uk"),
        ("me.github.io", "github.io"),
        ("127.0.0.1:8100", "127.0.0.1:8100"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("a.b.example:8443", "b.example:8443"),
    ],
)
def test_a_domain_is_what_somebody_had_to_register(host: str, domain: str) -> None:
    assert registrable(host) == domain


def test_a_signer_is_read_so_often_and_again_after_a_while() -> None:
    rates = Rates(arrivals=60, newcomers=None)
    for _ in range(60):
        rates.hear(SAM, since=OLD, at=0)

    with pytest.raises(TooMany):
        rates.hear(SAM, since=OLD, at=0)

    rates.hear(EVE, since=OLD, at=0)
    rates.hear(SAM, since=OLD, at=1)
    with pytest.raises(TooMany):
        rates.hear(SAM, since=OLD, at=1)


def test_a_server_has_a_budget_however_many_sign_there() -> None:
    rates = Rates(arrivals=10, newcomers=None)
    for number in range(50):
        rates.hear(f"https://b.example/users/{number}", since=OLD, at=0)

    with pytest.raises(TooMany) as refused:
        rates.hear(SAM, since=OLD, at=0)

    assert refused.value.retry_after > 0
    rates.hear("https://c.example/users/sam", since=OLD, at=0)


def test_a_server_that_is_new_here_may_do_less() -> None:
    rates = Rates(arrivals=40, newcomers=None)
    for _ in range(10):
        rates.hear(SAM, since=0, at=0)

    with pytest.raises(TooMany):
        rates.hear(SAM, since=0, at=0)


def test_ten_new_people_of_a_domain_are_met_in_an_hour_and_more_of_one_known_well() -> (
    None
):
    rates = Rates(arrivals=None, newcomers=10)
    for _ in range(10):
        rates.may_meet("b.example", since=0, at=0)
        rates.met("b.example", since=0, at=0)

    with pytest.raises(TooMany):
        rates.may_meet("b.example", since=0, at=0)
    rates.may_meet("b.example", since=0, at=361)
    rates.may_meet("c.example", since=0, at=0)
    for _ in range(10 * KNOWN_WELL_MEETS):
        rates.may_meet("d.example", since=OLD, at=0)
        rates.met("d.example", since=OLD, at=0)
    with pytest.raises(TooMany):
        rates.may_meet("d.example", since=OLD, at=0)


def test_budgets_take_bounded_memory() -> None:
    rates = Rates(arrivals=10, newcomers=10)

    for number in range(MOST_REMEMBERED):
        rates.hear(f"https://h{number}.example/u", since=OLD, at=0)

    assert len(rates._buckets) == MOST_REMEMBERED


class Eve(Account):
    """Somebody else on the same server."""

    @property
    def id(self) -> str:
        return f"{self.base}/users/eve"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Serving]:
    with a_node(tmp_path) as serving:
        serving.stop()
        with (serving.directory / "folkmoot.toml").open("a") as settings:
            settings.write("arrivals_a_minute = 8\nnewcomers_an_hour = 1\n")
        serving.start()
        yield serving


@pytest.fixture
def sam() -> Iterator[Account]:
    with an_account() as account:
        yield account


def test_whoever_sends_too_much_is_told_when_to_try_again(
    node: Serving, sam: Account
) -> None:
    group = f"{node.base}/g/harbour"
    forger = generate_private_key(65_537, 2048)

    answers = [sam.send(f"{group}/inbox", follow_of(sam, group)) for _ in range(2)]
    for _ in range(5):
        forged = sam.send(f"{group}/inbox", follow_of(sam, group), key=forger)
        assert forged.status_code == 401
    over = sam.send(f"{group}/inbox", follow_of(sam, group))

    # A server that is new here has a quarter of the eight.
    assert [answer.status_code for answer in answers] == [202, 202]
    assert over.status_code == httpx.codes.TOO_MANY_REQUESTS
    assert int(over.headers["retry-after"]) > 0


def test_a_domain_brings_no_more_new_people_than_are_met_in_an_hour(
    node: Serving, sam: Account
) -> None:
    group = f"{node.base}/g/harbour"
    assert sam.send(f"{group}/inbox", follow_of(sam, group)).status_code == 202
    another = Eve(sam.base)

    over = another.send(f"{group}/inbox", follow_of(another, group))

    assert over.status_code == httpx.codes.TOO_MANY_REQUESTS
    with nodes.at_desk(config.read(node.directory)) as desk:
        assert inbound.remote_actor(desk.connection, another.id) is None
