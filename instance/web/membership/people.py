"""Who the members are, what each does for the others, and how one is let in.

Names stay on this page: it is for members, and nothing on it federates.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly
from confederation.assembly import office
from confederation.errors import Filled, Series, Unknown
from confederation.identifiers import MemberId
from confederation.membership.entitlement import OFFICERS
from instance import clerk, node
from instance.desk import Desk
from instance.membership import belonging, welcome
from instance.membership.welcome import Invitation
from instance.store import claims, people
from instance.web.deciding import count_sheets
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting.roles import Wish, wishes
from instance.web.once import Once
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

ROLES: Final[dict[str, str]] = {
    "clerk": N_("Clerk: publishes what was decided, and decides nothing"),
    "registrar": N_("Registrar: lets members in"),
    "facilitator": N_("Facilitator: opens and closes meetings and ballots"),
    "convenor": N_("Convenor: calls meetings"),
    "note-taker": N_("Note-taker: writes down what the assembly changed"),
}
EVIDENCE: Final = {
    "self": N_("by their own word"),
    "vouched": N_("a member vouches for them"),
    "seen in person": N_("seen in person"),
    "documentary": N_("by a document"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member, or somebody invited.

    ``ended`` are roles whose term is over; ``anew`` those that the meeting that is on
    can give them again.
    """

    id: MemberId
    name: str
    roles: tuple[str, ...]
    teller: bool
    evidence: str
    by_stub: bool = False
    ended: frozenset[str] = frozenset()
    anew: tuple[str, ...] = ()

    @property
    def offices(self) -> Series:
        """What they do for the others, in words."""
        return Series(
            (
                *((N_("teller"),) if self.teller else ()),
                *(
                    Filled("{role} (the term is over)", role=OFFICERS[role])
                    if role in self.ended
                    else OFFICERS[role]
                    for role in self.roles
                ),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForTwo:
    """What waits for a second member; ``mine`` says that they may be that one."""

    number: int
    name: str
    into: str | None
    by: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """The members, or before the founding those who were invited."""

    founded: bool
    people: tuple[Person, ...]
    may_add: bool
    myself: MemberId
    may_give_roles: bool
    roles: dict[str, str]
    evidence: dict[str, str]
    fresh: Invitation | None
    fresh_name: str
    tellers_ended: bool
    meets: bool
    wishes: tuple[Wish, ...]
    for_two: tuple[ForTwo, ...] = ()
    at_machine: tuple[tuple[str, datetime], ...] = ()


def routes(site: Site) -> list[Route]:
    once = Once[Invitation]()

    async def page(request: Request) -> Response:
        member = the_member(request)
        fresh = once.take(member.id, request.query_params.get("made", ""))
        shown = await site.node.look(lambda desk: view(desk, member, fresh))
        return render(request, "people.html", page=shown)

    async def add(request: Request, form: Form) -> Response:
        form.only("name")
        member = the_member(request)
        name = form.line("name", "Name", most=welcome.LONGEST_NAME)
        invitation = await site.work(lambda desk: let_in(desk, name, by=member.id))
        return see_other(f"/people?made={once.keep(member.id, invitation)}")

    async def invite_again(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        made = await site.work(lambda desk: new_code(desk, _of(request), by=member.id))
        if made is None:
            return see_other("/people#two")
        return see_other(f"/people?made={once.keep(member.id, made)}")

    async def merge(request: Request, form: Form) -> Response:
        form.only("into")
        member = the_member(request)
        into = MemberId(form.line("into", N_("Which entry stays"), most=100))
        await site.work(
            lambda desk: belonging.ask_to_merge(desk, _of(request), into, by=member.id)
        )
        return see_other("/people#two")

    async def vouch(request: Request, form: Form) -> Response:
        member = the_member(request)
        form, second = await count_sheets.acting(site, request, form, member)
        form.only()
        number: int = request.path_params["number"]
        made = await site.work(lambda desk: belonging.vouch(desk, number, by=second.id))
        if made is None:
            return see_other("/people")
        return see_other(f"/people?made={once.keep(member.id, made)}")

    async def change_role(request: Request, form: Form) -> Response:
        form.only("role", "give")
        member = the_member(request)
        role = form.choice("role", "Role", among=ROLES)
        give = form.choice("give", N_("Give or take"), among=("yes", "no"))

        def change(desk: Desk) -> None:
            kind = assembly.GrantRole if give == "yes" else assembly.EndRole
            command = kind(
                member=_of(request),
                role=role,  # type: ignore[arg-type]
                by=member.id,
                at=desk.now,
            )
            if isinstance(command, assembly.GrantRole):
                past = node.meetings(desk, node.assembly_here(desk))
                command = replace(command, meetings=past)
            node.perform(desk, "assembly:it", command)

        await site.work(change)
        return see_other(f"/people#{_of(request)}")

    async def change_evidence(request: Request, form: Form) -> Response:
        form.only("evidence")
        member = the_member(request)
        evidence = form.choice("evidence", "How we know them", among=EVIDENCE)

        def change(desk: Desk) -> None:
            command = assembly.ChangeEvidence(
                member=_of(request),
                evidence=evidence,  # type: ignore[arg-type]
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, "assembly:it", command)

        await site.work(change)
        return see_other("/people")

    return [
        site.page("/people", page),
        site.form("/people", add, again=page),
        site.form("/people/{id}/roles", change_role, again=page),
        site.form("/people/{id}/evidence", change_evidence, again=page),
        site.form("/people/{id}/invite", invite_again, again=page),
        site.form("/people/{id}/merge", merge, again=page),
        site.form("/people/two/{number:int}", vouch, again=page),
    ]


def view(desk: Desk, member: Member, fresh: Invitation | None) -> PeoplePage:
    """Show who is here, to one of them."""
    here = node.assembly_here(desk)
    names = people.names(desk.connection)
    founded = here.founded is not None
    tellers = {teller.member for teller in here.tellers}
    by_stub = claims.members(desk.connection)
    past = node.meetings(desk, here)
    return PeoplePage(
        founded=founded,
        people=tuple(
            Person(
                id=MemberId(id),
                name=name,
                roles=tuple(sorted(here.members[MemberId(id)].roles))
                if founded
                else (),
                teller=MemberId(id) in tellers,
                evidence=here.members[MemberId(id)].evidence if founded else "self",
                by_stub=id in by_stub,
                ended=office.ended(here, MemberId(id), past, at=desk.now),
                anew=_anew(here, MemberId(id), past, desk.now) if founded else (),
            )
            for id, name in names.items()
            if not founded or MemberId(id) in here.members
        ),
        may_add=not founded or may(member, assembly.AddMember),
        myself=member.id,
        may_give_roles=founded and may(member, assembly.GrantRole),
        roles=ROLES,
        evidence=EVIDENCE,
        fresh=fresh,
        fresh_name=names.get(fresh.member, "") if fresh else "",
        tellers_ended=office.tellers_ended(here, past, at=desk.now),
        meets=office.meets(past, at=desk.now),
        wishes=wishes(desk, "clerk")
        if founded and may(member, assembly.GrantRole)
        else (),
        for_two=tuple(
            ForTwo(
                number=asked.number,
                name=names.get(asked.member, ""),
                into=None if asked.into is None else names.get(asked.into, ""),
                by=names.get(asked.by, ""),
                mine=member.id not in {asked.by, asked.member, asked.into},
            )
            for asked in belonging.waiting(desk)
        ),
        at_machine=tuple(belonging.at_machine(desk)),
    )


def _anew(
    here: assembly.State, member: MemberId, past: assembly.Meetings, at: datetime
) -> tuple[str, ...]:
    return tuple(
        role
        for role in sorted(here.members[member].roles)
        if office.renewable(here, member, role, past, at=at)
    )


def let_in(desk: Desk, name: str, *, by: MemberId) -> Invitation:
    """Let a person in: by anybody before the founding, by the registrar after it."""
    invitation = welcome.invite(desk, name, by=by)
    clerk.publish_ready(desk)
    return invitation


def new_code(desk: Desk, member: MemberId, *, by: MemberId) -> Invitation | None:
    """Make a fresh link and code for somebody who is in already.

    Before the founding at once; after it None: a second member sees to it first.

    Raises:
        NotEntitled: the registrar does this, once the assembly is founded.
        Unknown: nobody here is meant.
    """
    if people.name_of(desk.connection, member) is None:
        raise Unknown("Nobody by that name is here.")
    if node.assembly_here(desk).founded is None:
        return welcome.new_link(desk, member)
    belonging.ask_for_code(desk, member, by=by)
    return None


def _of(request: Request) -> MemberId:
    return MemberId(request.path_params["id"])
