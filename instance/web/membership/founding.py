"""An assembly is founded once: under a name, with two tellers, by those invited."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import proofs
from activitypub.errors import ProtocolError
from confederation import assembly
from confederation.deciding.rulebook import Teller
from confederation.errors import TooLate
from confederation.identifiers import MemberId, Multikey
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import count_sheets, starting
from instance.store import acts, events, people
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

TELLERS: Final = {
    1: (N_("First teller"), N_("First teller's key")),
    2: (N_("Second teller"), N_("Second teller's key")),
}
KINDS: Final[dict[assembly.Kind, str]] = {
    "place": N_("Of a place: a street, a village, a quarter"),
    "themed": N_("About one theme, such as housing"),
    "co-op": N_("Of a co-op or another body of members"),
    "council": N_("Of delegates"),
    "panel": N_("Of people drawn by lot"),
}
MOST_IN_NAME: Final = 100
MOST_IN_KEY: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingPage:
    """The form, and after it what became of the founding; ``act`` is its number."""

    founded: bool
    published: bool
    act: int | None
    confirmed: int
    people: tuple[tuple[MemberId, str], ...]
    kinds: dict[assembly.Kind, str]
    name: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        the_member(request)
        shown = await site.node.look(view)
        return render(request, "founding.html", page=shown)

    async def found_it(request: Request, form: Form) -> Response:
        form.only("name", "kind", "teller_1", "key_1", "teller_2", "key_2")
        member = the_member(request)
        name = form.line("name", "Name of the assembly", most=MOST_IN_NAME)
        kind = form.choice("kind", "Kind", among=KINDS)
        named = read_tellers(form)
        await site.work(
            lambda desk: found(
                desk,
                member,
                name=name,
                kind=kind,  # type: ignore[arg-type]
                tellers=named,
            )
        )
        return see_other("/founding")

    return [
        site.page("/founding", page),
        site.form("/founding", found_it, again=page),
    ]


def view(desk: Desk) -> FoundingPage:
    """Show the founding as it stands."""
    here = node.assembly_here(desk)
    act = acts.of_subject(desk.connection, "Founding", "it")
    names = people.names(desk.connection)
    return FoundingPage(
        founded=here.founded is not None,
        published=act is not None and act.entry is not None,
        act=None if act is None else act.id,
        confirmed=len(here.founding_confirmed),
        people=tuple((MemberId(id), name) for id, name in names.items()),
        kinds=KINDS,
        name=events.wording(desk.connection, here.founded.name) or ""
        if here.founded
        else "",
    )


def found(
    desk: Desk,
    member: Member,
    *,
    name: str,
    kind: assembly.Kind,
    tellers: tuple[Teller, ...],
) -> None:
    """Found the assembly with everybody who was invited.

    Whoever does it holds every office until the assembly gives them to others.

    Raises:
        TooLate: it is founded already.
        Invalid: the tellers are not two people with two keys.
    """
    if node.assembly_here(desk).founded is not None:
        raise TooLate("This assembly is founded already. That happens once.")
    starting.found(desk, member.id, name=name, kind=kind, tellers=tellers)


def named(kind: str) -> str:
    """Say what kind of assembly one is; an unknown kind by its own name."""
    return next((says for known, says in KINDS.items() if known == kind), kind)


def read_tellers(form: Form) -> tuple[Teller, Teller]:
    """Read two tellers and the public keys that they made.

    Raises:
        Misused: one is not named, or a key is none.
    """
    return _read_teller(form, 1), _read_teller(form, 2)


def _read_teller(form: Form, number: int) -> Teller:
    name, label = TELLERS[number]
    who = form.line(f"teller_{number}", name, most=MOST_IN_KEY)
    key = form.line(f"key_{number}", label, most=MOST_IN_KEY)
    if count_sheets.is_code(key):
        key = count_sheets.public(count_sheets.key(key))
    try:
        proofs.public_key(key)
    except ProtocolError:
        raise Misused(
            "“{label}” is not a public key: it begins with z6Mk. "
            "The teller's own page shows it, and so does “folkmoot key new”. A "
            "teller without a device gives the code on their count sheet.",
            label=label,
        ).of(f"key_{number}") from None
    return Teller(member=MemberId(who), key=Multikey(key))
