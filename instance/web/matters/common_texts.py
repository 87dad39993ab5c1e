"""A common text: who drafts it, what each change says, and what is frozen.

Nobody's page is the right one: every node that holds the same records shows the same.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.identifiers import AssemblyId, Digest
from confederation.matters import common_text, drafts
from confederation.matters.drafts import (
    Drafting,
    Objected,
    Objection,
    Status,
    Version,
)
from instance.desk import Desk
from instance.matters import drafting
from instance.store import events, records
from instance.web import asking, differences, naming
from instance.web.deciding.motions import EMPTY_CLAUSES, MOST_IN_TITLE, read_clauses
from instance.web.differences import Change
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member, signed_in, the_member

MOST_IN_REASON: Final = 4_000
MOST_IN_ROUND: Final = 1_000_000
GONE: Final = N_("(text withdrawn)")
STATUSES: Final[dict[Status, Badge]] = {
    "draft": Badge(says=N_("A draft"), tone="going"),
    "redrafted": Badge(says=N_("A new version by who wrote it"), tone="going"),
    "offered": Badge(says=N_("Offered"), tone="waiting"),
    "contested": Badge(says=N_("Contested"), tone="not"),
    "friendly-accepted": Badge(says=N_("Taken in, as a friendly one"), tone="going"),
    "adopted": Badge(says=N_("Adopted by most of them"), tone="going"),
    "stale": Badge(says=N_("Stale: the others went on from another"), tone="quiet"),
    "withdrawn": Badge(says=N_("Withdrawn"), tone="quiet"),
    "frozen": Badge(says=N_("Frozen: the same text everywhere"), tone="done"),
}
OBJECTED: Final[dict[Objected, Badge]] = {
    "raised": Badge(says=N_("To be tested by another assembly"), tone="waiting"),
    "valid": Badge(says=N_("Found valid: to be answered in the text"), tone="not"),
    "not valid": Badge(says=N_("Found not valid"), tone="quiet"),
    "answered": Badge(
        says=N_("A new version answers it: who objected says whether it does"),
        tone="waiting",
    ),
    "integrated": Badge(says=N_("Answered in the text"), tone="done"),
    "stands": Badge(says=N_("Stands"), tone="not"),
    "withdrawn": Badge(says=N_("Withdrawn"), tone="quiet"),
}
STANDS: Final[dict[str | None, str]] = {
    "offered": N_("offers it"),
    "taken in": N_("goes on from it"),
    "agreed": N_("agrees, for good"),
    "withdrawn": N_("stands by it no longer"),
    None: N_("has not said yet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A version in a list."""

    digest: str
    title: Words
    status: Badge
    by: Named
    at: datetime
    agreed: int
    among: int
    amends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How one assembly stands to a version."""

    assembly: Named
    says: str
    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionView:
    digest: str
    by: Named
    at: datetime
    reason: Words
    status: Badge
    tested: tuple[tuple[str, int, int], ...]
    answered_by: str | None
    may_test: bool
    may_stand: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """An assembly that a version can name."""

    assembly: Named
    named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsPage:
    """The common texts about an issue, and the form for a first draft."""

    issue: str
    title: Words
    lines: tuple[Line, ...]
    sharing: tuple[Sharing, ...]
    may_offer: bool
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPage:
    """A version as one visitor sees it, with what they may do now."""

    digest: str
    issue: str
    issue_title: Words
    title: Words
    lang: str
    clauses: tuple[Words, ...]
    plain: tuple[str, ...]
    status: Badge
    frozen: bool
    by: Named
    at: datetime
    reason: Words | None
    changes: tuple[Change, ...]
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    stands: tuple[Stand, ...]
    awaited: tuple[str, ...]
    objections: tuple[ObjectionView, ...]
    sharing: tuple[Sharing, ...]
    motion: str | None
    may_take_in: bool
    may_agree: bool
    may_withdraw: bool
    may_object: bool
    may_amend: bool
    may_bring: bool
    empty: int


def lines(desk: Desk, issue: str) -> tuple[Line, ...]:
    """List the texts that are drafted about an issue, the newest first."""
    return _lines(desk, drafting.known(desk, Digest(issue)).versions)


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say what of a common text waits for whoever speaks for our assembly."""
    ours = records.ours(desk.connection)
    if ours is None or not may(member, common_text.AgreeToText):
        return
    for known in drafting.all_known(desk):
        for one in known.versions:
            says = _awaits(desk, one, ours.id, newest=one in known.newest)
            if ours.id in one.text.among and says is not None:
                title = events.wording(desk.connection, one.text.title) or GONE
                yield says, title, f"/texts/{in_hex(one.digest)}"


