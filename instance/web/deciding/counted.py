"""A result is shown as tables that can be read aloud, with how it was counted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from confederation.counting import lot, meek, pairs, stv
from confederation.counting.pairwise import Matrix
from confederation.counting.ranked import Round
from confederation.deciding.question import Asks, Terms
from confederation.deciding.result import Outlook, Result, decimal
from confederation.errors import ByNumber, Filled
from confederation.identifiers import OptionId
from instance.web.languages import N_

Labels = Mapping[OptionId, str]

FIGURES_OF: Final[dict[Asks, str]] = {
    "position": N_("Votes"),
    "ranking": N_("First preferences"),
    "ticks": N_("Ticks"),
    "points": N_("Points"),
    "dots": N_("Dots"),
}
BASES: Final = {
    "present": N_("present"),
    "members": N_("members"),
    "votes": N_("votes"),
    "cast": N_("votes cast"),
}
"""Of what a share is asked, beside how many there are of it."""
TIES: Final = {
    "earlier stage": N_("They were tied; the latest stage that differed decided it."),
    "lot": N_("They were tied at every stage; the lot decided it."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A whole sentence with what stands in its places, to be said in any language."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, and the sentences that say aloud what stands in it."""

    caption: Said
    head: str
    columns: tuple[Said, ...]
    rows: tuple[Row, ...]
    says: tuple[Said, ...] = ()


def said(text: str, **values: object) -> Said:
    return Said(text=text, values=values)


def figures(result_counts: Mapping[OptionId, int], labels: Labels) -> tuple[Row, ...]:
    """Show how many papers carry what."""
    return tuple(
        Row(label=labels.get(option, option), cells=(str(papers),))
        for option, papers in result_counts.items()
    )


def kept_rather(
    count: pairs.Count, keep: OptionId | None, labels: Labels
) -> Said | None:
    """Say where more papers want things as they are than want what won.

    By ranked pairs that can be, in a circle; whoever finds it alone would not believe
    the result.
    """
    winner = count.winner
    if keep is None or winner is None or not count.matrix.beats(keep, winner):
        return None
    return said(
        N_(
            "%(kept)s want “%(keep)s” more than “%(winner)s”, and %(won)s the other "
            "way round. What people want goes in a circle here, and of its majorities "
            "this one gave way. “How counted” shows in which order they were taken."
        ),
        keep=labels[keep],
        winner=labels[winner],
        kept=count.matrix.over[keep][winner],
        won=count.matrix.over[winner][keep],
    )


def steps(
    result: Result, terms: Terms, labels: Labels, *, seed: str | None
) -> tuple[Said, ...]:
    """Say the arithmetic of a result, step by step; ``seed`` is the lot's, if any."""
    return (
        *_steps(result),
        *_steps_among_options(result, labels),
        *_lot(terms, labels, seed),
    )


def tables(result: Result, terms: Terms, labels: Labels) -> tuple[Table, ...]:
    """Show the rounds, stages or comparisons of a result."""
    return tuple(_tables(result, terms, labels))


def how_it_stands(outlook: Outlook) -> tuple[str, ...]:
    """Say how many more an open ballot takes, in sentences that pages translate."""
    lines: list[str] = []
    if outlook.more_to_vote:
        more = ByNumber(
            "One more must take part for it to count.",
            "{more} more must take part for it to count.",
        )
        lines.append(Filled(more, more=outlook.more_to_vote))
    elif outlook.cast:
        lines.append(N_("Enough have taken part for it to count."))
    if outlook.out_of_reach:
        lines.append(N_("Not even all who have yet to vote could carry it any more."))
    elif outlook.more_for == 0:
        lines.append(N_("As it stands now, it is carried."))
    elif outlook.more_for is not None:
        more = ByNumber(
            "One more for it would carry it.", "{more} more for it would carry it."
        )
        lines.append(Filled(more, more=outlook.more_for))
    return tuple(lines)


def mixed(number: Fraction) -> str:
    """Write an exact number as people do: 3 1/2 rather than 7/2."""
    whole, rest = divmod(number, 1)
    if not rest:
        return str(whole)
    return f"{whole} {rest}" if whole else str(rest)


