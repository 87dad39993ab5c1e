"""An issue is raised in somebody's own words, and shared in each assembly's own.

Whoever raises one sees first exactly what everybody will see. Of the slips behind it
only their number goes with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.errors import Invalid, NotEntitled, Sentences, Unknown
from confederation.identifiers import Commit, Digest, IssueId, MemberId
from confederation.matters import issue
from confederation.matters.look_alike import Wording
from confederation.record.issue import Scope
from instance import archive, clerk, node
from instance.desk import Desk
from instance.errors import Misused
from instance.matters import sharing
from instance.meeting import slips
from instance.meeting.slips import Kept
from instance.store import events, people, records
from instance.web import asking, naming, visits
from instance.web.asking import carry_out
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.matters import look_alikes, scopes
from instance.web.matters.look_alikes import Suggestion
from instance.web.naming import Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member

HEAR_SLIPS: Final = frozenset({"registrar", "note-taker"})
LONGEST_TITLE: Final = 150
LONGEST_TEXT: Final = 5000
LONGEST_THEME: Final = 40
LONGEST_PLACE: Final = 80
FIELDS: Final = ("title", "what", "why", "theme", "place", "scope", "slip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue as it would be raised; ``slips`` are the numbers of those behind it."""

    title: str = ""
    what: str = ""
    why: str = ""
    theme: str = ""
    place: str = ""
    scope: Scope | Literal[""] = ""
    slips: tuple[int, ...] = ()

    @property
    def whole(self) -> str:
        """All that everybody would read, and not one word more."""
        return "\n".join((self.title, self.what, self.why, self.theme, self.place))


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePage:
    """The form for an issue; ``behind`` are the slips, for those who may see them."""

    draft: Draft
    behind: tuple[Kept, ...]
    may_hear: bool
    founded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage:
    """What everybody will see; ``given_away`` is what could tell who somebody is."""

    draft: Draft
    given_away: tuple[str, ...]
    look_alikes: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An issue of our own that an account can be tied to."""

    digest: str
    title: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePage:
    """The form by which an assembly says *we have this too* of another's issue."""

    digest: str
    title: Words
    by: str
    given: Words | None
    own: tuple[Choice, ...]
    chosen: str
    may_take_back: bool


def held_slips(desk: Desk) -> tuple[Kept, ...]:
    """Return every slip that is kept here, in the order of their numbers."""
    return tuple(
        slips.kept(number, document, under)
        for number, document, under in people.slips(desk.connection)
    )


def behind(desk: Desk, numbers: Iterable[int]) -> tuple[Kept, ...]:
    """Return the slips with these numbers.

    Raises:
        Unknown: one of them is not here.
        Invalid: one stands under another issue already.
    """
    held = {each.number: each for each in held_slips(desk)}
    chosen = []
    for number in sorted(set(numbers)):
        if number not in held:
            raise Unknown("There is no slip {number} here.", number=number)
        if held[number].issue is not None:
            raise Invalid(
                "Slip {number} stands under another issue already.", number=number
            )
        chosen.append(held[number])
    return tuple(chosen)


def given_away(desk: Desk, draft: Draft) -> tuple[str, ...]:
    """Say what in a draft could tell who somebody is."""
    names = people.names(desk.connection).values()
    return slips.given_away(draft.whole, held_slips(desk), names=names)


def raise_issue(desk: Desk, draft: Draft, *, by: MemberId, aware: bool) -> str:
    """Raise an issue in the words of the draft; return the page that shows it.

    Raises:
        Misused: something in it could tell who somebody is, and nobody said that this
            is meant.
        Refused: the assembly's rules do not allow it.
    """
    found = given_away(desk, draft)
    if found and not aware:
        raise Misused(
            "Everybody would read this. {found} Please write it in other words, or "
            "tick that it may stand.",
            found=Sentences(found),
        )
    chosen = behind(desk, draft.slips)
    id = IssueId(desk.new_id())

    def wording(text: str) -> Commit:
        return events.keep_wording(desk.connection, text)

    words = issue.Words(
        title=wording(draft.title),
        what=wording(draft.what),
        why=wording(draft.why) if draft.why else None,
        theme=draft.theme,
        place=wording(draft.place) if draft.place else None,
        scope=draft.scope,
        lang=desk.config.language,
    )
    command = issue.RaiseIssue(
        issue=id, words=words, seeds=len(chosen), by=by, at=desk.now
    )
    node.perform(desk, f"issue:{id}", command)
    people.put_under_issue(desk.connection, [each.number for each in chosen], issue=id)
    clerk.publish_ready(desk)
    published = clerk.published(desk, "Issue", id)
    return "/issues" if published is None else f"/issues/{in_hex(published)}"