def _awaits(desk: Desk, one: Version, ours: AssemblyId, *, newest: bool) -> str | None:
    tests = any(
        each.status == "raised" and ours not in (each.by, one.by)
        for each in one.objections
    )
    if tests and (newest or one.status in ("offered", "contested")):
        return N_("Test another assembly's objection")
    if one.status in ("offered", "contested") and ours not in one.stands:
        return N_("Read an amended text that another assembly offers")
    if one.status == "frozen" and newest and drafting.motion_of(desk, one) is None:
        return N_("Bring a frozen text to our assembly")
    others = [each for each in one.agreed if each != ours]
    if newest and others and ours in one.awaited:
        return N_("Others agree to a text: agree to it, or say what is wrong with it")
    return None


def view_drafts(desk: Desk, issue: Digest, member: Member | None) -> DraftsPage:
    """Show what is drafted about an issue.

    Raises:
        Unknown: no such issue is held here.
    """
    sharing = drafting.sharing(desk, issue)
    ours = drafting.us(desk)
    return DraftsPage(
        issue=issue,
        title=_title_of(desk, issue),
        lines=lines(desk, issue),
        sharing=_sharing(desk, sharing, named=sharing),
        may_offer=member is not None
        and ours in sharing
        and len(sharing) > 1
        and may(member, common_text.OfferText),
        empty=EMPTY_CLAUSES,
    )


def view(desk: Desk, digest: Digest, member: Member | None) -> TextPage:
    """Show a version with what each assembly says of it.

    Raises:
        Unknown: it is not known here.
    """
    known, one = drafting.version(desk, digest)
    ours = drafting.us(desk)
    ours_to_say = member is not None and ours in one.text.among
    stand = one.stands.get(ours)
    before = [each for p in one.text.parents if (each := known.get(p)) is not None]

    def allowed(command: type[object]) -> bool:
        return ours_to_say and member is not None and may(member, command)

    open_objections = any(
        each.status in drafts.UNSETTLED
        or (each.by == ours and each.status in ("answered", "stands"))
        for each in one.objections
    )
    return TextPage(
        digest=one.digest,
        issue=known.issue,
        issue_title=_title_of(desk, known.issue),
        title=naming.words(desk, one.text.title),
        lang=one.text.lang,
        clauses=tuple(naming.words(desk, each.text) for each in one.text.clauses),
        plain=_plain(desk, one),
        status=STATUSES[one.status],
        frozen=one.status == "frozen",
        by=naming.assembly(desk, one.by),
        at=one.at,
        reason=naming.some_words(desk, one.reason),
        changes=differences.of_clauses(_plain(desk, before[0]), _plain(desk, one))
        if before
        else (),
        before=_lines(desk, before),
        after=_lines(
            desk, (each for each in known.versions if one.digest in each.text.parents)
        ),
        stands=tuple(
            Stand(
                assembly=naming.assembly(desk, each),
                says=STANDS[one.stands.get(each)],
                agreed=one.stands.get(each) == "agreed",
            )
            for each in one.text.among
        ),
        awaited=naming.names(desk, one.awaited),
        objections=tuple(
            _objection(desk, each, one, ours, allowed) for each in one.objections
        ),
        sharing=_sharing(desk, drafting.sharing(desk, known.issue), one.text.among),
        motion=drafting.motion_of(desk, one) if member is not None else None,
        may_take_in=allowed(common_text.TakeInText)
        and one.by != ours
        and one.status in ("offered", "contested")
        and stand is None,
        may_agree=allowed(common_text.AgreeToText)
        and stand != "agreed"
        and one.status in drafts.GOING_ON
        and not open_objections,
        may_withdraw=allowed(common_text.WithdrawText)
        and stand in ("offered", "taken in"),
        may_object=allowed(common_text.ObjectToText)
        and one.status != "frozen"
        and stand != "agreed",
        may_amend=allowed(common_text.OfferText),
        may_bring=member is not None and one.status == "frozen",
        empty=1,
    )


