"""What was decided is put to somebody outside, from the page of the decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.dealings import ask
from confederation.errors import NotEntitled, TooEarly, Unknown
from confederation.identifiers import AskId, Digest
from instance import archive, chamber, clerk, node
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, records
from instance.web import asking, moments, telling
from instance.web.dealings import authorities
from instance.web.dealings.asks import follows
from instance.web.forms import Form
from instance.web.naming import in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.sources import From
from instance.web.visits import Member

MOST_IN_NAME: Final = 120
MOST_IN_CONTACT: Final = 300
MOST_IN_TEXT: Final = 4_000
OFFERED: Final = timedelta(days=28)
LONGEST: Final = timedelta(days=730)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """The form by which something is asked."""

    once: str
    follows: From
    field: str
    hex: str
    answer_by: datetime
    authorities: tuple[str, ...]


def routes(site: Site) -> list[Route]:
    async def new_page(request: Request) -> Response:
        asking.an_officer(request, "clerk")
        given = {**request.query_params, **request.state.visit.entered}
        shown = await site.node.look(lambda desk: view_new(desk, given))
        return render(request, "ask_new.html", page=shown, given=given)

    async def put(request: Request, form: Form) -> Response:
        form.only(
            *("once", "decision", "result", "authority", "contact", "text"),
            *("answer_by", "told", "aware"),
        )
        member = asking.an_officer(request, "clerk")
        id = AskId(telling.once(form))
        path = await site.work(lambda desk: _put(desk, id, form, member))
        return see_other(path)

    return [
        site.page("/asks/new", new_page),
        site.form("/asks", put, again=new_page),
    ]


def view_new(desk: Desk, given: Mapping[str, str]) -> NewPage:
    """Show the form for an ask that follows a decision of ours, or of all assemblies.

    Raises:
        Unknown: there is no such decision.
        TooEarly: it was not passed, or not confirmed.
    """
    field, digest, proposal = _followed(desk, given)
    return NewPage(
        once=given.get("once") or desk.new_id(),
        follows=follows(desk, digest, proposal),
        field=field,
        hex=in_hex(digest if proposal is None else proposal),
        answer_by=(desk.now + OFFERED).replace(second=0, microsecond=0),
        authorities=authorities.names(desk),
    )


def _put(desk: Desk, id: AskId, form: Form, member: Member) -> str:
    if not node.exists(desk, f"ask:{id}"):
        given = {name: form.one(name) for name in ("decision", "result")}
        _, digest, proposal = _followed(desk, given)
        authority = form.line("authority", "Whom you ask", most=MOST_IN_NAME)
        contact = form.text("contact", "How they are reached", most=MOST_IN_CONTACT)
        text = form.text("text", "What you ask", most=MOST_IN_TEXT)
        if not form.ticked("aware"):
            telling.check_text(desk, f"{authority}\n{text}")
        answer_by = moments.time(form, "answer_by", "An answer by")
        if answer_by is None or not desk.now < answer_by < desk.now + LONGEST:
            raise Misused("“An answer by” is a time to come, within two years.").of(
                "answer_by"
            )
        command = ask.PutAsk(
            ask=id,
            follows=digest,
            proposal=proposal,
            authority=events.keep_wording(desk.connection, authority),
            contact=events.keep_wording(desk.connection, contact),
            text=events.keep_wording(desk.connection, text),
            answer_by=answer_by.replace(microsecond=0),
            lang=desk.config.language,
            by=member.id,
            at=desk.now,
        )
        asking.carry_out(desk, f"ask:{id}", command)
    published = clerk.published(desk, "Ask", id)
    return "/asks" if published is None else f"/asks/{in_hex(published)}"


def _followed(
    desk: Desk, given: Mapping[str, str]
) -> tuple[str, Digest, Digest | None]:
    """Read which decision or result is put to somebody."""
    if hexadecimal := given.get("result"):
        proposal = chamber.proposal(desk, f"sha256:{hexadecimal}")
        holds = chamber.in_force(desk, proposal)
        ours = records.ours(desk.connection)
        if holds is None:
            raise TooEarly("This is not in force, or not yet.")
        if ours is None or ours.id not in holds.bound:
            raise NotEntitled("This decision does not bind our assembly.")
        return "result", holds.result, proposal.digest
    digest = asking.digest_from(given.get("decision", ""))
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    ours = records.ours(desk.connection)
    if (
        entry is None
        or ours is None
        or entry.assembly != ours.id
        or not isinstance(entry.fact, record.Decision)
    ):
        raise Unknown("Begin from the page of a decision of our assembly.")
    if entry.fact.outcome != "passed":
        raise TooEarly("Only what was decided can be put to somebody.")
    return "decision", entry.digest, None
