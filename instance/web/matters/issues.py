"""An issue in its assembly's own words, and every account of it elsewhere.

A shared issue is the set of its accounts. Nobody owns it, so each assembly's account
stands by itself, in that assembly's words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.errors import Unknown
from confederation.matters import shared
from confederation.matters.shared import Account, SharedIssue
from confederation.record import Entry
from instance import archive, chamber, node
from instance.desk import Desk
from instance.store import posts, records
from instance.web import naming, telling, visits
from instance.web.afterwards import actions, offering
from instance.web.confederal import proposals
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.matters import common_texts, look_alikes, scopes, stories
from instance.web.matters.look_alikes import Suggestion
from instance.web.naming import Named, Words
from instance.web.record import plainly
from instance.web.record.plainly import Plain
from instance.web.rendering import render
from instance.web.site import Site

MOST_LISTED = 100
MOST_IN_LINE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An issue in a list. ``assemblies`` is how many say that they have it."""

    digest: str
    title: Words
    by: Named
    at: datetime
    theme: str
    scope: str
    assemblies: int

    @property
    def scope_name(self) -> str:
        """The scope in plain words, empty where none that we know was said."""
        return scopes.NAMES.get(self.scope, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """One assembly's own account: its own issue, or what it said beside another's."""

    assembly: Named
    title: Words | None
    what: Words
    why: Words | None
    since: datetime
    members: int | None
    place: Words | None
    did: tuple[Plain, ...]
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePage:
    digest: str
    title: Words
    by: Named
    at: datetime
    theme: str
    scope: str
    place: Words | None
    what: Words
    why: Words | None
    slips: int
    assemblies: int
    people: int | None
    accounts: tuple[AccountView, ...]
    withdrawn: tuple[str, ...]
    look_alikes: tuple[Suggestion, ...]
    set_aside: tuple[Suggestion, ...]
    texts: tuple[common_texts.Line, ...]
    proposals: tuple[proposals.Line, ...]
    elsewhere: Elsewhere


def lines(desk: Desk, *, scope: str = "", most: int = MOST_LISTED) -> list[Line]:
    """List the issues known here, ours and others', the newest first.

    ``scope`` leaves only those that reach so far; empty leaves all.
    """
    held = chamber.records_held(desk)
    entries = sorted(_issues(desk), key=lambda entry: entry.published, reverse=True)
    gathered = (shared.gather(entry, held) for entry in entries)
    reaching = (each for each in gathered if not scope or each.scope == scope)
    return [_line(desk, each) for each in islice(reaching, most)]


def view(desk: Desk, digest: str) -> IssuePage:
    """Show an issue with all that stands beside it.

    Raises:
        Unknown: no such issue is held here.
    """
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    if row is None or entry is None or not isinstance(entry.fact, record.Issue):
        raise Unknown("No such issue is known here.")
    gathered = shared.gather(entry, chamber.records_held(desk))
    carrier = posts.carrier_of(desk.connection, digest)
    alike = look_alikes.for_issue(desk, gathered)
    return IssuePage(
        digest=digest,
        title=naming.words(desk, entry.fact.title),
        by=naming.assembly(desk, entry.assembly),
        at=entry.published,
        theme=entry.fact.theme,
        scope=gathered.scope,
        place=naming.some_words(desk, entry.fact.place),
        what=naming.words(desk, entry.fact.what),
        why=naming.some_words(desk, entry.fact.why),
        slips=_slips(desk, row["subject"]),
        assemblies=gathered.assemblies,
        people=gathered.people,
        accounts=tuple(_account(desk, each) for each in gathered.accounts),
        withdrawn=naming.names(desk, gathered.withdrawn),
        look_alikes=tuple(each for each in alike if not each.another),
        set_aside=tuple(each for each in alike if each.another),
        texts=common_texts.lines(desk, digest),
        proposals=_proposals(desk, gathered),
        elsewhere=elsewhere(desk, carrier),
    )


def _issues(desk: Desk) -> Iterable[Entry]:
    for row in records.of_type(desk.connection, "Issue"):
        entry = archive.read(desk, row)
        if isinstance(entry.fact, record.Issue):
            yield entry


def _line(desk: Desk, gathered: SharedIssue) -> Line:
    entry = gathered.issue
    assert isinstance(entry.fact, record.Issue)
    return Line(
        digest=entry.digest,
        title=naming.words(desk, entry.fact.title),
        by=naming.assembly(desk, entry.assembly),
        at=entry.published,
        theme=entry.fact.theme,
        scope=gathered.scope,
        assemblies=gathered.assemblies,
    )


def _account(desk: Desk, account: Account) -> AccountView:
    fact = account.entry.fact
    assert isinstance(fact, record.Issue | record.SharedAccount)
    own = fact if isinstance(fact, record.Issue) else None
    said = fact.what if isinstance(fact, record.Issue) else fact.account
    theirs = None if account.own is None else account.own.fact
    place = theirs.place if isinstance(theirs, record.Issue) else None
    return AccountView(
        assembly=naming.assembly(desk, account.assembly),
        title=None if own is None else naming.words(desk, own.title),
        what=naming.words(desk, said),
        why=naming.some_words(desk, fact.why),
        since=account.since,
        members=account.members,
        place=naming.some_words(desk, place),
        did=tuple(_short(plainly.entry(desk, each)) for each in account.did),
        entry=account.entry.digest,
    )


def _short(plain: Plain) -> Plain:
    """Leave of a long text, such as one that was decided on, only the beginning."""
    words = plain.words
    if words is None or words.text is None or len(words.text) <= MOST_IN_LINE:
        return plain
    begun = " ".join(words.text[:MOST_IN_LINE].split())
    return replace(plain, words=replace(words, text=f"{begun}…"))


def _slips(desk: Desk, issue: str | None) -> int:
    """Count the slips behind an issue of ours: a number is all that anybody sees."""
    stream = f"issue:{issue}"
    if issue is None or not node.exists(desk, stream):
        return 0
    raised = node.load(desk, stream).raised
    return 0 if raised is None else int(raised.seeds)


def _proposals(desk: Desk, gathered: SharedIssue) -> tuple[proposals.Line, ...]:
    return tuple(proposals.line(desk, entry) for entry in gathered.proposals)


def routes(site: Site) -> list[Route]:
    async def list_page(request: Request) -> Response:
        scope = scopes.asked_for(request)
        found = await site.node.look(lambda desk: lines(desk, scope=scope))
        return render(
            request, "issues.html", lines=found, scope=scope, scopes=scopes.NAMES
        )

    async def page(request: Request) -> Response:
        member = visits.signed_in(request)
        digest = f"sha256:{request.path_params['hex']}"

        def look(
            desk: Desk,
        ) -> tuple[IssuePage, tuple[stories.Line, ...], offering.OnIssue]:
            return (
                view(desk, digest),
                tuple(stories.lines(desk, member, beside=digest)),
                offering.on_issue(desk, naming.in_hex(digest), member),
            )

        shown, lived, doing = await site.node.look(look)
        return render(
            request,
            "issue.html",
            page=shown,
            scopes=scopes.NAMES,
            may_set_scope=scopes.may_set(member) and shown.by.ours,
            stories=lived,
            doing=doing,
            efforts=actions.EFFORTS,
            states=actions.STATES,
            told=telling.TOLD,
        )

    async def shared_page(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        shown = await site.node.look(lambda desk: view(desk, digest))
        return render(request, "shared_issue.html", page=shown)

    return [
        site.page("/issues", list_page),
        site.page("/issues/{hex}", page),
        site.page("/shared/{hex}", shared_page),
        scopes.route(site, page),
    ]
