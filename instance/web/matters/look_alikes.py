"""Issues elsewhere that look alike are shown with the reasons, and people decide.

No machine merges anything: who finds that it is the same says so in their assembly's
own words, and who finds that it is another sets it aside, on our own pages only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId, Digest
from confederation.matters import issue, look_alike
from confederation.matters.look_alike import Reasons, Wording
from confederation.matters.shared import SharedIssue
from instance import archive, node
from instance.desk import Desk
from instance.store import compacts, look_alikes, records
from instance.store.look_alikes import Index, Issue
from instance.web import asking, naming
from instance.web.asking import carry_out
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words, in_hex
from instance.web.site import Site, see_other
from instance.web.visits import the_member

MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An issue that looks alike, and why. ``own`` is our issue that it looks like.

    ``together`` says that its assembly decides with ours in a compact; ``another`` that
    somebody here found it to be another.
    """

    digest: str
    title: Words
    by: Named
    reasons: Reasons
    together: bool
    another: bool
    own: str | None


def index(desk: Desk) -> Index:
    """Return the words of all issues that are held here now."""
    desk.shelf.look_alikes = look_alikes.current(
        desk.connection, desk.shelf.look_alikes
    )
    return desk.shelf.look_alikes


def for_draft(desk: Desk, draft: Wording) -> tuple[Suggestion, ...]:
    """Find what looks like an issue that nobody has raised yet; ours as well."""
    return tuple(_alike(desk, draft))[:MOST_SHOWN]


def for_issue(desk: Desk, gathered: SharedIssue) -> tuple[Suggestion, ...]:
    """Find what looks like an issue, raised by assemblies that do not have it.

    On the page of another's issue only ours are shown: that is what we can say it of.
    """
    held, digest = index(desk), gathered.issue.digest
    one = held.issues.get(digest)
    ours = records.ours(desk.connection)
    if one is None or ours is None:
        return ()
    mine = gathered.issue.assembly == ours.id
    having = {each.assembly for each in gathered.accounts}
    if not mine and ours.id in having:
        return ()
    others = _others(desk, digest) if mine else frozenset()
    found = []
    for each in _alike(desk, wording(one), besides=having):
        candidate = held.issues[each.digest]
        if mine and _has(desk, ours.id, each.digest):
            continue
        if not mine and (
            candidate.assembly != ours.id
            or _has(desk, gathered.issue.assembly, each.digest)
        ):
            continue
        found.append(
            Suggestion(
                digest=each.digest,
                title=each.title,
                by=each.by,
                reasons=each.reasons,
                together=each.together,
                another=Digest(each.digest) in others,
                own=digest if mine else each.digest,
            )
        )
    return tuple(found)[:MOST_SHOWN]


def wording(one: Issue) -> Wording:
    return Wording(title=one.title, words=one.words, theme=one.theme, place=one.place)


def _alike(
    desk: Desk, one: Wording, *, besides: Iterable[AssemblyId] = ()
) -> list[Suggestion]:
    held, apart = index(desk), frozenset(besides)
    together = deciding_together(desk)
    found = []
    stems = look_alike.stems(f"{one.title} {one.words} {one.theme} {one.place}")
    for digest in held.find(stems):
        other = held.issues[digest]
        reasons = look_alike.compare(one, wording(other))
        if reasons.enough and other.assembly not in apart:
            found.append(
                Suggestion(
                    digest=digest,
                    title=Words(text=other.title or None),
                    by=naming.assembly(desk, other.assembly),
                    reasons=reasons,
                    together=other.assembly in together,
                    another=False,
                    own=None,
                )
            )
    # Near first; among equals the better match by words stays before the other.
    return sorted(
        found,
        key=lambda each: (
            not each.reasons.place,
            not each.reasons.theme,
            not each.together,
        ),
    )


def deciding_together(desk: Desk) -> frozenset[str]:
    ours = records.ours(desk.connection)
    found: set[str] = set()
    for _, document in compacts.documents(desk.connection):
        members = document.get("members")
        ids = {
            str(each["assembly"])
            for each in (members if isinstance(members, list) else ())
            if isinstance(each, dict) and "assembly" in each
        }
        if ours is not None and ours.id in ids:
            found |= ids - {ours.id}
    return frozenset(found)


def _has(desk: Desk, assembly: str, digest: str) -> bool:
    """Whether an assembly's last word on an issue is that it has it too."""
    said = [
        archive.read(desk, row).fact
        for row in records.of_type(desk.connection, "SharedAccount", about=digest)
        if row["assembly"] == assembly
    ]
    return bool(said) and not getattr(said[-1], "withdrawn", True)


def _others(desk: Desk, digest: str) -> frozenset[Digest]:
    """Return what somebody here found to be another issue than this one of ours."""
    row = records.entry(desk.connection, digest)
    stream = None if row is None else row["subject"]
    if stream is None or not node.exists(desk, f"issue:{stream}"):
        return frozenset()
    state: issue.State = node.load(desk, f"issue:{stream}")
    return state.others


def judge(desk: Desk, digest: Digest, command: issue.JudgeLookAlike) -> None:
    """Say of an issue elsewhere that it is another than ours, or take that back.

    Raises:
        Unknown: it is no issue of ours, or the other is not known here.
    """
    row = records.entry(desk.connection, digest)
    ours = records.ours(desk.connection)
    mine = row is not None and ours is not None and row["assembly"] == ours.id
    if row is None or not mine or row["subject"] is None or row["type"] != "Issue":
        raise Unknown("No such issue of ours is known here.")
    other = records.entry(desk.connection, command.other)
    if other is None or not isinstance(archive.read(desk, other).fact, record.Issue):
        raise Unknown("No such issue is known here.")
    carry_out(desk, f"issue:{row['subject']}", command)


def routes(site: Site) -> list[Route]:
    async def judged(request: Request, form: Form) -> Response:
        form.only("other", "another")
        member, digest = the_member(request), asking.digest(request)
        other = asking.the_digest(form.one("other"), N_("The other issue"))
        said = form.choice("another", "What it is", among=("yes", "no"))
        await site.work(
            lambda desk: judge(
                desk,
                digest,
                issue.JudgeLookAlike(
                    other=other, another=said == "yes", by=member.id, at=desk.now
                ),
            )
        )
        return see_other(f"/issues/{in_hex(digest)}")

    return [
        site.form("/issues/{hex}/another", judged),
    ]
