"""Every number opens to how it was counted: each step, and whether it held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from confederation.confederal import compact
from confederation.counting.majority import ABSTAIN, AGAINST, FOR, HALF
from confederation.errors import ByNumber, Filled, Invalid, Series
from confederation.identifiers import OptionId
from confederation.record import Decision, Figures, Method, Proposal, Result
from confederation.session.terms import CHANNELS
from instance.web.languages import N_

METHODS: Final = {
    "majority-of-assemblies": N_("a majority of the assemblies"),
    "two-thirds-of-assemblies": N_("two thirds of the assemblies"),
    "double-majority": N_("a majority of the assemblies and of their members"),
    "majority-of-members": N_("a majority of all members, counted as one body"),
    "weighted-majority": N_("more than half of the weight of the assemblies"),
    "ranked-pairs": N_("ranked pairs, of assemblies"),
    "instant-runoff": N_("instant run-off, of assemblies"),
    "consent": N_("consent: nobody had a reason against it that could not be met"),
    "majority": N_("a simple majority"),
    "qualified": N_("a qualified majority"),
    "ranked": N_("ranked choice"),
    "consensus": N_("consensus"),
    "fallback": N_("a large majority, after consensus had failed at two meetings"),
    "pairs": N_("ranked pairs"),
    "schulze": N_("the Schulze method"),
    "stv": N_("transferable vote by the Scottish rules"),
    "meek": N_("transferable vote by Meek's method"),
    "approval": N_("approval"),
    "score": N_("score"),
}
SHARES: Final[Mapping[Fraction, str]] = {
    Fraction(1, 10): N_("one tenth"),
    Fraction(1, 5): N_("one fifth"),
    Fraction(1, 4): N_("one quarter"),
    Fraction(1, 3): N_("one third"),
    Fraction(1, 2): N_("half"),
    Fraction(2, 3): N_("two thirds"),
    Fraction(3, 4): N_("three quarters"),
    Fraction(4, 5): N_("four fifths"),
    Fraction(9, 10): N_("nine tenths"),
}
WAYS: Final[Mapping[str, str]] = {
    **{str(channel): says for channel, says in CHANNELS.items()},
    "cards": N_("cards"),
    "check-in": N_("check-in"),
    "members of several assemblies": N_("members of several assemblies"),
}
"""How it was counted, as it stands in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the arithmetic; ``holds`` is None where nothing is asked."""

    says: str
    holds: bool | None = None


def method(method: Method) -> str:
    """Name a method of deciding in plain words."""
    return METHODS.get(method.name, method.name)


def summary(result: Result) -> tuple[str, ...]:
    """Say the figures of a confederal result in a line or two."""
    figures = result.figures
    if result.outcome == "withdrawn" or not figures.cast:
        return ()
    if result.ranked is not None:
        return (
            Filled(
                ByNumber(
                    "{cast} of {seats} assembly voted.",
                    "{cast} of {seats} assemblies voted.",
                ),
                seats=figures.seats,
                cast=figures.cast,
            ),
        )
    lines = [
        Filled(
            "Assemblies: {votes}, of {seats}.",
            votes=_votes(figures.assemblies),
            seats=figures.seats,
        )
    ]
    if figures.weights is not None:
        lines.append(Filled("By weight: {votes}.", votes=_weights(figures.weights)))
    if figures.members is not None:
        lines.append(Filled("Their members: {votes}.", votes=_votes(figures.members)))
    return tuple(lines)


def steps(result: Result, proposal: Proposal) -> tuple[Step, ...]:
    """Show the arithmetic of a confederal result, step by step."""
    figures = result.figures
    if result.outcome == "withdrawn":
        return (Step(says=N_("Its own assembly withdrew it, so nothing was counted.")),)
    seats = ByNumber(
        "{seats} assembly is in the count.", "{seats} assemblies are in the count."
    )
    return (
        Step(says=Filled(seats, seats=figures.seats)),
        Step(
            says=Filled(
                "{cast} voted. At least {quorum} must vote, or nothing is decided (the "
                "quorum).",
                cast=figures.cast,
                quorum=max(figures.quorum, 1),
            ),
            holds=figures.cast >= max(figures.quorum, 1),
        ),
        *(_shares(figures, proposal) if figures.cast and not result.ranked else ()),
    )


def _shares(figures: Figures, proposal: Proposal) -> Iterable[Step]:
    for_ = figures.assemblies.get(FOR, 0)
    votes = _votes(figures.assemblies)
    says = Filled("Assemblies: {votes}.", votes=votes)
    try:
        asked = compact.bar(proposal.method)
    except Invalid:
        yield Step(says=says)
        return
    if figures.weights is not None:
        yield Step(says=says)
        yield _by_weight(figures.weights, asked.share)
        return
    if not asked.assemblies and figures.members is not None:
        yield Step(says=says)
        yield _members_alone(figures, asked.share)
        return
    needed = asked.share * figures.cast
    counted = {
        "cast": figures.cast,
        "votes": votes,
        "share": asked.share,
        "needed": _mixed(needed),
    }
    if asked.share == HALF:
        says = Filled(
            "Assemblies: {votes}. For it must be more than {share} of the {cast} that "
            "voted, so more than {needed}.",
            **counted,
        )
    else:
        says = Filled(
            "Assemblies: {votes}. For it must be at least {share} of the {cast} that "
            "voted, so at least {needed}.",
            **counted,
        )
    yield Step(says=says, holds=_passes(for_, needed, asked.share))
    if not asked.people:
        return
    if figures.members is None:
        yield Step(
            says=N_(
                "A second majority, of members, was asked for. Not every assembly that "
                "voted counted its own yes and no, so assemblies alone decide: nobody "
                "who was present is ever counted as a yes."
            )
        )
        return
    yield Step(
        says=Filled(
            "Members of the assemblies that voted, as each counted them: {votes}. More "
            "must be for it than against it.",
            votes=_votes(figures.members),
        ),
        holds=figures.members[FOR] > figures.members[AGAINST],
    )


def _passes(for_: int | Fraction, needed: Fraction, share: Fraction) -> bool:
    return for_ > needed if share == HALF else for_ >= needed


def _by_weight(weights: Mapping[OptionId, str], share: Fraction) -> Step:
    """Say how the seats came out by their weights."""
    sides = {option: Fraction(weight) for option, weight in weights.items()}
    for_, cast = sides.get(FOR, Fraction()), sum(sides.values(), Fraction())
    needed = share * cast
    counted = {
        "votes": _weights(weights),
        "share": share,
        "cast": _mixed(cast),
        "needed": _mixed(needed),
    }
    if share == HALF:
        says = Filled(
            "By weight: {votes}. For it must be more than {share} of the {cast} that "
            "was cast, so more than {needed}. What each seat weighs is in the compact.",
            **counted,
        )
    else:
        says = Filled(
            "By weight: {votes}. For it must be at least {share} of the {cast} that "
            "was cast, so at least {needed}. What each seat weighs is in the compact.",
            **counted,
        )
    return Step(
        says=says, holds=_passes(for_, needed, share) and (share == HALF or needed > 0)
    )


def _members_alone(figures: Figures, share: Fraction) -> Step:
    """Say how the members of all assemblies came out, counted as one body."""
    members = figures.members or {}
    voted = members[FOR] + members[AGAINST]
    needed = share * voted
    counted = {
        "votes": _votes(members),
        "share": share,
        "voted": voted,
        "needed": _mixed(needed),
    }
    if share == HALF:
        says = Filled(
            "Members of the assemblies that voted, counted as one body: {votes}. For "
            "it must be more than {share} of the {voted} that said yes or no, so more "
            "than {needed}.",
            **counted,
        )
    else:
        says = Filled(
            "Members of the assemblies that voted, counted as one body: {votes}. For "
            "it must be at least {share} of the {voted} that said yes or no, so at "
            "least {needed}.",
            **counted,
        )
    holds = _passes(members[FOR], needed, share) and (share == HALF or needed > 0)
    return Step(says=says, holds=holds)


def decision_steps(decision: Decision) -> tuple[Step, ...]:
    """Show what one assembly's decision rests on, as far as it is published."""
    return tuple(_decision_steps(decision))