def _steps(result: Result) -> Iterator[Said]:
    quorum = result.quorum
    yield said(
        N_("%(cast)s took part, of %(size)s %(base)s; at least %(needed)s were needed.")
        if quorum.needed
        else N_("%(cast)s took part, of %(size)s %(base)s. No quorum was asked for."),
        cast=quorum.cast,
        size=quorum.size,
        base=BASES.get(quorum.base, quorum.base),
        needed=quorum.needed,
    )
    if result.tally is not None:
        tally = result.tally
        yield said(
            N_("Measured against %(size)s %(base)s: more than %(share)s carries it.")
            if tally.strict
            else N_("Measured against %(size)s %(base)s: %(share)s carries it."),
            size=tally.size,
            base=BASES.get(tally.base, tally.base),
            share=tally.threshold,
        )
        yield said(N_("So %(needed)s or more were needed."), needed=tally.needed)
    if result.positions is not None:
        taken = result.positions
        yield said(
            N_(
                "%(consent)s consented, of at least %(needed)s needed; %(aside)s stood "
                "aside; objections raised: %(raised)s; found valid: %(upheld)s."
            ),
            consent=taken.consent,
            needed=taken.needed,
            aside=taken.stand_aside,
            raised=taken.objections,
            upheld=taken.upheld,
        )
    if result.agreement is not None:
        agreed = result.agreement
        yield said(
            N_("%(agree)s agreed. Blocks: %(blocks)s, of at most %(most)s."),
            agree=agreed.agree,
            blocks=agreed.blocks,
            most=agreed.most_blocks,
        )
        yield said(
            N_("%(aside)s stood aside, of at most %(most)s among %(present)s."),
            aside=agreed.stand_aside,
            most=agreed.most_aside,
            present=agreed.present,
        )


def _lot(terms: Terms, labels: Labels, seed: str | None) -> Iterator[Said]:
    if seed is not None:
        yield said(
            N_("The lot was drawn before anybody voted, and settles ties: %(order)s."),
            order=" > ".join(labels[o] for o in lot.order(seed, terms.options)),
        )


def _steps_among_options(result: Result, labels: Labels) -> Iterator[Said]:
    if result.ticks is not None:
        yield said(
            N_("%(needed)s of %(cast)s papers must tick it (%(floor)s)."),
            needed=result.ticks.needed,
            cast=result.ticks.cast,
            floor=result.ticks.floor,
        )
    if result.points is not None:
        points = result.points
        yield (
            said(N_("What counts is the sum of the points."))
            if points.by == "sum"
            else said(
                N_("What counts is the mean, of at least %(raters)s who gave points."),
                raters=points.least_raters,
            )
        )
    for tied in (result.ticks, result.points, result.locked):
        if tied is not None and tied.tied:
            yield said(
                N_("Tied at the top: %(tied)s."),
                tied=", ".join(labels[option] for option in tied.tied),
            )
    if result.filled is not None:
        yield said(
            N_("%(valid)s papers and %(seats)s places: the quota is %(quota)s."),
            valid=result.filled.valid,
            seats=result.filled.seats,
            quota=result.filled.quota,
        )
    if result.order is not None:
        for number, place in enumerate(result.order.places, start=1):
            yield said(
                N_("Place %(number)s: %(options)s."),
                number=number,
                options=", ".join(labels[option] for option in place),
            )
    if result.sense is not None and result.sense.middle is not None:
        yield said(
            N_("The one in the middle says: %(step)s."),
            step=labels[result.sense.middle],
        )


def _tables(result: Result, terms: Terms, labels: Labels) -> Iterator[Table]:
    if result.run_off is not None:
        for number, played in enumerate(result.run_off.rounds, start=1):
            yield Table(
                caption=said(N_("Round %(number)s"), number=number),
                head=N_("Choice"),
                columns=(said(N_("Papers")),),
                rows=figures(played.counts, labels),
                says=(_next(played, labels),),
            )
    if result.points is not None:
        points = result.points
        yield Table(
            caption=said(N_("Points and their mean")),
            head=N_("Choice"),
            columns=(said(N_("Points")), said(N_("Gave any")), said(N_("Mean"))),
            rows=tuple(
                Row(
                    label=labels[option],
                    cells=(
                        str(number),
                        str(points.raters[option]),
                        "–" if (mean := points.mean(option)) is None else mixed(mean),
                    ),
                )
                for option, number in points.points.items()
            ),
        )
    if result.filled is not None:
        yield _stages(result.filled, labels)
    if result.shared is not None:
        yield _rounds(result.shared, labels)
    if result.locked is not None:
        yield _matrix(result.locked.matrix, labels)
        yield locks(
            (
                (labels[o.over], labels[o.under], o.papers, o.against, o.locked)
                for o in result.locked.locks
            ),
            says=(
                said(
                    N_("So the order is: %(order)s."),
                    order=" > ".join(labels[o] for o in result.locked.order),
                ),
            ),
        )
    if result.paths is not None:
        yield _matrix(result.paths.matrix, labels)
        yield Table(
            caption=said(N_("The strongest chain from the row to the column")),
            head=N_("From"),
            columns=tuple(
                said("%(option)s", option=labels[o]) for o in result.paths.paths
            ),
            rows=tuple(
                Row(
                    label=labels[one],
                    cells=tuple(
                        "–" if other == one else str(strong[other])
                        for other in result.paths.paths
                    ),
                )
                for one, strong in result.paths.paths.items()
            ),
            says=(
                said(
                    N_("So the order is: %(order)s."),
                    order=" > ".join(
                        " = ".join(labels[o] for o in place)
                        for place in result.paths.places
                    ),
                ),
            ),
        )


LOCKED: Final = {True: N_("locked in"), False: N_("passed over: it closes a circle")}


