"""What an action comes from: the address that led to its form says, its page shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from confederation import record
from confederation.dealings.action import Source
from confederation.errors import TooEarly, Unknown
from instance import archive, chamber, clerk, node
from instance.dealings import asks
from instance.desk import Desk
from instance.store import records
from instance.web.afterwards import points
from instance.web.languages import N_
from instance.web.naming import in_hex


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """What an action comes from, and the page that shows it."""

    says: str
    href: str


def come_from(desk: Desk, source: Source) -> From:
    """Say what an action comes from, with the page that shows it."""
    match source.about:
        case "issue":
            return From(says=_issue_title(desk, source.id), href=f"/issues/{source.id}")
        case "decision":
            return From(
                says=N_("A decision of the assembly"),
                href=_ballot_page(desk, source.id),
            )
        case "point":
            meeting, _, key = source.id.partition(".")
            held = points.of_meeting(desk, meeting)
            known = held.points.get(points.read_key(key))
            says = "" if known is None else points.words(desk, known.what)
            return From(says=says, href=f"/sessions/{meeting}/points")
        case "session":
            meeting_state = node.load(desk, f"session:{source.id}")
            return From(
                says=points.words(desk, meeting_state.called.notice.title),
                href=f"/sessions/{source.id}",
            )
        case "ask":
            return From(says=N_("What we asked of somebody"), href=f"/asks/{source.id}")
        case "result":
            return From(says=_proposed(desk, source.id), href=f"/proposals/{source.id}")
        case "goal":
            return From(says=N_("What we want"), href="/goal")


def asked_for(desk: Desk, given: Mapping[str, str]) -> Source | None:
    """Read what an action comes from out of the address that led to its form.

    Raises:
        Unknown: there is no such thing.
    """
    if given.get("about"):
        given = {given["about"]: given.get("id", "")}
    if id := given.get("point"):
        meeting, _, key = id.partition(".")
        held = points.of_meeting(desk, meeting)
        if points.read_key(key) not in held.points:
            raise Unknown("There is no such point.")
        return Source(about="point", id=id)
    if id := given.get("issue"):
        row = records.entry(desk.connection, f"sha256:{id}")
        if row is None or row["type"] != "Issue":
            raise Unknown("No such issue is known here.")
        return Source(about="issue", id=id)
    if id := given.get("decision"):
        return Source(about="decision", id=_ballot_of(desk, id))
    if id := given.get("ask"):
        return Source(about="ask", id=in_hex(asks.entry(desk, f"sha256:{id}").digest))
    if id := given.get("result"):
        proposal = chamber.proposal(desk, f"sha256:{id}")
        if chamber.in_force(desk, proposal) is None:
            raise TooEarly("Only what is in force is carried out by the assemblies.")
        return Source(about="result", id=in_hex(proposal.digest))
    if id := given.get("session"):
        node.load(desk, f"session:{id}")
        return Source(about="session", id=id)
    return Source(about="goal", id="it") if given.get("goal") else None


def _ballot_of(desk: Desk, id: str) -> str:
    """Return the ballot behind a decision, which is named by its entry or itself."""
    row = records.entry(desk.connection, f"sha256:{id}")
    fact = None if row is None else archive.read(desk, row).fact
    if isinstance(fact, record.Decision):
        return fact.ballot
    node.load(desk, f"ballot:{id}")
    return id


def _ballot_page(desk: Desk, ballot: str) -> str:
    digest = clerk.published(desk, "Decision", ballot)
    return f"/ballots/{ballot}" if digest is None else f"/decisions/{in_hex(digest)}"


def _proposed(desk: Desk, hexadecimal: str) -> str:
    proposal = chamber.proposal(desk, f"sha256:{hexadecimal}").fact
    assert isinstance(proposal, record.Proposal)
    return points.words(desk, proposal.title)


def _issue_title(desk: Desk, hexadecimal: str) -> str:
    row = records.entry(desk.connection, f"sha256:{hexadecimal}")
    fact = None if row is None else archive.read(desk, row).fact
    return points.words(desk, fact.title) if isinstance(fact, record.Issue) else ""
