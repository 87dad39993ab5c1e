"""Who is in a pool stays here and is forgotten; what anybody needs to check is told.

A person is a ticket from the moment that they are in. Their name is beside it for the
clerk alone, where they are a member or came on paper.
"""

import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from markupsafe import Markup

from confederation.counting import lot
from confederation.errors import ByNumber, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import Commit, Digest, MemberId, PanelId, Ticket
from confederation.membership import panel
from confederation.sortition import lottery, quotas, replacing
from confederation.sortition.acts import How
from confederation.sortition.quotas import Feature, Person
from instance import decoding, node, speech
from instance.desk import Desk
from instance.languages import phrased
from instance.membership import checking_draws
from instance.membership.checking_draws import Facts, Material
from instance.membership.solving import Made, Task
from instance.store import events, pools, seeds

LETTERS: Final = "ACDEFGHJKLMNPQRTUVWXY3479"
"""What tickets are made of: nothing that looks or sounds like something else."""
LONG: Final = 6
SEED_BYTES: Final = 32
MOST_SEEDS: Final = 50


def begin(
    desk: Desk,
    id: str,
    *,
    question: Commit,
    decision: Digest,
    places: int,
    features: tuple[Feature, ...],
    how: How,
    ours: Commit,
    by: MemberId,
) -> None:
    """Set up a panel, and commit to a seed of our own where it is drawn by seeds.

    Raises:
        Refused: it cannot be so; nothing was changed.
    """
    command = panel.BeginPanel(
        panel=PanelId(id),
        question=question,
        decision=decision,
        places=places,
        features=features,
        how=how,
        by=by,
        at=desk.now,
    )
    if not act(desk, id, command):
        return
    events.release(desk.connection, [question])
    pools.begin(desk.connection, id, salt=secrets.token_hex(16))
    if how == "seeds":
        commit_ours(desk, id, party=ours, by=by)


def commit_ours(desk: Desk, id: str, *, party: Commit, by: MemberId) -> None:
    """Commit to a seed of our own for a draw of ours."""
    commitment = new_seed(desk, panel=id, what="")
    commit(desk, id, party=party, commitment=commitment, by=by)


def commit(
    desk: Desk, id: str, *, party: Commit, commitment: Digest, by: MemberId | None
) -> None:
    """Note who committed to what."""
    act(
        desk,
        id,
        panel.CommitSeed(party=party, commitment=commitment, by=by, at=desk.now),
    )
    events.release(desk.connection, [party])


def new_seed(desk: Desk, *, panel: str | None, what: str) -> Digest:
    """Make a seed, keep it sealed, and return what commits to it."""
    seed = secrets.token_hex(SEED_BYTES)
    commitment = lot.commitment(seed)
    pools.keep_seed(
        desk.connection,
        commitment,
        panel=panel,
        what=what,
        sealed=desk.vault.seal(commitment, seed.encode()),
        at=desk.now,
    )
    return commitment


def is_ours(desk: Desk, commitment: Digest) -> bool:
    """Whether this node has the seed behind a commitment, and has not told it."""
    return pools.sealed_seed(desk.connection, commitment) is not None


def open_seed(desk: Desk, commitment: Digest) -> str:
    """Tell a seed of ours: from now on anybody may read it.

    Raises:
        Unknown: it is none of ours, or was told before.
    """
    sealed = pools.sealed_seed(desk.connection, commitment)
    if sealed is None:
        raise Unknown("This node has no such seed to tell.")
    seed = desk.vault.open(commitment, sealed).decode()
    pools.tell_seed(desk.connection, commitment, seed)
    return seed


def tell(
    desk: Desk, id: str, commitment: Digest, seed: str | None, *, by: MemberId | None
) -> None:
    """Tell a seed, ours where ``seed`` is None; draw where it was the last one."""
    if load(desk, id).made is None:
        raise TooEarly("The lot is drawn once the list of panels is made.")
    if seed is None:
        seed = open_seed(desk, commitment)
    act(
        desk,
        id,
        panel.TellSeed(commitment=commitment, seed=seed, by=by, at=desk.now),
    )
    draw_if_known(desk, id, by=by)


def draw_if_known(desk: Desk, id: str, *, by: MemberId | None) -> None:
    """Draw the panel if the number is known by now."""
    state = load(desk, id)
    came = panel.lot_of(state)
    if came is None or state.drawn is not None:
        return
    drawn = made(desk, id).panels[came[0]]
    act(desk, id, panel.DrawPanel(tickets=drawn, by=by, at=desk.now))