def locks(
    rows: Iterable[tuple[str, str, int, int, bool]], *, says: tuple[Said, ...] = ()
) -> Table:
    """Lay out the majorities of ranked pairs in their turn.

    A row is the option above, that below, how many want it so, how many do not, and
    whether it was locked in.
    """
    return Table(
        caption=said(N_("In the order in which they were locked in")),
        head=N_("Comparison"),
        columns=(said(N_("For it")), said(N_("Against")), said(N_("What happened"))),
        rows=tuple(
            Row(label=f"{over} > {under}", cells=(str(votes), str(no), LOCKED[locked]))
            for over, under, votes, no, locked in rows
        ),
        says=says,
    )


def _options(options: tuple[OptionId, ...], labels: Labels) -> tuple[Said, ...]:
    return tuple(said("%(option)s", option=labels[option]) for option in options)


def _matrix(matrix: Matrix, labels: Labels) -> Table:
    options = tuple(option for option in labels if option in matrix.over)
    return Table(
        caption=said(N_("How many papers want the row more than the column")),
        head=N_("Choice"),
        columns=_options(options, labels),
        rows=tuple(
            Row(
                label=labels[one],
                cells=tuple(
                    "–" if other == one else str(matrix.over[one][other])
                    for other in options
                ),
            )
            for one in options
        ),
    )


def _stages(count: stv.Count, labels: Labels) -> Table:
    return Table(
        caption=said(N_("Votes after each stage")),
        head=N_("Choice"),
        columns=tuple(
            said(N_("Stage %(number)s"), number=number)
            for number in range(1, len(count.stages) + 1)
        ),
        rows=(
            *(
                Row(
                    label=labels[option],
                    cells=tuple(
                        decimal(stage.votes[option], stv.UNIT) for stage in count.stages
                    ),
                )
                for option in labels
                if option in count.lot
            ),
            Row(
                label=N_("Lost"),
                cells=tuple(decimal(stage.lost, stv.UNIT) for stage in count.stages),
            ),
        ),
        says=tuple(
            line
            for number, stage in enumerate(count.stages, start=1)
            for line in _stage(number, stage, labels)
        ),
    )


def _stage(number: int, stage: stv.Stage, labels: Labels) -> Iterator[Said]:
    match stage.happened:
        case "first preferences":
            yield said(N_("Stage %(number)s: the first preferences."), number=number)
        case "surplus":
            yield said(
                N_("Stage %(number)s: the surplus of “%(whose)s” goes on."),
                number=number,
                whose=labels[stage.whose] if stage.whose else "",
            )
        case "excluded":
            yield said(
                N_("Stage %(number)s: “%(whose)s” has the fewest and drops out."),
                number=number,
                whose=labels[stage.whose] if stage.whose else "",
            )
    if stage.tie is not None:
        yield said(TIES[stage.tie])
    for option in stage.elected:
        yield said(N_("“%(option)s” is elected."), option=labels[option])


def _rounds(count: meek.Count, labels: Labels) -> Table:
    return Table(
        caption=said(N_("Votes when they stood still, round by round")),
        head=N_("Choice"),
        columns=tuple(
            said(N_("Round %(number)s"), number=number)
            for number in range(1, len(count.rounds) + 1)
        ),
        rows=(
            *(
                Row(
                    label=labels[option],
                    cells=tuple(
                        decimal(each.votes[option], meek.UNIT) for each in count.rounds
                    ),
                )
                for option in labels
                if option in count.lot
            ),
            Row(
                label=N_("Quota"),
                cells=tuple(decimal(each.quota, meek.UNIT) for each in count.rounds),
            ),
            Row(
                label=N_("Lost"),
                cells=tuple(decimal(each.lost, meek.UNIT) for each in count.rounds),
            ),
        ),
        says=tuple(
            line
            for number, each in enumerate(count.rounds, start=1)
            for line in _round(number, each, labels)
        ),
    )


def _round(number: int, played: meek.Round, labels: Labels) -> Iterator[Said]:
    for option in played.elected:
        yield said(
            N_("Round %(number)s: “%(option)s” is elected."),
            number=number,
            option=labels[option],
        )
    if played.excluded is not None:
        yield said(
            N_("Round %(number)s: “%(option)s” has the fewest and drops out, by lot.")
            if played.by_lot
            else N_("Round %(number)s: “%(option)s” has the fewest and drops out."),
            number=number,
            option=labels[played.excluded],
        )


def _next(played: Round, labels: Labels) -> Said:
    """Say what happened after a round of a run-off."""
    if played.dropped is None:
        return said(
            N_(
                "%(needed)s or more win. Papers with nothing left to choose: %(spent)s."
            ),
            needed=played.needed,
            spent=played.exhausted,
        )
    reasons = {
        "fewest": N_("“%(option)s” drops out: it has the fewest."),
        "earlier round": N_(
            "“%(option)s” drops out: tied here, it had the fewest in round %(round)s."
        ),
        "lot": N_("“%(option)s” drops out: tied in every round, it was drawn by lot."),
    }
    return said(
        reasons[played.by or "fewest"],
        option=labels[played.dropped],
        round=played.compared,
    )
