"""What became of a decision: who does what to carry it out, and whom we asked."""

from dataclasses import dataclass
from datetime import datetime

from confederation.dealings import carrying_out
from confederation.dealings.carrying_out import Done
from confederation.record import Decision, Entry
from instance import chamber
from instance.dealings import asks
from instance.desk import Desk
from instance.store import records
from instance.web import naming
from instance.web.afterwards import actions
from instance.web.dealings import asks as asking
from instance.web.dealings.asks import Line
from instance.web.naming import Named, Words
from instance.web.states import Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    """An action of one assembly that carries out what all decided.

    ``page`` is its own page, where it is one of ours.
    """

    assembly: Named
    what: Words
    state: Badge
    due: datetime | None
    late: bool
    says: Words | None
    at: datetime
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """What carries out a decision. ``begin`` is what the forms for more are asked with.

    Args:
        begin: such as ``result=…``; empty where nothing can follow yet.
        actions: of all assemblies; only what all decided together has any here.
        done: whether all that was begun is done.
        asks: what follows it and is put to somebody outside.
        together: whether all assemblies decided it.
    """

    begin: str
    actions: tuple[DoneView, ...]
    done: bool
    asks: tuple[Line, ...]
    together: bool


def of_proposal(desk: Desk, entry: Entry) -> Carrying:
    """Show what carries out the result of a proposal; nothing does before it holds."""
    proposal, holds = entry.digest, chamber.in_force(desk, entry)
    if holds is None:
        return Carrying(begin="", actions=(), done=False, asks=(), together=True)
    found = asks.actions(desk, entry, holds)
    return Carrying(
        begin=f"result={naming.in_hex(proposal)}",
        actions=tuple(_done(desk, each) for each in found),
        done=carrying_out.carried_out(found),
        asks=tuple(asking.line(desk, each) for each in asks.about(desk, proposal)),
        together=True,
    )


def of_decision(desk: Desk, entry: Entry) -> Carrying:
    """Show what follows a decision of one assembly; only our own begin here."""
    ours = records.ours(desk.connection)
    passed = isinstance(entry.fact, Decision) and entry.fact.outcome == "passed"
    mine = ours is not None and entry.assembly == ours.id
    return Carrying(
        begin=f"decision={naming.in_hex(entry.digest)}" if passed and mine else "",
        actions=(),
        done=False,
        asks=tuple(asking.line(desk, each) for each in asks.about(desk, entry.digest)),
        together=False,
    )


def _done(desk: Desk, done: Done) -> DoneView:
    action, by = done.action, naming.assembly(desk, done.assembly)
    tone, says = actions.STATES[action.state]
    going = action.state not in ("done", "dropped")
    return DoneView(
        assembly=by,
        what=naming.words(desk, action.what),
        state=Badge(says=says, tone=tone),  # type: ignore[arg-type]
        due=action.due,
        late=going and action.due is not None and action.due < desk.now,
        says=naming.some_words(desk, action.says),
        at=done.entry.published,
        page=f"/actions/{action.action}" if by.ours else None,
    )