def an_issue(desk: Desk, digest: Digest) -> tuple[record.Entry, record.Issue]:
    """Return an issue by the digest of its entry.

    Raises:
        Unknown: no such issue is held here.
    """
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    if entry is None or not isinstance(entry.fact, record.Issue):
        raise Unknown("No such issue is known here.")
    return entry, entry.fact


def share_page(
    desk: Desk, digest: Digest, member: Member | None, *, chosen: str = ""
) -> SharePage:
    """Show the form for saying *we have this too*.

    ``chosen`` is the issue of ours that was chosen already, in hex.
    """
    entry, fact = an_issue(desk, digest)
    account = _account(desk, digest)
    ours = records.ours(desk.connection)
    return SharePage(
        digest=digest,
        title=naming.words(desk, fact.title),
        by=naming.assembly(desk, entry.assembly).name,
        given=None if account is None else naming.words(desk, account.account),
        own=tuple(
            Choice(digest=row["digest"], title=naming.words(desk, own.title))
            for row in records.of_type(desk.connection, "Issue")
            if ours is not None
            and row["assembly"] == ours.id
            and isinstance((own := archive.read(desk, row).fact), record.Issue)
        ),
        chosen=chosen,
        may_take_back=account is not None
        and member is not None
        and bool(member.roles & NOTES),
    )


NOTES: Final = frozenset({"facilitator", "convenor", "clerk", "note-taker"})


def share(
    desk: Desk,
    digest: Digest,
    *,
    account: str,
    why: str,
    own: Digest | None,
    by: MemberId,
) -> None:
    """Say *we have this too*; said again in other words, it replaces the account.

    Raises:
        Invalid: it is our own issue, or what is named as our own is not.
        Refused: the assembly's rules do not allow it.
    """
    entry, _ = an_issue(desk, digest)
    ours = records.ours(desk.connection)
    if ours is not None and entry.assembly == ours.id:
        raise Invalid("That is this assembly's own issue, so it has it already.")
    if own is not None and (ours is None or an_issue(desk, own)[0].assembly != ours.id):
        raise Invalid("What you named as our own issue was raised by another assembly.")
    id = _stream_of(digest)
    command = issue.ShareIssue(
        issue=id,
        shares=digest,
        account=events.keep_wording(desk.connection, account),
        why=events.keep_wording(desk.connection, why) if why else None,
        own=own,
        lang=desk.config.language,
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"issue:{id}", command)
    sharing.repeat(desk, digest)


def take_back(desk: Desk, digest: Digest, *, by: MemberId) -> None:
    """Take our account of another assembly's issue back.

    Raises:
        Refused: there is none, or it is for others to do.
    """
    an_issue(desk, digest)
    command = issue.WithdrawAccount(shares=digest, by=by, at=desk.now)
    carry_out(desk, f"issue:{_stream_of(digest)}", command)


def _stream_of(digest: Digest) -> IssueId:
    """Give the id of our account of an issue: there is one, named by what it shares."""
    return IssueId(in_hex(digest))


def _account(desk: Desk, digest: Digest) -> issue.IssueShared | None:
    stream = f"issue:{_stream_of(digest)}"
    if not node.exists(desk, stream):
        return None
    state: issue.State = node.load(desk, stream)
    return state.accounts.get(digest)


def _last_place(desk: Desk) -> str:
    ours = records.ours(desk.connection)
    rows = (
        []
        if ours is None
        else records.entries(desk.connection, ours.id, types=("Issue",))
    )
    fact = archive.read(desk, rows[-1]).fact if rows else None
    if not isinstance(fact, record.Issue) or fact.place is None:
        return ""
    return naming.words(desk, fact.place).text or ""


def _draft(form: Form) -> Draft:
    numbers = []
    for text in form.values.get("slip", ()):
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise Misused("{text!r} is not the number of a slip.", text=text[:20])
        numbers.append(int(text))
    return Draft(
        title=form.line("title", "Title", most=LONGEST_TITLE),
        what=form.text("what", "What is it?", most=LONGEST_TEXT),
        why=form.text("why", N_("Why does it matter?"), least=0, most=LONGEST_TEXT),
        theme=form.line("theme", "Theme", least=0, most=LONGEST_THEME),
        place=form.line("place", "Place", least=0, most=LONGEST_PLACE),
        scope=scopes.chosen(form) if form.one("scope") else "",
        slips=tuple(numbers),
    )


