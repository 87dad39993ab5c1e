"""An assembly names kinds of action of its own, beside those that it began with."""

from dataclasses import replace

import pytest

from confederation.dealings import action, kinds
from confederation.dealings.kinds import DropKind, NameKind
from confederation.errors import Invalid
from tests.confederation.builders import CLERK, MAY, OFFER, a_commit, carry_out

SEWING = NameKind(kind=a_commit("sewing"), by=CLERK, at=MAY)
DROP = DropKind(kind=SEWING.kind, by=CLERK, at=MAY)


def after(*commands: kinds.Command) -> kinds.State:
    return carry_out(kinds.decide, kinds.evolve, kinds.NOTHING, commands)


def test_a_kind_is_named_once_and_dropped_again() -> None:
    assert after(SEWING).own == (SEWING.kind,)
    assert kinds.decide(after(SEWING), SEWING) == ()
    assert after(SEWING, DROP).own == ()
    assert kinds.decide(kinds.NOTHING, DROP) == ()


def test_nobody_chooses_among_too_many_kinds() -> None:
    full = after(*(replace(SEWING, kind=a_commit(f"{n}")) for n in range(kinds.MOST)))

    with pytest.raises(Invalid, match="so many kinds"):
        kinds.decide(full, SEWING)


def test_an_action_is_of_a_kind_that_there_is_or_that_was_named() -> None:
    own = replace(OFFER, kind=SEWING.kind)

    assert action.decide(action.NOTHING, own)
    with pytest.raises(Invalid, match="no such kind"):
        action.decide(action.NOTHING, replace(OFFER, kind="sewing"))