def _decision_steps(decision: Decision) -> Iterable[Step]:
    present = ByNumber(
        "{present} person was present when it was put.",
        "{present} were present when it was put.",
    )
    yield Step(says=Filled(present, present=decision.present))
    if decision.method.quorum is not None:
        yield Step(
            says=_quorum(_share(decision.method.quorum)),
            holds=decision.outcome != "no quorum",
        )
    yield from _totals(decision)
    members = decision.members
    if members is None:
        yield Step(
            says=N_(
                "Nobody counted yes and no: by consent a text passes when no objection "
                "that the round held valid is left."
            )
            if decision.method.name == "consent"
            else N_("Yes and no were not counted one by one.")
        )
        return
    yield Step(
        says=Filled(
            "{votes}, counted by {ways}.",
            votes=_sides(members.for_, members.against, members.abstain),
            ways=ways(members.basis),
        )
    )
    if len(decision.channels) > 1:
        for names, counts in sorted(decision.channels.items()):
            known = {OptionId(option): papers for option, papers in counts.items()}
            yield Step(
                says=Filled(
                    "Of these, by {ways}: {votes}.",
                    ways=ways(names),
                    votes=_votes(known),
                )
            )
    if decision.method.name == "qualified" and decision.method.threshold is not None:
        yield Step(
            says=Filled(
                "At least {share} of what the rulebook counts must be for it.",
                share=_share(decision.method.threshold),
            ),
            holds=decision.outcome == "passed",
        )
    elif decision.method.name == "majority":
        yield Step(
            says=N_(
                "More must be for it than against it; abstaining counts for neither."
            ),
            holds=members.for_ > members.against,
        )


