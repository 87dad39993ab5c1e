"""Every number opens to how it was counted: each step, and whether it held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from confederation import compact
from confederation.counting.majority import ABSTAIN, AGAINST, FOR, HALF
from confederation.errors import Invalid
from confederation.identifiers import OptionId
from confederation.record import Decision, Figures, Method, Proposal, Result
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
        return (f"{figures.cast} of {_assemblies(figures.seats)} voted.",)
    lines = [f"Assemblies: {_votes(figures.assemblies)}, of {figures.seats}."]
    if figures.weights is not None:
        lines.append(f"By weight: {_weights(figures.weights)}.")
    if figures.members is not None:
        lines.append(f"Their members: {_votes(figures.members)}.")
    return tuple(lines)


def steps(result: Result, proposal: Proposal) -> tuple[Step, ...]:
    """Show the arithmetic of a confederal result, step by step."""
    figures = result.figures
    if result.outcome == "withdrawn":
        return (Step(says="Its own assembly withdrew it, so nothing was counted."),)
    return (
        Step(says=f"{_seats(figures.seats)} in the count."),
        Step(
            says=(
                f"{figures.cast} voted. At least {figures.quorum} must vote, or "
                "nothing is decided (the quorum)."
            ),
            holds=figures.cast >= figures.quorum and figures.cast > 0,
        ),
        *(_shares(figures, proposal) if figures.cast and not result.ranked else ()),
    )


def _shares(figures: Figures, proposal: Proposal) -> Iterable[Step]:
    for_ = figures.assemblies.get(FOR, 0)
    says = f"Assemblies: {_votes(figures.assemblies)}."
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
    if asked.share == HALF:
        holds, bar = for_ > needed, "more than"
    else:
        holds, bar = for_ >= needed, "at least"
    yield Step(
        says=(
            f"{says} For it must be {bar} {asked.share} of the {figures.cast} that "
            f"voted, so {bar} {_mixed(needed)}."
        ),
        holds=holds,
    )
    if not asked.people:
        return
    if figures.members is None:
        yield Step(
            says=(
                "A second majority, of members, was asked for. Not every assembly that "
                "voted counted its own yes and no, so assemblies alone decide: nobody "
                "who was present is ever counted as a yes."
            )
        )
        return
    yield Step(
        says=(
            "Members of the assemblies that voted, as each counted them: "
            f"{_votes(figures.members)}. More must be for it than against it."
        ),
        holds=figures.members[FOR] > figures.members[AGAINST],
    )


def _by_weight(weights: Mapping[OptionId, str], share: Fraction) -> Step:
    """Say how the seats came out by their weights."""
    sides = {option: Fraction(weight) for option, weight in weights.items()}
    for_, cast = sides.get(FOR, Fraction()), sum(sides.values(), Fraction())
    bar = "more than" if share == HALF else "at least"
    return Step(
        says=(
            f"By weight: {_weights(weights)}. For it must be {bar} {share} of the "
            f"{_mixed(cast)} that was cast, so {bar} {_mixed(share * cast)}. What each "
            "seat weighs is in the compact."
        ),
        holds=for_ > share * cast if share == HALF else for_ >= share * cast > 0,
    )


def _members_alone(figures: Figures, share: Fraction) -> Step:
    """Say how the members of all assemblies came out, counted as one body."""
    members = figures.members or {}
    for_ = members[FOR]
    voted = for_ + members[AGAINST]
    bar = "more than" if share == HALF else "at least"
    holds = for_ > share * voted if share == HALF else for_ >= share * voted > 0
    return Step(
        says=(
            f"Members of the assemblies that voted, counted as one body: "
            f"{_votes(members)}. For it must be {bar} {share} of the {voted} that said "
            f"yes or no, so {bar} {_mixed(share * voted)}."
        ),
        holds=holds,
    )


def decision_steps(decision: Decision) -> tuple[Step, ...]:
    """Show what one assembly's decision rests on, as far as it is published."""
    return tuple(_decision_steps(decision))


def _decision_steps(decision: Decision) -> Iterable[Step]:
    yield Step(says=f"{decision.present} were present when it was put.")
    if decision.method.quorum is not None:
        quorum = _share(decision.method.quorum)
        asked = f"that at least {quorum} of those it counts take part"
        says = "for no quorum" if quorum == "0" else asked
        yield Step(
            says=f"The rulebook asks {says}.", holds=decision.outcome != "no quorum"
        )
    yield from _totals(decision)
    members = decision.members
    if members is None:
        yield Step(
            says=(
                "Nobody counted yes and no: by consent a text passes when no objection "
                "that the round held valid is left."
                if decision.method.name == "consent"
                else "Yes and no were not counted one by one."
            )
        )
        return
    yield Step(
        says=(
            f"{members.for_} for, {members.against} against, {members.abstain} "
            f"abstaining, counted by {members.basis}."
        )
    )
    if len(decision.channels) > 1:
        for names, counts in sorted(decision.channels.items()):
            known = {OptionId(option): papers for option, papers in counts.items()}
            yield Step(says=f"Of these, by {names}: {_votes(known)}.")
    if decision.method.name == "qualified" and decision.method.threshold is not None:
        asked = _share(decision.method.threshold)
        yield Step(
            says=f"At least {asked} of what the rulebook counts must be for it.",
            holds=decision.outcome == "passed",
        )
    elif decision.method.name == "majority":
        yield Step(
            says="More must be for it than against it; abstaining counts for neither.",
            holds=members.for_ > members.against,
        )


def _totals(decision: Decision) -> Iterable[Step]:
    """The totals by option and the votes stage by stage, where there were options."""
    if decision.members is not None or not decision.counts:
        return
    yield Step(says=f"Counted: {_listed(decision.counts)}.")
    for number, stage in enumerate(decision.stages, start=1):
        yield Step(says=f"After stage {number}: {_listed(stage)}.")
    if decision.elected:
        yield Step(says=f"Elected: {', '.join(decision.elected)}.")


def _listed(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{option} {number}" for option, number in counts.items())


def _votes(counts: Mapping[OptionId, int]) -> str:
    known = ((FOR, "for"), (AGAINST, "against"), (ABSTAIN, "abstaining"))
    says = [f"{counts.get(option, 0)} {word}" for option, word in known]
    says += [
        f"{count} {option}"
        for option, count in counts.items()
        if option not in (FOR, AGAINST, ABSTAIN)
    ]
    return ", ".join(says)


def _weights(weights: Mapping[OptionId, str]) -> str:
    known = ((FOR, "for"), (AGAINST, "against"), (ABSTAIN, "abstaining"))
    return ", ".join(
        f"{_mixed(Fraction(weights.get(option, '0')))} {word}" for option, word in known
    )


def _assemblies(number: int) -> str:
    return "1 assembly" if number == 1 else f"{number} assemblies"


def _seats(seats: int) -> str:
    return "1 assembly is" if seats == 1 else f"{seats} assemblies are"


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
