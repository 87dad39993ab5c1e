"""While the pen is out forms wait, and are played in their order once it is back.

Only forms for which an hour makes no difference wait. A vote never does, nor anything
of a meeting that goes on: that is done in the hall, or not at all. What waits is
carried out by the very code that its own page has, for its author, with the roles that
they have by then. A form on which the program fails stands aside, and with it what its
author sent after it; those of others go on.
"""

import asyncio
import functools
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog
from itsdangerous import Signer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from activitypub import canonical
from activitypub.errors import Malformed
from confederation.errors import NotEntitled, Refused
from instance import node as nodes
from instance.desk import Desk
from instance.errors import Misused, NoRoom, PenElsewhere
from instance.node import Node
from instance.store import lending, waiting_forms
from instance.store.waiting_forms import Waiting
from instance.web import visits
from instance.web.forms import TOKEN, Form
from instance.web.languages import N_
from instance.web.rendering import Frame
from instance.web.visits import Visit

LOOK_AGAIN: Final = 0.5
"""Seconds after which we look whether the pen is back."""

TRIES: Final = 3
"""How often a form is tried before it stands aside until the node is started again."""

FORMS: Final[Mapping[str, str]] = {
    "issues": N_("Issues"),
    "motions": N_("Motions"),
    "proposals": N_("Deciding together"),
    "compacts": N_("What assemblies agreed on"),
    "polls": N_("Straw polls"),
    "actions": N_("What needs a hand"),
    "aid": N_("Needs and offers"),
    "thanks": N_("Thank you, and well done"),
    "goal": N_("What we want"),
    "outreach": N_("Inviting everybody"),
    "sessions": N_("Meetings"),
}
"""What the pages are called whose forms wait, by the first word of their path."""

WAITS: Final = re.compile(
    rf"/(?:{'|'.join(FORMS.keys() - {'sessions'})})"
    r"(?:/(?!.*(?:vote|hand-in)$).*)?|/sessions"
)
"""The forms that may wait. All others are refused while the pen is out."""

NO_LONGER: Final = N_(
    "When the pen came back you were no member any longer, so this was not done."
)
NOT_YET: Final = N_(
    "The program fails on this, so it could not be carried out yet. It is kept, with "
    "whatever you sent after it, and tried again when the node is next started."
)
NO_SUCH_FORM: Final = N_("There is no such form any longer, so this was not done.")

Act = Callable[[Request, Form], Awaitable[Response]]
log = structlog.get_logger()


class Offers(Protocol):
    """What a site has for this: its node, and its forms by the routes to them."""

    @property
    def node(self) -> Node: ...
    @property
    def acts(self) -> list[tuple[Route, Act]]: ...
    @property
    def stirred(self) -> Callable[[], None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a form that waited went, as its author sees it."""

    noun: str
    about: str
    at: datetime
    state: str
    says: str
    typed: tuple[tuple[str, str], ...]


def may_wait(request: Request) -> bool:
    """Whether a form that cannot be carried out now is one that waits."""
    visit: Visit = request.state.visit
    form: Form | None = getattr(request.state, "form", None)
    return (
        form is not None
        and not form.files
        and visit.member is not None
        and WAITS.fullmatch(request.url.path) is not None
    )


async def keep(node: Node, request: Request) -> None:
    """Let a form wait, on the disk, for whoever sent it."""
    member = visits.the_member(request)
    form: Form = request.state.form
    body = json.dumps(
        {name: list(each) for name, each in form.values.items() if name != TOKEN}
    )

    def write(desk: Desk) -> None:
        waiting_forms.keep(
            desk.connection,
            member=member.id,
            path=request.url.path,
            body=body,
            at=canonical.write_time(desk.now),
        )

    await node.work(write)


def outcomes(desk: Desk, member: str) -> tuple[Outcome, ...]:
    """Return what a member sent while the pen was out, and how it went."""
    return tuple(
        Outcome(
            noun=(noun := each.path.split("/")[1]),
            about=FORMS[noun],
            at=canonical.read_time(each.at),
            state=each.state,
            says=each.says,
            typed=_typed(each),
        )
        for each in waiting_forms.of(desk.connection, member)
    )


async def play_on(site: Offers) -> None:
    """Carry out what waits whenever the pen is here, until cancelled."""
    tries: Counter[int] = Counter()
    while True:
        # A form on which we fail is tried again; it is not lost, and nor is the node.
        try:
            while await play_next(site, tries):
                site.stirred()
        except Exception:
            log.exception("waiting form failed")
        await asyncio.sleep(LOOK_AGAIN)


async def play_next(site: Offers, tries: Counter[int]) -> bool:
    """Carry out the form that waits first; False if none does, or the pen is out.

    It is done and crossed off in one transaction, so wherever the node is killed, it is
    done once.

    Args:
        site: whose form it is.
        tries: how often each form was tried since the node started; counted on here.
    """
    aside = [id for id, times in tries.items() if times >= TRIES]

    def find(desk: Desk) -> tuple[Waiting, Visit, Frame] | None:
        if lending.is_lent(desk.connection):
            return None
        form = waiting_forms.next_one(desk.connection, aside=aside)
        if form is None:
            return None
        visit = Visit(
            session=visits.new_session(),
            signer=Signer(visits.new_session()),
            member=visits.member_of(desk, form.member),
            kept=True,
        )
        return form, visit, Frame(now=desk.now)

    found = await site.node.look(find)
    if found is None:
        return False
    form, visit, frame = found
    dealt = functools.partial(waiting_forms.dealt_with, id=form.id)
    tries[form.id] += 1
    try:
        if visit.member is None:
            raise NotEntitled(NO_LONGER)
        with nodes.together(lambda desk: dealt(desk.connection, state="done")):
            await _carry_out(site, form, visit, frame)
        # Where nothing was to be changed it was not crossed off together with anything.
        await site.node.work(lambda desk: dealt(desk.connection, state="done"))
    except (PenElsewhere, NoRoom):
        # The pen was lent again since we looked, or the disk is full: no fault of the
        # form, which waits on.
        tries[form.id] -= 1
        return False
    except (Refused, Misused, Malformed) as reason:
        says = str(reason)
        await site.node.work(
            lambda desk: dealt(desk.connection, state="refused", says=says)
        )
    except HTTPException:
        await site.node.work(
            lambda desk: dealt(desk.connection, state="refused", says=NO_SUCH_FORM)
        )
    except Exception:
        if tries[form.id] == TRIES:
            await site.node.work(
                lambda desk: dealt(desk.connection, state="waiting", says=NOT_YET)
            )
        raise
    del tries[form.id]
    await site.node.database.forget_steps()
    return True


async def _carry_out(site: Offers, form: Waiting, visit: Visit, frame: Frame) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": form.path,
        "raw_path": form.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", site.node.config.host.encode())],
        "scheme": site.node.config.scheme,
        "server": (site.node.config.host, None),
        "client": ("127.0.0.1", 0),
        "state": {"visit": visit, "frame": frame},
    }
    values = {name: tuple(each) for name, each in json.loads(form.body or "{}").items()}
    for route, act in site.acts:
        match, more = route.matches(scope)
        if match is Match.FULL:
            await act(
                Request({**scope, **more}),
                Form(values=values, zone=site.node.config.zone),
            )
            return
    raise HTTPException(404)


def _typed(form: Waiting) -> tuple[tuple[str, str], ...]:
    """What somebody wrote, so that they can send it once more."""
    body: dict[str, list[str]] = json.loads(form.body or "{}")
    return tuple(
        (name.replace("_", " "), "\n".join(filter(None, values)))
        for name, values in body.items()
        if any(values)
    )