def join(
    desk: Desk,
    id: str,
    *,
    member: MemberId | None,
    says: Mapping[str, str],
    household: str,
    note: str = "",
) -> Ticket:
    """Put somebody in a pool; return their ticket. A member is in it once.

    ``household`` is what all of a household write alike. Only a mark of it is kept.

    Raises:
        Invalid: something was said that was not offered.
        TooLate: the pool is frozen, or full.
    """
    state = open_pool(desk, id)
    there = None if member is None else pools.place_of(desk.connection, id, member)
    if there is None and pools.size(desk.connection, id) >= quotas.MOST_PEOPLE:
        raise TooLate("This pool is full.")
    ticket = there.person.ticket if there else _new_ticket(desk, id)
    person = Person(
        ticket=ticket,
        says={name: said for name, said in says.items() if said},
        household=_mark(desk, id, household),
    )
    quotas.check_pool([person], state.rules)
    pools.put(
        desk.connection,
        id,
        ticket=ticket,
        member=member,
        says=person.says,
        household=person.household,
        note=note,
    )
    return ticket


def take_out(desk: Desk, id: str, ticket: str) -> None:
    """Take somebody out of a pool that is open.

    Raises:
        TooLate: the pool is frozen.
    """
    open_pool(desk, id)
    pools.take_out(desk.connection, id, ticket)


def forget_member(desk: Desk, member: MemberId) -> None:
    """Take whoever leaves out of the pools that are open.

    Where a pool is frozen their ticket stays, and is nobody's.
    """
    for id in pools.panels_with(desk.connection, member):
        place = pools.place_of(desk.connection, id, member)
        if place is not None and load(desk, id).stage == "pool open":
            pools.take_out(desk.connection, id, place.person.ticket)


def freeze(desk: Desk, id: str, *, by: MemberId) -> None:
    """Freeze a pool as it is now."""
    state = open_pool(desk, id)
    people = people_in(desk, id)
    fixed = lottery.pool_digest(people, state.rules, salt=_salt(desk, id))
    act(
        desk,
        id,
        panel.FreezePool(pool=fixed, size=len(people), by=by, at=desk.now),
    )


def task(desk: Desk, id: str, *, length: int = lottery.USUAL_LENGTH) -> Task:
    """Return what the solver makes a list of.

    Raises:
        TooEarly: the quotas are not set.
        TooLate: the list is made.
    """
    state = load(desk, id)
    if state.made is not None:
        raise TooLate("The list of panels is made, and nothing changes any more.")
    if state.stage != "quotas set":
        raise TooEarly("The list of panels is made once the quotas are set.")
    return Task(rules=state.rules, people=tuple(people_in(desk, id)), length=length)


def keep(desk: Desk, id: str, asked: Task, found: Made, *, by: MemberId) -> None:
    """Fix the list that the solver made."""
    people, rules = asked.people, asked.rules
    least = min(lottery.chances(found.panels, people).values())
    bound = lottery.bound(found.certificate, people, rules)
    salt = _salt(desk, id)
    pool = lottery.pool_digest(people, rules, salt=salt)
    fixed = lottery.list_digest(found.panels, rules, pool=pool, salt=salt)
    pools.keep_list(desk.connection, id, msgspec.json.encode(found))
    act(
        desk,
        id,
        panel.MakeList(
            fixed=fixed,
            quotas=rules.quotas,
            length=len(found.panels),
            least=int(least * len(found.panels)),
            bound=f"{bound.numerator}/{bound.denominator}",
            by=by,
            at=desk.now,
        ),
    )


def pass_on(desk: Desk, id: str, ticket: Ticket, *, by: MemberId, clerk: bool) -> None:
    """Draw who comes in place of somebody who cannot.

    Raises:
        NotEntitled: it is somebody else's place, and it is not the clerk who says so.
        Unknown: nobody sits by this ticket.
    """
    state = load(desk, id)
    there = pools.place(desk.connection, id, ticket)
    if state.drawn is None or there is None or ticket not in state.seated:
        raise Unknown("Nobody sits on the panel by this ticket.")
    if not clerk and there.member != by:
        raise NotEntitled("This is somebody else's place.")
    people = {each.ticket: each for each in people_in(desk, id)}
    comer = replacing.replacement(
        there.person,
        [people[each] for each in state.seated],
        people.values(),
        state.rules,
        out=[each.out for each in state.passed_on],
        seed=state.drawn.seed,
    )
    into = None if comer is None else comer.ticket
    # The log says who did what, and a member's name beside a ticket is for nobody.
    named = by if clerk else None
    act(desk, id, panel.PassOnPlace(out=ticket, into=into, by=named, at=desk.now))


def forget(desk: Desk, id: str, *, by: MemberId) -> None:
    """Forget who was in a pool."""
    act(desk, id, panel.ForgetPool(by=by, at=desk.now))
    pools.forget(desk.connection, id)


