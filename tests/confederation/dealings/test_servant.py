"""A public servant answers for their body by an account of their own, until a day."""

from datetime import timedelta

import pytest

from confederation.dealings import servant
from confederation.dealings.servant import EndAccount, WelcomeServant
from confederation.errors import Invalid
from confederation.identifiers import AuthorityId, Digest, ServantId
from tests.confederation.builders import CLERK, DAY, MAY, carry_out


def welcome(until: timedelta) -> WelcomeServant:
    return WelcomeServant(
        servant=ServantId("s1"),
        authority=AuthorityId("council"),
        decision=Digest("sha256:" + "d" * 64),
        until=MAY + until,
        by=CLERK,
        at=MAY,
    )


def after(*commands: servant.Command) -> servant.State:
    return carry_out(servant.decide, servant.evolve, servant.NOTHING, commands)


def test_an_account_opens_until_its_day_for_one_body() -> None:
    here = after(welcome(DAY))

    assert here.speaks_for("council", MAY)
    assert not here.speaks_for("water", MAY)
    assert not here.speaks_for("council", MAY + DAY)


def test_an_account_that_the_assembly_ended_opens_nothing() -> None:
    assert not after(welcome(DAY), EndAccount(by=CLERK, at=MAY)).in_force(MAY)


def test_no_account_ends_before_it_begins() -> None:
    with pytest.raises(Invalid):
        after(welcome(-DAY))
