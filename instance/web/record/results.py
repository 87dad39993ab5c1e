"""Result packs: of a meeting, of a shared issue, and of what assemblies did lately."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.routing import Route

from confederation import session
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId
from instance import archive, node
from instance.desk import Desk
from instance.store import records
from instance.web import asking, naming
from instance.web.languages import N_, translated
from instance.web.matters import issues
from instance.web.meeting import sheets
from instance.web.naming import in_hex
from instance.web.record import export, packs, plainly
from instance.web.record.packs import Item, Pack
from instance.web.site import Site

LATELY: Final = timedelta(days=28)
MOST_OF_EACH: Final = 30
TOLD: Final = (
    *("Issue", "SharedAccount", "Decision", "Proposal", "Ratification", "Ask"),
    *("Answer", "Judgement", "Action", "MinorityReport", "CommonText", "Succession"),
)
"""The entries that a digest tells of: what concerns others, and no keys or counts."""


def routes(site: Site) -> list[Route]:
    return [
        *packs.routes_at(site, "/sessions/{id}/pack", of_meeting),
        *packs.routes_at(site, "/shared/{hex}/pack", of_issue),
        *packs.routes_at(site, "/digest", lately),
    ]


def of_meeting(desk: Desk, request: Request) -> Pack:
    """Gather what a meeting decided, once two tellers have confirmed it.

    Raises:
        Unknown: there is no such meeting that everybody may know of.
    """
    id = request.path_params["id"]
    state: session.State = node.load(desk, f"session:{id}")
    if state.called is None or not export.is_public(desk, id, state):
        raise Unknown("There is no meeting here that everybody may know of.")
    shown = sheets.view(desk, id)
    items = [
        Item(
            heading=each.question,
            words=(_outcome(each.outcome, each.chosen), translated(each.how)),
            figures=tuple((translated(says), number) for says, number in each.counts),
        )
        for each in sheets.results(desk, id)
        if each.confirmed
    ]
    return Pack(
        stem=f"{desk.config.slug}-meeting-{id[:12]}",
        title=f"{shown.assembly}: {shown.title}",
        lead=f"{shown.starts_at:%Y-%m-%d}. "
        + translated(N_("What we decided, and how it was counted")),
        items=tuple(items),
        at=desk.now,
        back=f"/sessions/{id}",
        address=f"{desk.config.base}/sessions/{id}/pack",
    )


def of_issue(desk: Desk, request: Request) -> Pack:
    """Gather what each assembly says of a shared issue, and what they did about it.

    Raises:
        Unknown: no such issue is held here.
    """
    digest = asking.digest(request)
    shown = issues.view(desk, digest)
    withdrawn = translated(N_("(text withdrawn)"))
    items = []
    for account in shown.accounts:
        words = [account.what.text or withdrawn]
        if account.why is not None and account.why.text:
            words.append(account.why.text)
        words += [
            f"– {translated(did.says)}{_beside(did.words)}" for did in account.did
        ]
        figures: tuple[tuple[str, int], ...] = ()
        if account.members is not None:
            figures = ((translated(N_("Members")), account.members),)
        items.append(
            Item(heading=account.assembly.name, words=tuple(words), figures=figures)
        )
    return Pack(
        stem=f"issue-{in_hex(digest)[:12]}",
        title=shown.title.text or withdrawn,
        lead=translated(N_("Assemblies that have this: {number}")).format(
            number=shown.assemblies
        ),
        items=tuple(items),
        at=desk.now,
        back=f"/shared/{in_hex(digest)}",
        address=f"{desk.config.base}/shared/{in_hex(digest)}",
    )


def lately(desk: Desk, request: Request) -> Pack:
    """Gather what assemblies did in the last four weeks, as the records held say."""
    since = desk.now - LATELY
    found: dict[AssemblyId, list[str]] = defaultdict(list)
    for at, assembly, says in sorted(_told(desk), reverse=True):
        if at >= f"{since:%Y-%m-%d}" and len(found[assembly]) < MOST_OF_EACH:
            found[assembly].append(f"{at}: {says}")
    return Pack(
        stem=f"digest-{desk.now:%Y-%m-%d}",
        title=translated(N_("What assemblies did lately")),
        lead=translated(
            N_("In the last four weeks, as their public records say, the newest first.")
        ),
        items=tuple(
            Item(heading=naming.assembly(desk, id).name, words=tuple(lines))
            for id, lines in found.items()
        ),
        at=desk.now,
        back="/issues",
        address=f"{desk.config.base}/digest",
    )


def _told(desk: Desk) -> Iterator[tuple[str, AssemblyId, str]]:
    for kind in TOLD:
        for row in records.of_type(desk.connection, kind):
            entry = archive.read(desk, row)
            plain = plainly.entry(desk, entry)
            says = f"{translated(plain.says)}{_beside(plain.words)}"
            yield f"{entry.published:%Y-%m-%d}", entry.assembly, says


def _outcome(outcome: str, chosen: str) -> str:
    says = translated(outcome)
    return f"{says}: {chosen}" if chosen else says


def _beside(words: naming.Words | None) -> str:
    if words is None or not words.text:
        return ""
    return f": {' '.join(words.text.split())}"
