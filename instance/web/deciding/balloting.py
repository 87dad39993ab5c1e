"""Which ballots decided on a matter, as forms offer them to whoever carries it out."""

from dataclasses import dataclass
from datetime import datetime

from confederation.deciding import ballot
from confederation.deciding.question import Terms
from confederation.errors import Unknown
from confederation.identifiers import BallotId, Commit, Digest
from instance import clerk, node
from instance.deciding import voting
from instance.desk import Desk
from instance.store import acts
from instance.store.acts import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A closed ballot; ``confirmed`` says whether its decision is in the record."""

    ballot: BallotId
    question: str
    outcome: str
    at: datetime
    subject: Digest | None
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that two tellers have yet to confirm, or the clerk to publish."""

    number: int
    type: str
    confirmations: int
    needs: int


def the_ballot(desk: Desk, id: BallotId) -> ballot.State:
    """Return a ballot.

    Raises:
        Unknown: there is none of that id.
    """
    if not node.exists(desk, f"ballot:{id}"):
        raise Unknown("There is no such ballot here.")
    state: ballot.State = node.load(desk, f"ballot:{id}")
    return state


def decided(
    desk: Desk, *, subject: Digest | None = None, text: Commit | None = None
) -> tuple[Decision, ...]:
    """List the closed ballots on a subject or on a text, the newest first."""
    found = []
    for id, state in node.load_all(desk, "ballot").items():
        opened, closed = state.opened, state.decided
        if opened is None or closed is None:
            continue
        terms = opened.terms
        if (subject is not None and terms.subject == subject) or (
            text is not None and terms.text == text
        ):
            found.append(
                Decision(
                    ballot=BallotId(id),
                    question=voting.read_paper(desk, terms).question,
                    outcome=closed.result.outcome,
                    at=closed.at,
                    subject=terms.subject,
                    confirmed=_published(desk, id, terms) is not None,
                )
            )
    return tuple(found)


def _published(desk: Desk, id: str, terms: Terms) -> Digest | None:
    within = terms.sub_assembly is not None
    return clerk.published(desk, "RemitDecision" if within else "Decision", id)


def going_on(
    desk: Desk, text: Commit, subject: Digest | None = None
) -> BallotId | None:
    """Return the ballot that is open on a text, and on a subject if it has one."""
    for id, state in node.load_all(desk, "ballot").items():
        held: ballot.State = state
        if held.is_open:
            terms = voting.terms_of(held)
            if (terms.text, terms.subject) == (text, subject):
                return BallotId(id)
    return None


def waiting(desk: Desk, *subjects: str) -> tuple[Waiting, ...]:
    """List the acts on these subjects that are not in the record yet.

    A subject ends with a space where any that begins with it is meant.
    """
    return tuple(
        Waiting(
            number=act.id,
            type=act.type,
            confirmations=len(act.confirmations),
            needs=act.needs,
        )
        for act in acts.waiting(desk.connection)
        if any(_is_about(act, subject) for subject in subjects)
    )


def _is_about(act: Act, subject: str) -> bool:
    if subject.endswith(" "):
        return act.subject.startswith(subject)
    return act.subject == subject
