"""What is public leaves in files that anybody may use: JSON for all, tables for some.

Nothing is here that a page does not show to everybody.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from confederation import session
from confederation.identifiers import SessionId
from confederation.record import Decision, Entry, Issue
from instance import archive, node
from instance.desk import Desk
from instance.matters import openings
from instance.meeting import minuting
from instance.store import jurisdiction_notes, records, translations
from instance.upkeep.exporting import LICENCE, PUBLIC, Row, write_csv
from instance.web import naming
from instance.web.afterwards import actions, goal, points, thanks
from instance.web.languages import N_
from instance.web.record import claim
from instance.web.rendering import render
from instance.web.site import Site, not_found

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "issues": ("id", "published", "title", "what", "why", "theme"),
    "decisions": (
        *("id", "published", "text", "method", "quorum", "threshold", "present"),
        *("outcome", "chosen", "for", "against", "abstain", "counted_by"),
    ),
    "meetings": (
        *("id", "title", "kind", "opened", "closed", "present", "counted_by"),
        *("residents", "minutes"),
    ),
    "points": ("meeting", "table", "number", "what", "why", "became", "where"),
    "actions": (
        *("id", "what", "help", "kind", "position", "effort", "due", "status"),
        "taken_by",
    ),
    "thanks": ("id", "day", "says", "by", "to"),
}
"""The tables, by name, with their columns. See docs/reference/export.md."""
SAYS: Final[Mapping[str, str]] = {
    "issues": N_("Issues that we raised"),
    "decisions": N_("What we decided, and how it was counted"),
    "meetings": N_("Meetings that everybody may know of"),
    "points": N_("What tables said, and where it went"),
    "actions": N_("Actions that were offered to everyone"),
    "thanks": N_("Deeds and thanks that were told to everyone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """The files that there are, each with what is in it and how many rows it has."""

    tables: tuple[tuple[str, str, int], ...]
    licence: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        shown = await site.node.look(view)
        return render(request, "export.html", page=shown)

    async def whole(request: Request) -> Response:
        document = await site.node.look(public)
        body = json.dumps(document, ensure_ascii=False, indent=1)
        return _file(body, "application/json", f"{site.node.config.slug}.json")

    async def table(request: Request) -> Response:
        name = request.path_params["table"]
        if name not in TABLES:
            raise not_found()
        rows = await site.node.look(lambda desk: list(_READ[name](desk)))
        body = write_csv(TABLES[name], rows)
        return _file(body, "text/csv", f"{site.node.config.slug}-{name}.csv")

    return [
        site.page("/export", page),
        site.page("/export/public.json", whole),
        site.page("/export/{table}.csv", table),
    ]


def view(desk: Desk) -> ExportPage:
    """Show which files there are."""
    return ExportPage(
        tables=tuple(
            (name, says, sum(1 for _ in _READ[name](desk)))
            for name, says in SAYS.items()
        ),
        licence=LICENCE,
    )


def public(desk: Desk) -> JsonObject:
    """Write all that is public of our assembly: its tables, and its signed record."""
    ours = records.ours(desk.connection)
    entries = [] if ours is None else records.entries(desk.connection, ours.id)
    documents = [canonical.read(bytes(row["body"])) for row in entries]
    tables: dict[str, JsonValue] = {
        name: [dict(row) for row in _READ[name](desk)] for name in TABLES
    }
    return {
        "format": PUBLIC,
        "licence": LICENCE,
        "written": canonical.write_time(desk.now),
        "assembly": {
            "id": None if ours is None else ours.id,
            "name": naming.our_name(desk),
            "address": desk.config.group,
        },
        **tables,
        "claim": _claim(desk),
        "goal": _goal(desk),
        "notes_on_law": [
            {"about": row["about"], "words": row["words"]}
            for row in jurisdiction_notes.every(desk.connection)
        ],
        "translations": [
            {
                "of": row["of"],
                "lang": row["lang"],
                "words": row["words"],
                "machine": bool(row["machine"]),
            }
            for row in translations.public(desk.connection)
        ],
        "record": list(documents),
        "texts": [
            text
            for document in documents
            for text in openings.documents(desk, document)
        ],
    }


def _issues(desk: Desk) -> Iterator[Row]:
    for entry in _entries(desk, "Issue"):
        fact = entry.fact
        assert isinstance(fact, Issue)
        yield {
            "id": entry.digest,
            "published": canonical.write_time(entry.published),
            "title": naming.words(desk, fact.title).text,
            "what": naming.words(desk, fact.what).text,
            "why": None if fact.why is None else naming.words(desk, fact.why).text,
            "theme": fact.theme,
        }


def _decisions(desk: Desk) -> Iterator[Row]:
    for entry in _entries(desk, "Decision"):
        fact = entry.fact
        assert isinstance(fact, Decision)
        counted, text = fact.members, naming.some_words(desk, fact.text_commit)
        yield {
            "id": entry.digest,
            "published": canonical.write_time(entry.published),
            "text": None if text is None else text.text,
            "method": fact.method.name,
            "quorum": fact.method.quorum,
            "threshold": fact.method.threshold,
            "present": fact.present,
            "outcome": fact.outcome,
            "chosen": fact.chosen,
            "for": None if counted is None else counted.for_,
            "against": None if counted is None else counted.against,
            "abstain": None if counted is None else counted.abstain,
            "counted_by": None if counted is None else counted.basis,
        }


def _meetings(desk: Desk) -> Iterator[Row]:
    notes = claim.the_notes(desk)
    counted = {each.session: each for each in claim.meetings(desk, notes)}
    for id, state in node.load_all(desk, "session").items():
        if not is_public(desk, id, state):
            continue
        assert state.called is not None
        written, known = minuting.of_meeting(desk, id), counted.get(SessionId(id))
        yield {
            "id": id,
            "title": points.words(desk, state.called.notice.title),
            "kind": state.called.notice.kind,
            "opened": None
            if state.opened is None
            else canonical.write_time(state.opened.at),
            "closed": None
            if state.closed_at is None
            else canonical.write_time(state.closed_at),
            "present": None if known is None else known.present,
            "counted_by": None if known is None else known.basis,
            "residents": None if known is None else known.residents,
            "minutes": points.words(desk, written.versions[-1])
            if written.public
            else None,
        }


def _points(desk: Desk) -> Iterator[Row]:
    for id in node.load_all(desk, "minutes"):
        if not minuting.of_meeting(desk, id).public:
            continue
        for each in points.of_meeting(desk, id).in_order:
            shown = points.a_view(desk, each)
            yield {
                "meeting": id,
                "table": shown.table,
                "number": shown.number,
                "what": shown.what,
                "why": shown.why,
                "became": None if shown.where is None else shown.where.became,
                "where": None if shown.where is None else shown.where.says,
            }


def _actions(desk: Desk) -> Iterator[Row]:
    for line in actions.lines(desk, None):
        shown = actions.view(desk, line.id, None)
        yield {
            "id": shown.id,
            "what": shown.what,
            "help": shown.help,
            "kind": shown.kind,
            "position": shown.position,
            "effort": shown.effort,
            "due": None if shown.due is None else f"{shown.due:%Y-%m-%d}",
            "status": shown.status,
            "taken_by": shown.taken_by,
        }


def _thanks(desk: Desk) -> Iterator[Row]:
    for line in thanks.lines(desk, None):
        yield {
            "id": line.id,
            "day": f"{line.at:%Y-%m-%d}",
            "says": line.says,
            "by": line.by,
            "to": line.to,
        }


def _claim(desk: Desk) -> JsonObject:
    found = claim.the_claim(desk)
    return {
        "more_than": found.criteria.more_than,
        "meetings": found.criteria.meetings,
        "measure": found.criteria.measure,
        "version": found.version,
        "figure": found.figure,
        "holds": found.holds,
        "gaps": [
            {
                "lack": gap.lack,
                "meeting": gap.session,
                "step": gap.step,
                "number": gap.number,
            }
            for gap in found.gaps
        ],
    }


def _goal(desk: Desk) -> JsonObject | None:
    state = goal.the_goal(desk)
    if state.goal is None or state.goal.told != "everyone":
        return None
    shown = goal.view(desk, None)
    return {
        "want": shown.want,
        "giver": shown.giver,
        "steps": [line.what for line in shown.steps],
    }


def _entries(desk: Desk, kind: str) -> Iterator[Entry]:
    ours = records.ours(desk.connection)
    if ours is None:
        return
    for row in records.entries(desk.connection, ours.id, types=(kind,)):
        entry = archive.read(desk, row)
        if type(entry.fact).__name__ == kind:
            yield entry


def is_public(desk: Desk, id: str, state: session.State) -> bool:
    """Whether everybody may know of a meeting."""
    told = state.called is not None and state.called.notice.told == "everyone"
    return told or minuting.of_meeting(desk, id).public


def _file(body: str, kind: str, name: str) -> Response:
    return Response(
        body,
        media_type=kind,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "link": f'<{LICENCE}>; rel="license"',
        },
    )


_READ: Final[Mapping[str, Callable[[Desk], Iterator[Row]]]] = {
    "issues": _issues,
    "decisions": _decisions,
    "meetings": _meetings,
    "points": _points,
    "actions": _actions,
    "thanks": _thanks,
}