def _as_sent(request: Request) -> Draft:
    """Give back what was typed, whatever it was, to be shown again."""
    visit = request.state.visit
    sent: Form | None = getattr(request.state, "sent", None)
    given = (
        request.query_params.getlist("slip")
        if sent is None
        else sent.values.get("slip", ())
    )
    # A page of ours may lead here with words to begin with: they are shown, no more.
    words = {**request.query_params, **visit.entered}
    return Draft(
        title=words.get("title", "")[:LONGEST_TITLE],
        what=words.get("what", ""),
        why=words.get("why", ""),
        theme=visit.entered.get("theme", ""),
        place=visit.entered.get("place", ""),
        scope=scopes.known(visit.entered.get("scope", "")),
        slips=tuple(
            int(text)
            for text in given
            if text.isascii() and text.isdecimal() and len(text) <= 9
        ),
    )


def routes(site: Site) -> list[Route]:
    node_ = site.node

    async def write_page(request: Request) -> Response:
        member = visits.signed_in(request)
        may_hear = member is not None and bool(member.roles & HEAR_SLIPS)
        draft = _as_sent(request)

        def look(desk: Desk) -> WritePage:
            held = held_slips(desk) if may_hear else ()
            # Most issues are about the same place as the one before.
            place = draft.place or (_last_place(desk) if not draft.title else "")
            return WritePage(
                draft=replace(draft, place=place),
                behind=tuple(each for each in held if each.number in draft.slips),
                may_hear=may_hear,
                founded=node.assembly_here(desk).founded is not None,
            )

        return render(
            request,
            "issue_write.html",
            page=await node_.look(look),
            scopes=scopes.NAMES,
        )

    async def preview(request: Request, form: Form) -> Response:
        request.state.sent = form
        form.only(*FIELDS, "change", "previewed", "aware")
        _a_note_taker_if(request, form)
        if form.ticked("change"):
            return await write_page(request)
        draft = _draft(form)

        def look(desk: Desk) -> PreviewPage:
            behind(desk, draft.slips)
            return PreviewPage(
                draft=draft,
                given_away=given_away(desk, draft),
                look_alikes=look_alikes.for_draft(
                    desk,
                    Wording(
                        title=draft.title,
                        words=f"{draft.what} {draft.why}",
                        theme=draft.theme,
                        place=draft.place,
                    ),
                ),
            )

        return render(
            request,
            "issue_preview.html",
            page=await node_.look(look),
            scopes=scopes.NAMES,
        )

    async def raised(request: Request, form: Form) -> Response:
        request.state.sent = form
        form.only(*FIELDS, "previewed", "aware")
        member = _a_note_taker_if(request, form)
        draft = _draft(form)
        if not form.ticked("previewed"):
            raise Misused("Please look at the preview first, and raise it from there.")
        aware = form.ticked("aware")
        page = await site.work(
            lambda desk: raise_issue(desk, draft, by=member.id, aware=aware)
        )
        return see_other(page)

    async def sharing_page(request: Request) -> Response:
        digest, member = asking.digest(request), visits.signed_in(request)
        own = request.query_params.get("own", "")
        page = await node_.look(
            lambda desk: share_page(desk, digest, member, chosen=own)
        )
        return render(request, "share.html", page=page)

    async def shared(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only("account", "why", "own")
        account = form.text("account", "How does it show here?", most=LONGEST_TEXT)
        why = form.text("why", N_("Why does it matter?"), least=0, most=LONGEST_TEXT)
        named = form.one("own")
        own = asking.the_digest(named, "Our own issue") if named else None
        await site.work(
            lambda desk: share(
                desk, digest, account=account, why=why, own=own, by=member.id
            )
        )
        return see_other(f"/shared/{in_hex(digest)}")

    async def taken_back(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only()
        await site.work(lambda desk: take_back(desk, digest, by=member.id))
        return see_other(f"/shared/{in_hex(digest)}")

    return [
        site.page("/issues/new", write_page),
        site.form("/issues/preview", preview, again=write_page),
        site.form("/issues", raised, again=write_page),
        site.page("/issues/{hex}/share", sharing_page),
        site.form("/issues/{hex}/share", shared, again=sharing_page),
        site.form("/issues/{hex}/take-back", taken_back, again=sharing_page),
    ]


def _a_note_taker_if(request: Request, form: Form) -> Member:
    """Return the member who asks; only who sees slips puts them under an issue."""
    member = visits.the_member(request)
    if form.values.get("slip") and not member.roles & HEAR_SLIPS:
        raise NotEntitled("Slips are seen by the note-taker and the registrar only.")
    return member