# What is known of a panel


def load(desk: Desk, id: str) -> panel.State:
    """Return a panel.

    Raises:
        Unknown: there is none.
    """
    if not node.exists(desk, f"panel:{id}"):
        raise Unknown("There is no such panel here.")
    state: panel.State = node.load(desk, f"panel:{id}")
    return state


def open_pool(desk: Desk, id: str) -> panel.State:
    """Return a panel whose pool is open.

    Raises:
        TooLate: it is frozen, or not yet open.
    """
    state = load(desk, id)
    if state.stage != "pool open":
        raise TooLate("The pool is not open: nobody comes in or goes out.")
    return state


def people_in(desk: Desk, id: str) -> list[Person]:
    """Return everybody in a pool, by their tickets."""
    return [each.person for each in pools.places(desk.connection, id)]


def made(desk: Desk, id: str) -> Made:
    """Return the list of panels.

    Raises:
        Unknown: there is none, or it is forgotten.
    """
    kept = pools.kept_list(desk.connection, id)
    if kept is None:
        raise Unknown("There is no list of panels here, or it is forgotten.")
    return decoding.decode(kept, Made)


def material(desk: Desk, id: str) -> Material:
    """Return what whoever checks the draw needs, and nobody else is given.

    Raises:
        Unknown: there is no list, or it is forgotten.
    """
    found, state = made(desk, id), load(desk, id)
    drawn = () if state.drawn is None else state.drawn.tickets
    return Material(
        salt=_salt(desk, id),
        people=tuple(people_in(desk, id)),
        panels=found.panels,
        certificate=found.certificate,
        drawn=drawn,
        out=tuple(each.out for each in state.passed_on),
        into=tuple(each.into for each in state.passed_on),
    )


def facts(desk: Desk, id: str) -> Facts:
    """Return what everybody may know of a draw."""
    state = load(desk, id)
    theirs = {each.commitment for each in state.seeds}
    signed = (
        document
        for each in seeds.asked_for(desk.connection, id)
        for document in (each.given, each.told)
        if each.commitment in theirs and document is not None
    )
    return checking_draws.facts(state, signed)


def act(desk: Desk, id: str, command: panel.Command) -> tuple[Any, ...]:
    """Carry out a command on a panel, and tell everybody how far it has come."""
    happened = node.perform(desk, f"panel:{id}", command)
    for event in happened:
        _tell(desk, id, event)
    return happened


def _tell(desk: Desk, id: str, event: object) -> None:
    state = load(desk, id)
    assert state.begun is not None
    question = events.wording(desk.connection, state.begun.question) or ""
    match event:
        case panel.PoolOpened():
            says = phrased("A panel is to be drawn by lot. Its pool is open.")
        case panel.PoolFrozen(size=size, pool=pool):
            says = phrased(
                ByNumber(
                    "The pool is frozen, with {size} person in it. It is fixed by "
                    "{pool}.",
                    "The pool is frozen, with {size} people in it. It is fixed by "
                    "{pool}.",
                ),
                size=size,
                pool=pool,
            )
        case panel.ListMade(length=length, fixed=fixed):
            says = phrased(
                ByNumber(
                    "The list of {length} panel is made, and fixed by {fixed}. One of "
                    "them is drawn next.",
                    "The list of {length} panels is made, and fixed by {fixed}. One of "
                    "them is drawn next.",
                ),
                length=length,
                fixed=fixed,
            )
        case panel.PanelDrawn(number=number):
            says = phrased(
                "The panel is drawn: it is number {number} on the list.", number=number
            )
        case panel.SeedsSetAside():
            says = phrased(
                "Somebody who had committed to a seed did not tell it in time. The "
                "draw begins again, with new seeds."
            )
        case panel.PanelReported():
            says = phrased("The panel has made its report.")
        case _:
            return
    html = Markup("<p><strong>{}</strong></p><p>{}</p>").format(question, says)
    speech.say(desk, html=str(html), title=question, page=f"/panels/{id}")


def _new_ticket(desk: Desk, id: str) -> Ticket:
    while True:
        ticket = Ticket("".join(secrets.choice(LETTERS) for _ in range(LONG)))
        if pools.place(desk.connection, id, ticket) is None:
            return ticket


def _mark(desk: Desk, id: str, household: str) -> str:
    plain = "".join(re.findall(r"\w", household.casefold()))
    if not plain:
        return ""
    return sha256(f"{_salt(desk, id)}\n{plain}".encode()).hexdigest()[:16]


def _salt(desk: Desk, id: str) -> str:
    salt = pools.salt(desk.connection, id)
    if salt is None:
        raise Unknown("Who was in this pool is forgotten.")
    return salt
