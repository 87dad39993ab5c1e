"""Reports come from members and from other servers; moderators look and act.

Until a rulebook names moderators, the registrar and the clerk are: see decision 0057.
Nothing on these pages leaves the node, but what a moderator forwards.
"""

import secrets
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import addresses, canonical
from confederation.errors import Unknown
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import blocklist, markup, moderation
from instance.fediverse import judgement as judging
from instance.fediverse.blocklist import Plan
from instance.reception import senders
from instance.store import moderation as store
from instance.store import people, posts, remote_posts
from instance.store.moderation import Act, Measure, Report
from instance.web.asking import an_officer
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.rights import MODERATORS, moderates
from instance.web.site import Site, not_found, see_other
from instance.web.visits import Member, the_member

MOST_SHOWN: Final = 100
MOST_LISTED: Final = 500
MOST_PLANS: Final = 20
SEVERITIES: Final[dict[str, str]] = {
    "none": N_("nothing, or only what is ticked"),
    "silence": N_("silence: members read them, no public page shows them"),
    "limit": N_("limit: what they write waits until one of us shows it"),
    "suspend": N_("suspend: not heard, not asked, not sent anything, not shown"),
}
ACTS: Final[dict[str, str]] = {
    "dismiss": N_("Nothing: this was in order"),
    "hide": N_("Hide the reported posts"),
    **{name: says for name, says in SEVERITIES.items() if name != "none"},
}
DONE: Final[dict[str, str]] = {
    "none": N_("no measure"),
    "silence": N_("silenced"),
    "limit": N_("limited"),
    "suspend": N_("suspended"),
    "allowed": N_("allowed"),
    "allowed no longer": N_("allowed no longer"),
    "let in as a follower": N_("let in as a follower"),
    "refused as a follower": N_("refused as a follower"),
    moderation.LAPSED: N_("lapsed"),
    "media or reports refused": N_("media or reports refused"),
    "post released": N_("post released"),
    "post hidden": N_("post hidden"),
    "post left to its author’s measures": N_("post left to its author’s measures"),
}
"""What was done, as it stands in the log, in words for people."""
UPON: Final = {"actor": N_("this account"), "host": N_("the whole server")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post from elsewhere, or one of ours, as a moderator sees it."""

    id: str
    author: str
    html: Markup
    at: datetime
    shown_to: str
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A request to follow us."""

    actor: str
    follower: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    reports: tuple[Report, ...]
    held: tuple[Post, ...]
    follows: tuple[Waiting, ...]
    reasons: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """One report with all that helps to judge it."""

    report: Report
    reason: str
    reporter: str
    who: str
    host: str
    ours: bool
    in_force: str
    posts: tuple[Post, ...]
    gone: int
    earlier: tuple[Report, ...]
    history: tuple[tuple[Act, str, str], ...]
    acts: dict[str, str]
    upon: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServersPage:
    measures: tuple[tuple[Measure, str], ...]
    more: int
    allow_list: bool
    allowed: tuple[str, ...]
    severities: dict[str, str]


def routes(site: Site) -> list[Route]:
    plans: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def moderator(request: Request) -> Member:
        member = the_member(request)
        return member if moderates(member) else an_officer(request, *MODERATORS)

    async def act(job: Callable[[Desk], None]) -> None:
        await site.work(job)
        await site.node.judge_anew()

    async def queue(request: Request) -> Response:
        moderator(request)
        page = await site.node.look(_queue)
        return render(request, "moderation.html", page=page)

    async def one(request: Request) -> Response:
        moderator(request)
        number = _number(request)
        page = await site.node.look(lambda desk: _report(desk, number))
        if page is None:
            raise not_found()
        return render(request, "moderation_report.html", page=page)

    async def settle(request: Request, form: Form) -> Response:
        form.only("act", "upon", "why", "forward", "last_day")
        by = moderator(request)
        number = _number(request)
        chosen = form.choice("act", "What to do", among=ACTS)
        upon = form.choice("upon", "About whom", among=UPON)
        why = form.line("why", "Why", least=0, most=500)
        forward, ends_at = form.ticked("forward"), _end(form)

        def job(desk: Desk) -> None:
            _settle(
                desk,
                number,
                chosen,
                upon,
                why=why,
                forward=forward,
                by=by,
                ends_at=ends_at,
            )

        await act(job)
        return see_other("/moderation")

    async def rule(request: Request, form: Form) -> Response:
        form.only("post", "ruling")
        by = moderator(request)
        id = form.line("post", "Post", most=2048)
        ruling = form.choice("ruling", N_("Show it"), among=("released", "hidden"))
        await act(
            lambda desk: moderation.rule_on_post(desk, id, ruling=ruling, by=by.id)
        )
        return see_other("/moderation")

    async def answer(request: Request, form: Form) -> Response:
        form.only("actor", "follower", "answer")
        by = moderator(request)
        actor = form.line("actor", N_("Whom"), most=200)
        follower = form.line("follower", "Who", most=2048)
        let_in = form.choice("answer", "Answer", among=("yes", "no")) == "yes"
        await act(
            lambda desk: moderation.answer_follow(
                desk, actor=actor, follower=follower, let_in=let_in, by=by.id
            )
        )
        return see_other("/moderation")

    async def servers(request: Request) -> Response:
        moderator(request)
        page = await site.node.look(_servers)
        return render(request, "moderation_servers.html", page=page)

    async def decide(request: Request, form: Form) -> Response:
        form.only(
            *("subject", "severity", "reject_media", "reject_reports"),
            *("public_comment", "reason", "obfuscate", "last_day"),
        )
        by = moderator(request)
        subject = form.line("subject", "Server or account", most=2048)
        severity = form.choice("severity", "How far", among=SEVERITIES)
        comment = form.line("public_comment", N_("Public comment"), least=0, most=500)
        reason = form.line("reason", "Why", least=0, most=500)
        ends_at = _end(form)

        def job(desk: Desk) -> None:
            moderation.decide(
                desk,
                subject,
                judging.severity(severity),
                by=by.id,
                reason=reason,
                reject_media=form.ticked("reject_media"),
                reject_reports=form.ticked("reject_reports"),
                public_comment=comment,
                obfuscate=form.ticked("obfuscate"),
                ends_at=ends_at,
            )
            moderation.carry_through(desk)

        await act(job)
        return see_other("/moderation/servers")

    async def allow(request: Request, form: Form) -> Response:
        form.only("host", "allow")
        by = moderator(request)
        host = form.line("host", "Server", most=255)
        wanted = form.choice("allow", N_("Allow"), among=("yes", "no")) == "yes"

        def job(desk: Desk) -> None:
            change = moderation.allow if wanted else moderation.disallow
            change(desk, host, by=by.id)
            moderation.carry_through(desk)

        await act(job)
        return see_other("/moderation/servers")

    async def export(request: Request) -> Response:
        moderator(request)
        text = await site.node.look(
            lambda desk: blocklist.write(store.measures(desk.connection))
        )
        return Response(
            text,
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="blocks.csv"'},
        )

    async def bring(request: Request, form: Form) -> Response:
        form.only("list")
        by = moderator(request)
        try:
            text = form.files.get("list", b"").decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Misused("This file is no text. A list is a CSV file.") from None
        await site.node.look(lambda desk: blocklist.plan(desk, text))
        while len(plans) >= MOST_PLANS:
            plans.popitem(last=False)
        mark = secrets.token_urlsafe(12)
        plans[mark] = by.id, text
        return see_other(f"/moderation/import/{mark}")

    def brought(request: Request, by: Member) -> str:
        owner, text = plans.get(request.path_params["mark"], ("", ""))
        if owner != by.id:
            raise Unknown("This list is not here any more. Please choose it again.")
        return text

    async def preview(request: Request) -> Response:
        text = brought(request, moderator(request))
        found: Plan = await site.node.look(lambda desk: blocklist.plan(desk, text))
        return render(
            request,
            "moderation_import.html",
            page=found,
            shown=found.changes[:MOST_LISTED],
        )

    async def take(request: Request, form: Form) -> Response:
        form.only()
        by = moderator(request)
        text = brought(request, by)
        await act(
            lambda desk: blocklist.take(desk, blocklist.plan(desk, text), by=by.id)
        )
        plans.pop(request.path_params["mark"], None)
        return see_other("/moderation/servers")

    async def report_page(request: Request) -> Response:
        by = the_member(request)
        about = request.query_params.get("about", "")[:2048]
        found = await site.node.look(lambda desk: _reportable(desk, about, by=by))
        if found is None:
            raise not_found()
        return render(
            request, "report.html", about=about, page=found, reasons=moderation.REASONS
        )

    async def report(request: Request, form: Form) -> Response:
        form.only("about", "reason", "says")
        by = the_member(request)
        about = form.line("about", "What", most=2048)
        reason = form.choice("reason", "Why", among=moderation.REASONS)
        says = form.text("says", "In your words", least=0, most=2000)
        await act(
            lambda desk: moderation.report(
                desk, about, reason=reason, says=says, by=by.id
            )
        )
        return see_other("/reported")

    async def thanks(request: Request) -> Response:
        the_member(request)
        return render(request, "reported.html")

    return [
        site.page("/moderation", queue),
        site.page("/moderation/reports/{number}", one),
        site.form("/moderation/reports/{number}", settle, again=one),
        site.form("/moderation/posts", rule, again=queue),
        site.form("/moderation/follows", answer, again=queue),
        site.page("/moderation/servers", servers),
        site.form("/moderation/servers", decide, again=servers),
        site.form("/moderation/allowed", allow, again=servers),
        site.page("/moderation/blocks.csv", export),
        site.form("/moderation/import", bring, again=servers),
        site.page("/moderation/import/{mark}", preview),
        site.form("/moderation/import/{mark}", take),
        site.page("/report", report_page),
        site.form("/report", report),
        site.page("/reported", thanks),
    ]


def _number(request: Request) -> int:
    text = request.path_params["number"]
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise not_found()
    return int(text)


def _end(form: Form) -> datetime | None:
    """Read the last day on which a measure holds; it lapses when that day is over.

    Raises:
        Misused: it is no day.
    """
    written = form.line("last_day", "Last day", least=0, most=10)
    if not written:
        return None
    try:
        return datetime.fromisoformat(f"{written}T00:00:00+00:00") + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Misused(
            "“Last day” is written as year, month and day, such as 2027-01-31."
        ) from None


def _settle(
    desk: Desk,
    number: int,
    chosen: str,
    upon: str,
    *,
    why: str,
    forward: bool,
    by: Member,
    ends_at: datetime | None,
) -> None:
    report = store.report(desk.connection, number)
    if report is None or report.outcome is not None:
        raise Unknown("This report is settled already, or was never made.")
    if forward:
        # Before anything else: nothing is sent to whoever is suspended.
        moderation.forward(desk, report, says=why)
    match chosen:
        case "dismiss":
            pass
        case "hide":
            for id in report.posts:
                if remote_posts.reply(desk.connection, id) is not None:
                    moderation.rule_on_post(
                        desk, id, ruling="hidden", by=by.id, reason=why
                    )
        case severity:
            whole = upon == "host"
            moderation.decide(
                desk,
                addresses.parse(report.about).authority if whole else report.about,
                judging.severity(severity),
                by=by.id,
                reason=why,
                ends_at=ends_at,
            )
            moderation.carry_through(desk)
    outcome = chosen if chosen in {"dismiss", "hide"} else f"{chosen}: {UPON[upon]}"
    moderation.settle(desk, number, outcome=outcome, by=by.id)


def _queue(desk: Desk) -> QueuePage:
    return QueuePage(
        reports=tuple(store.open_reports(desk.connection, most=MOST_SHOWN)),
        held=tuple(
            _kept(row) for row in store.held_posts(desk.connection, most=MOST_SHOWN)
        ),
        follows=tuple(
            Waiting(
                actor=row["actor"],
                follower=row["follower"],
                name=_name(desk, row["follower"]),
            )
            for row in store.follow_requests(desk.connection, most=MOST_SHOWN)
        ),
        reasons=moderation.REASONS,
    )


def _report(desk: Desk, number: int) -> ReportPage | None:
    report = store.report(desk.connection, number)
    if report is None:
        return None
    host = addresses.parse(report.about).authority
    seen = [_post(desk, id) for id in report.posts]
    names = people.names(desk.connection)
    subjects = [report.about, *addresses.domains(host), *report.posts]
    return ReportPage(
        report=report,
        reason=moderation.REASONS.get(report.reason, report.reason),
        reporter=N_("a member here") if report.member else _name(desk, report.reporter),
        who=_name(desk, report.about),
        host=host,
        ours=host == desk.config.host,
        in_force=desk.judgement.of(report.about).called,
        posts=tuple(post for post in seen if post is not None),
        gone=seen.count(None),
        earlier=tuple(
            each
            for each in store.reports_about(desk.connection, report.about)
            if each.number != number
        ),
        history=tuple(
            (act, DONE.get(act.act, act.act), _who_did(act, names))
            for act in store.acts(desk.connection, subjects)
        ),
        acts=ACTS,
        upon=UPON,
    )


def _who_did(act: Act, names: Mapping[str, str]) -> str:
    if act.act == moderation.LAPSED:
        return N_("nobody, since its time was over")
    return names.get(act.by or "", N_("the command line"))


def _servers(desk: Desk) -> ServersPage:
    measures = store.measures(desk.connection)
    names = people.names(desk.connection)
    return ServersPage(
        measures=tuple(
            (measure, names.get(measure.by or "", N_("the command line")))
            for measure in measures[:MOST_LISTED]
        ),
        more=max(0, len(measures) - MOST_LISTED),
        allow_list=desk.config.allow_list,
        allowed=tuple(store.allowed_hosts(desk.connection)),
        severities=SEVERITIES,
    )


def _reportable(desk: Desk, about: str, *, by: Member) -> Post | str | None:
    """Return the post that a member would report, or the name of somebody."""
    row = moderation.reportable(desk, about, by=by.id)
    if row is not None:
        return _kept(row)
    return None if senders.known(desk, about) is None else _name(desk, about)


def _post(desk: Desk, id: str) -> Post | None:
    kept = remote_posts.reply(desk.connection, id)
    if kept is not None:
        return _kept(kept)
    path = senders.ours(desk, id)
    row = None if path is None else posts.object_at(desk.connection, path)
    if row is None:
        return None
    document = canonical.read(row["body"].encode())
    return Post(
        id=id,
        author=desk.config.slug,
        html=markup.clean(str(document.get("content", ""))),
        at=canonical.read_time(row["published"]),
        shown_to="everyone",
        ours=True,
    )


def _kept(row: sqlite3.Row) -> Post:
    return Post(
        id=row["id"],
        author=row["author"],
        html=markup.clean(row["content"]),
        at=canonical.read_time(row["published"]),
        shown_to=row["shown_to"],
        ours=False,
    )


def _name(desk: Desk, actor: str) -> str:
    who = senders.known(desk, actor)
    return actor if who is None else senders.handle(actor, who)