def share(written: str) -> str:
    """Say a share as people do, *one third*; in figures where they have no word."""
    found = Fraction(written)
    return SHARES.get(found) or str(found)


def _quorum(written: str) -> str:
    if not Fraction(written):
        return N_("The rulebook asks for no quorum.")
    return Filled(
        "The rulebook asks that at least {share} of those it counts take part.",
        share=share(written),
    )


def ways(basis: str) -> list[str]:
    """Name the ways in which people were counted, or voted."""
    return [WAYS.get(each, each) for each in basis.split(" and ")]


def _totals(decision: Decision) -> Iterable[Step]:
    """The totals by option and the votes stage by stage, where there were options."""
    if decision.members is not None or not decision.counts:
        return
    yield Step(says=Filled("Counted: {votes}.", votes=_listed(decision.counts)))
    for number, stage in enumerate(decision.stages, start=1):
        yield Step(
            says=Filled(
                "After stage {number}: {votes}.", number=number, votes=_listed(stage)
            )
        )
    if decision.elected:
        yield Step(says=Filled("Elected: {names}.", names=Series(decision.elected)))


def _listed(counts: Mapping[str, object]) -> Series:
    return Series(f"{option} {number}" for option, number in counts.items())


def _votes(counts: Mapping[OptionId, int]) -> Series:
    sides = _sides(*(counts.get(option, 0) for option in (FOR, AGAINST, ABSTAIN)))
    others = (
        f"{count} {option}"
        for option, count in counts.items()
        if option not in (FOR, AGAINST, ABSTAIN)
    )
    return Series((sides, *others))


def _weights(weights: Mapping[OptionId, str]) -> Filled:
    return _sides(
        *(_mixed(Fraction(weights.get(each, "0"))) for each in (FOR, AGAINST, ABSTAIN))
    )


def _sides(for_: object, against: object, abstaining: object) -> Filled:
    return Filled(
        "{for_} for, {against} against, {abstaining} abstaining",
        for_=for_,
        against=against,
        abstaining=abstaining,
    )


def _mixed(number: Fraction) -> str:
    """Write an exact number as people do: 1 1/2 rather than 3/2."""
    whole, rest = divmod(number, 1)
    if not rest:
        return str(whole)
    return f"{whole} {rest}" if whole else str(rest)


def _share(text: str) -> str:
    try:
        return str(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return text