def _objection(
    desk: Desk,
    each: Objection,
    one: Version,
    ours: AssemblyId,
    allowed: Callable[[type[object]], bool],
) -> ObjectionView:
    mine = each.by == ours
    return ObjectionView(
        digest=each.digest,
        by=naming.assembly(desk, each.by),
        at=each.at,
        reason=naming.words(desk, each.reason),
        status=OBJECTED[each.status],
        tested=tuple(
            (naming.assembly(desk, who).name, test.valid, test.not_valid)
            for who, test in each.tested.items()
        ),
        answered_by=each.answered_by,
        may_test=allowed(common_text.CountTextObjection)
        and ours not in (each.by, one.by)
        and ours not in each.tested
        and each.status in ("raised", "valid", "not valid", "answered"),
        may_stand=mine
        and allowed(common_text.EndTextObjection)
        and bool(each.tested)
        and each.status in ("valid", "answered"),
        may_withdraw=mine
        and allowed(common_text.EndTextObjection)
        and each.status in ("raised", "valid", "not valid", "answered", "stands"),
    )


def _lines(desk: Desk, versions: Iterable[Version]) -> tuple[Line, ...]:
    return tuple(
        Line(
            digest=each.digest,
            title=naming.words(desk, each.text.title),
            status=STATUSES[each.status],
            by=naming.assembly(desk, each.by),
            at=each.at,
            agreed=len(each.agreed),
            among=len(each.text.among),
            amends=bool(each.text.parents),
        )
        for each in versions
    )[::-1]


def _sharing(
    desk: Desk, sharing: Iterable[AssemblyId], named: Iterable[AssemblyId]
) -> tuple[Sharing, ...]:
    among = frozenset(named)
    return tuple(
        Sharing(assembly=naming.assembly(desk, each), named=each in among)
        for each in sorted(frozenset(sharing) | among)
    )


def _title_of(desk: Desk, issue: str) -> Words:
    return naming.issue_title(desk, issue) or naming.WITHDRAWN


def _plain(desk: Desk, one: Version) -> tuple[str, ...]:
    return tuple(
        events.wording(desk.connection, each.text) or GONE for each in one.text.clauses
    )


def _among(form: Form) -> tuple[AssemblyId, ...]:
    given = form.values.get("among", ())
    return tuple(AssemblyId(asking.the_digest(each, "Who drafts it")) for each in given)


