"""What ended in a dispute is put again in the same words, and the form is filled in.

An assembly adopts the words once more before they go to all. Then the form names what
they were put as before, and stands in its place.

See docs/decisions/0110-what-was-disputed-may-be-put-again.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.confederal.council import State
from confederation.confederal.ratifying import Course, Stage
from confederation.deciding import motion
from confederation.errors import Invalid, TooEarly
from confederation.identifiers import Commit, MemberId, MotionId
from confederation.record import Entry, Proposal
from instance import chamber, node
from instance.desk import Desk
from instance.store import compacts as changing
from instance.store import events
from instance.web import asking, naming, visits
from instance.web.confederal import standings
from instance.web.deciding import motions
from instance.web.forms import Form
from instance.web.naming import in_hex
from instance.web.site import Site, see_other

OPTION: Final = "clause-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What a proposal said before, as the form for a new one is filled in with it.

    ``amounts`` are those of each clause, in the order of the clauses.
    """

    digest: str
    entered: Mapping[str, str]
    among: tuple[str, ...]
    amounts: tuple[str, ...]


def may(course: Course | None) -> bool:
    """Say whether a proposal may be put again: nothing holds, and it ended or hangs."""
    if course is None:
        return False
    found = course.vote.confirmed
    return (
        course.state in (State.DISPUTED, Stage.NOT_IN_FORCE)
        or course.vote.replaceable
        or (found is not None and found.outcome == "no quorum")
    )


def of_words(desk: Desk, title: str, clauses: tuple[str, ...]) -> Again | None:
    """Find the newest proposal that may be put again and has just these words."""
    for entry in reversed(chamber.proposals(desk)):
        words = _words(desk, entry)
        if words == (title, clauses):
            held = chamber.holding(desk, entry)
            if held is not None and may(standings.course(desk, held)):
                return _filled_in(desk, entry)
    return None


def put(desk: Desk, digest: str, *, by: MemberId) -> MotionId:
    """Put the words of a proposal as a motion to our assembly, once more.

    Raises:
        Invalid: some of its words are withdrawn.
        TooEarly: it may still be settled as it is, or it holds.
        Unknown: no such proposal is held here.
    """
    entry = chamber.proposal(desk, digest)
    held = chamber.holding(desk, entry)
    if held is None or not may(standings.course(desk, held)):
        raise TooEarly("This takes its course, or it holds: it is not put again.")
    words = _words(desk, entry)
    if words is None:
        raise Invalid("Some of its words were withdrawn, so they cannot be put again.")
    title, clauses = words
    id = MotionId(desk.new_id())
    drafted = motion.DraftMotion(
        motion=id,
        title=events.keep_wording(desk.connection, title),
        text=motions.keep_text(desk, clauses),
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"motion:{id}", drafted)
    if held.text.compact_next is not None:
        changing.keep_change(desk.connection, id, version=held.text.compact_next)
    return id


def _words(desk: Desk, entry: Entry) -> tuple[str, tuple[str, ...]] | None:
    text = entry.fact
    assert isinstance(text, Proposal)
    title = events.wording(desk.connection, text.title)
    clauses = [events.wording(desk.connection, each.text) for each in text.clauses]
    found = tuple(each for each in clauses if each is not None)
    if title is None or len(found) < len(clauses):
        return None
    return title, found


def _filled_in(desk: Desk, entry: Entry) -> Again:
    text = entry.fact
    assert isinstance(text, Proposal)
    concerns = text.concerns[0] if len(text.concerns) == 1 else None
    named = {
        "compact": text.compact,
        "amends": entry.digest,
        "issue": text.issue,
        "concerns": concerns,
        "on": text.on,
    }
    return Again(
        digest=entry.digest,
        entered={
            "method": text.method.name,
            "threshold": text.method.threshold or "",
            "seats": "" if text.method.seats is None else str(text.method.seats),
            "kind": "policy" if text.ratify else "administrative",
            "theme": text.theme,
            "why_wider": _said(desk, text.why_wider),
        }
        | {name: in_hex(each) for name, each in named.items() if each is not None},
        among=tuple(
            option.id.removeprefix(OPTION)
            for option in text.options
            if option.id.startswith(OPTION)
        ),
        amounts=tuple(
            "; ".join(f"{name} = {amount}" for name, amount in each.amounts.items())
            for each in text.clauses
        ),
    )


def _said(desk: Desk, commitment: Commit | None) -> str:
    found = naming.some_words(desk, commitment)
    return (found and found.text) or ""


def routes(site: Site) -> list[Route]:
    async def again(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only()
        id = await site.work(lambda desk: put(desk, digest, by=member.id))
        return see_other(f"/motions/{id}")

    return [site.form("/proposals/{hex}/again", again)]
