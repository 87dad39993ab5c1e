"""Who does what at a meeting, who learns beside them, and who might like to.

Where nobody was named, whoever called the meeting does everything, so one tired
organiser has nothing to fill in. What is suggested is suggested: nobody is ranked.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from confederation import assembly, session
from confederation.errors import Invalid
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.meeting import rotation, run_sheet
from confederation.meeting.rotation import JobTitle, Role, Step
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import floor
from instance.store import events, people, training
from instance.web import naming
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import phases

TELLERS: Final = 2
HELPERS: Final = 4
LOOKED_BACK: Final = 12
MOST_IN_REASON: Final = 300
BUDDY: Final = "buddy-"
ALONE: Final[tuple[JobTitle, ...]] = (
    *("facilitator", "note-taker", "timekeeper", "doorkeeper", "host", "welcomer"),
)
FIELDS: Final = (*rotation.JOBS, *(f"{BUDDY}{job}" for job in rotation.JOBS), "agreed")
"""What the form about roles may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """A role, what it does, and who holds it; ``places`` are as many as it has.

    ``buddy`` learns beside them. ``skipped`` is why the assembly lets it not go round.
    """

    job: JobTitle
    says: str
    does: str
    names: tuple[str, ...]
    places: int
    buddy: str
    skipped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody who would like to do a role, and the steps that they ticked."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What whoever sets a meeting up may like to know about a role.

    ``wishes`` are in the order of names. ``longest`` are those among them who have not
    done it for longest, and ``running`` who has done it so many times in a row.
    """

    wishes: tuple[Wish, ...]
    longest: tuple[str, ...]
    running: tuple[tuple[str, int], ...]


def holders(
    desk: Desk, sheet: run_sheet.State, state: session.State
) -> Mapping[JobTitle, tuple[MemberId, ...]]:
    """Return who holds which role at a meeting, named or as it usually is."""
    if sheet.jobs:
        return sheet.jobs
    called = state.called
    caller = () if called is None or called.by is None else (called.by,)
    here = node.assembly_here(desk)
    tellers = tuple(dict.fromkeys(each.member for each in here.tellers))
    usual: dict[JobTitle, tuple[MemberId, ...]] = dict.fromkeys(ALONE, caller)
    return {**usual, "teller": tellers[:TELLERS]}


def jobs(desk: Desk, sheet: run_sheet.State, state: session.State) -> list[JobLine]:
    """List the roles of a meeting and who holds them."""
    held = holders(desk, sheet, state)
    names = known_as(desk)
    return [
        JobLine(
            job=job,
            says=says,
            does=phases.DOES[job],
            names=tuple(names.get(each, "") for each in held.get(job, ())),
            places=_places(job),
            buddy=names.get(sheet.buddies[job], "") if job in sheet.buddies else "",
            skipped=_words(desk, sheet.skipped.get(job)),
        )
        for job, says in phases.JOBS.items()
    ]


def hints(desk: Desk, id: str, sheet: run_sheet.State) -> Mapping[JobTitle, Hint]:
    """Gather what helps to let the roles of a meeting go round."""
    state: session.State = node.load(desk, f"session:{id}")
    held, names = holders(desk, sheet, state), known_as(desk)
    before = past(desk, but=id)
    found: dict[JobTitle, Hint] = {}
    for job in rotation.JOBS:
        offered = training.offers(desk.connection, job) & names.keys()
        running = [
            (names[each], times)
            for each in held.get(job, ())
            if each in names
            and (times := rotation.in_a_row(before, job, each))
            >= rotation.ASK_SOMEBODY_ELSE
        ]
        longest = rotation.longest_since(before, job, offered) if before else ()
        found[job] = Hint(
            wishes=wishes(desk, job),
            longest=() if len(longest) == len(offered) else _named(names, longest),
            running=tuple(running),
        )
    return found


def wishes(desk: Desk, role: Role) -> tuple[Wish, ...]:
    """List who would like to do a role, by name, with what they have tried of it."""
    names = known_as(desk)
    offered = training.offers(desk.connection, role) & names.keys()
    return tuple(
        Wish(
            name=names[each],
            steps=tuple(
                step
                for step in rotation.STEPS
                if step in training.steps(desk.connection, each, role)
            ),
        )
        for each in sorted(offered, key=lambda who: names[who].casefold())
    )


def past(desk: Desk, *, but: str) -> tuple[rotation.Held, ...]:
    """Return who held which role at the meetings that were held, the newest first."""
    opened = [
        (state.opened.at, id, state)
        for id, state in node.load_all(desk, "session").items()
        if state.opened is not None and id != but
    ]
    newest = sorted(opened, key=lambda each: each[:2], reverse=True)[:LOOKED_BACK]
    return tuple(holders(desk, floor.sheet(desk, id), state) for _, id, state in newest)


def most_times(desk: Desk) -> int:
    """Return how often running one person may do a role; 0 if no rule says."""
    here = node.assembly_here(desk)
    return here.rulebooks[-1].most_times if here.rulebooks else 0


def known_as(desk: Desk) -> dict[MemberId, str]:
    """Name each member so that no two are called alike.

    Before the assembly is founded, everybody who was invited counts as one.
    """
    here: assembly.State = node.assembly_here(desk)
    names = people.names(desk.connection)
    known = {
        MemberId(id): name
        for id, name in names.items()
        if here.founded is None or id in here.members
    }
    twice = {name for name, count in Counter(known.values()).items() if count > 1}
    return {
        id: f"{name} ({id[-4:]})" if name in twice else name
        for id, name in known.items()
    }


def name_jobs(desk: Desk, by: MemberId, form: Form, id: str) -> None:
    """Say who holds each role, and who learns it beside them, as a form does.

    Raises:
        Misused: a name that no member has.
        Refused: one person twice, or the rules let the role go round.
    """
    says = form.line("agreed", N_("Why they go on"), least=0, most=MOST_IN_REASON)
    agreed = events.keep_wording(desk.connection, says) if says else None
    most = most_times(desk)
    before = past(desk, but=id) if most else ()
    known = {_folded(name): who for who, name in known_as(desk).items()}
    for job in rotation.JOBS:
        chosen = _chosen(known, form.values.get(job, ()))
        if len(set(chosen)) < len(chosen) and job == "teller":
            raise Invalid(
                "The second teller is another person than the first: two pairs of "
                "eyes count better than one."
            )
        naming = run_sheet.NameJob(
            session=SessionId(id),
            job=job,
            holders=tuple(dict.fromkeys(chosen)),
            by=by,
            at=desk.now,
            past=before,
            most=most,
            agreed=agreed,
        )
        node.perform(desk, f"run_sheet:{id}", naming)
        beside = _chosen(known, form.values.get(f"{BUDDY}{job}", ()))
        learning = run_sheet.NameBuddy(
            session=SessionId(id),
            job=job,
            buddy=beside[0] if beside else None,
            by=by,
            at=desk.now,
        )
        node.perform(desk, f"run_sheet:{id}", learning)


def carried_over(
    desk: Desk, sheet: run_sheet.State, new: SessionId, *, by: MemberId
) -> list[run_sheet.NameJob]:
    """Name the same people for the next meeting, but for whom the rules let off."""
    most, before = most_times(desk), past(desk, but=new)
    return [
        run_sheet.NameJob(
            session=new,
            job=job,
            holders=tuple(
                each
                for each in who
                if each not in rotation.had_enough(before, job, who, most=most)
            ),
            by=by,
            at=desk.now,
        )
        for job, who in sheet.jobs.items()
    ]


def _chosen(known: Mapping[str, MemberId], typed: Collection[str]) -> list[MemberId]:
    given = [each for each in typed if each.strip()]
    for name in given:
        if _folded(name) not in known:
            raise Misused(
                "There is no member called “{name}” here. The list below the "
                "field has the names as they are written.",
                name=name.strip()[:60],
            )
    return [known[_folded(name)] for name in given]


def _named(names: Mapping[MemberId, str], who: Collection[MemberId]) -> tuple[str, ...]:
    return tuple(sorted((names[each] for each in who), key=str.casefold))


def _places(job: JobTitle) -> int:
    return run_sheet.ROOM_FOR.get(job, TELLERS if job == "teller" else HELPERS)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _words(desk: Desk, commitment: Commit | None) -> str:
    return "" if commitment is None else naming.said(desk, commitment)