def routes(site: Site) -> list[Route]:
    async def drafts(request: Request) -> Response:
        issue, member = asking.digest(request), signed_in(request)
        page = await site.node.look(lambda desk: view_drafts(desk, issue, member))
        return render(
            request,
            "common_texts.html",
            page=page,
            typed=_typed(request),
        )

    async def page(request: Request) -> Response:
        digest, member = asking.digest(request), signed_in(request)
        shown = await site.node.look(lambda desk: view(desk, digest, member))
        return render(request, "common_text.html", page=shown, typed=_typed(request))

    async def begin(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only("title", "clause", "among", "lang")
        member, issue = the_member(request), asking.digest(request)
        title = form.line("title", "Title", most=MOST_IN_TITLE)
        clauses, among = read_clauses(form), _among(form)
        lang = translations.read_language(form) or site.node.config.language
        digest = await site.work(
            lambda desk: drafting.begin(
                desk,
                issue,
                title=title,
                clauses=clauses,
                among=among,
                lang=lang,
                by=member.id,
            )
        )
        return see_other(f"/texts/{in_hex(digest)}")

    async def amend(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only("clause", "among", "answers", "why")
        member, digest = the_member(request), asking.digest(request)
        clauses, among = read_clauses(form), _among(form)
        answers = tuple(
            asking.the_digest(each, "Which objection it answers")
            for each in form.values.get("answers", ())
        )
        why = form.text("why", "Why", most=MOST_IN_REASON)
        new = await site.work(
            lambda desk: drafting.amend(
                desk,
                digest,
                clauses=clauses,
                among=among,
                answers=answers,
                why=why,
                by=member.id,
            )
        )
        return see_other(f"/texts/{in_hex(new)}")

    async def bring(request: Request, form: Form) -> Response:
        form.only()
        member, digest = the_member(request), asking.digest(request)
        id = await site.work(lambda desk: drafting.bring(desk, digest, by=member.id))
        return see_other(f"/motions/{id}")

    def saying(
        path: str,
        make: Callable[[Desk, Member, Form, Drafting, Version], common_text.Command],
        *fields: str,
    ) -> Route:
        async def act(request: Request, form: Form) -> Response:
            request.state.form = form
            form.only(*fields)
            member, digest = the_member(request), asking.digest(request)

            def carry_out(desk: Desk) -> None:
                known, one = drafting.version(desk, digest)
                command = make(desk, member, form, known, one)
                drafting.perform(desk, known.issue, command)

            await site.work(carry_out)
            return see_other(f"/texts/{in_hex(digest)}")

        return site.form(f"/texts/{{hex}}/{path}", act, again=page)

    return [
        site.page("/shared/{hex}/texts", drafts),
        site.form("/shared/{hex}/texts", begin, again=drafts),
        site.page("/texts/{hex}", page),
        site.form("/texts/{hex}/amend", amend, again=page),
        site.form("/texts/{hex}/motion", bring, again=page),
        saying("take-in", _standing(common_text.TakeInText)),
        saying("agree", _standing(common_text.AgreeToText)),
        saying("withdraw", _standing(common_text.WithdrawText)),
        saying("object", _object, "reason"),
        saying("test", _test, "objection", "valid", "not_valid"),
        saying("end", _end, "objection", "state"),
    ]


def _standing(
    kind: type[common_text.TakeInText]
    | type[common_text.AgreeToText]
    | type[common_text.WithdrawText],
) -> Callable[[Desk, Member, Form, Drafting, Version], common_text.Command]:
    def make(
        desk: Desk, member: Member, form: Form, known: Drafting, one: Version
    ) -> common_text.Command:
        return kind(
            digest=one.digest,
            known=known,
            us=drafting.us(desk),
            by=member.id,
            at=desk.now,
        )

    return make


def _object(
    desk: Desk, member: Member, form: Form, known: Drafting, one: Version
) -> common_text.Command:
    words = form.text("reason", N_("Reason"), most=MOST_IN_REASON)
    ours = drafting.us(desk)
    # Sent twice, the same objection is one: its words have the same commitment.
    said = [each.reason for each in one.objections if each.by == ours]
    reason = next(
        (each for each in said if events.wording(desk.connection, each) == words), None
    )
    return common_text.ObjectToText(
        digest=one.digest,
        reason=reason or events.keep_wording(desk.connection, words),
        known=known,
        us=ours,
        by=member.id,
        at=desk.now,
    )


def _test(
    desk: Desk, member: Member, form: Form, known: Drafting, one: Version
) -> common_text.Command:
    return common_text.CountTextObjection(
        objection=asking.the_digest(form.one("objection"), "Objection"),
        valid=form.whole("valid", "Found it valid", most=MOST_IN_ROUND),
        not_valid=form.whole("not_valid", "Did not", most=MOST_IN_ROUND),
        known=known,
        us=drafting.us(desk),
        by=member.id,
        at=desk.now,
    )


def _end(
    desk: Desk, member: Member, form: Form, known: Drafting, one: Version
) -> common_text.Command:
    state = form.choice(
        "state", N_("What becomes of it"), among=("stands", "withdrawn")
    )
    return common_text.EndTextObjection(
        objection=asking.the_digest(form.one("objection"), "Objection"),
        state="stands" if state == "stands" else "withdrawn",
        known=known,
        us=drafting.us(desk),
        by=member.id,
        at=desk.now,
    )


def _typed(request: Request) -> tuple[str, ...]:
    """The clauses that were typed in a form that was refused."""
    form: Form | None = getattr(request.state, "form", None)
    return () if form is None else form.values.get("clause", ())
