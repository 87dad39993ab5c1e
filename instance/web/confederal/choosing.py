"""A choice among several is shown comparison by comparison, or stage by stage.

Options go by letters, so that a table with long names fits on a telephone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from confederation.confederal import choosing, compact
from confederation.confederal.compact import RANKINGS
from confederation.counting.majority import ABSTAIN, HALF
from confederation.identifiers import Digest, OptionId
from confederation.record import Proposal, Ranked, Result, Stage
from instance.web.deciding.counted import TIES, Row, Said, Table, locks, mixed, said
from instance.web.languages import N_
from instance.web.naming import Words

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST: Final = 40
"""How much of an option's words stands at the head of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option with the letter that tables call it by."""

    letter: str
    label: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A sentence of the arithmetic; ``holds`` is None where nothing is asked."""

    said: Said
    holds: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """How rankings were counted. ``chosen`` is what the count picked."""

    chosen: tuple[Words, ...]
    steps: tuple[Step, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What assemblies put in order, and the order that settles ties."""

    options: tuple[Option, ...]
    lot: tuple[str, ...]
    places: int | None


def view(
    proposal: Proposal, digest: Digest, labels: Mapping[OptionId, Words]
) -> Choice | None:
    """Show what is chosen among; None where the question is yes or no."""
    if proposal.method.name not in RANKINGS:
        return None
    if choosing.uncountable(proposal) is not None:
        return None
    letters = _letters(proposal)
    return Choice(
        options=tuple(
            Option(letter=letter, label=labels[option])
            for option, letter in letters.items()
        ),
        lot=tuple(letters[each] for each in choosing.drawn(proposal, seed=digest)),
        places=proposal.method.seats,
    )


def counted(
    result: Result, proposal: Proposal, labels: Mapping[OptionId, Words]
) -> ChoiceView | None:
    """Show how rankings were counted; None where there are none."""
    ranked = result.ranked
    if ranked is None:
        return None
    letters = _letters(proposal)
    return ChoiceView(
        chosen=tuple(labels[each] for each in ranked.chosen),
        steps=tuple(_steps(result, ranked, proposal, letters)),
        tables=tuple(_tables(ranked, letters, labels)),
    )


def _letters(proposal: Proposal) -> Mapping[OptionId, str]:
    options = choosing.to_rank(proposal)
    return {
        option: LETTERS[at % 26] + (str(at // 26 + 1) if at >= len(LETTERS) else "")
        for at, option in enumerate(options)
    }


def _steps(
    result: Result,
    ranked: Ranked,
    proposal: Proposal,
    letters: Mapping[OptionId, str],
) -> Iterator[Step]:
    figures = result.figures
    abstained = figures.assemblies.get(ABSTAIN, 0)
    if abstained:
        yield Step(
            said=said(N_("%(number)s of those that voted abstain."), number=abstained)
        )
    if not ranked.chosen:
        yield Step(said=said(N_("Nobody ranked anything, so nothing is picked.")))
        return
    yield Step(
        said=said(
            N_("The count picks: %(options)s."),
            options=", ".join(letters[each] for each in ranked.chosen),
        )
    )
    if all(each == choosing.KEEP for each in ranked.chosen):
        yield Step(said=said(N_("So things stay as they are.")))
        return
    share = compact.bar(proposal.method).share
    yield Step(
        said=said(
            N_(
                "Of the %(cast)s that voted, %(wanted)s want it more than keeping "
                "things as they are. It must be more than %(needed)s."
            )
            if share == HALF
            else N_(
                "Of the %(cast)s that voted, %(wanted)s want it more than keeping "
                "things as they are. It must be at least %(needed)s."
            ),
            cast=figures.cast,
            wanted=ranked.wanted,
            needed=mixed(Fraction(share * figures.cast)),
        ),
        holds=choosing.passes(ranked, proposal.method, cast=figures.cast),
    )


def _tables(
    ranked: Ranked, letters: Mapping[OptionId, str], labels: Mapping[OptionId, Words]
) -> Iterator[Table]:
    if ranked.pairs:
        yield _square(
            said(N_("How many assemblies want the row more than the column")),
            ranked.pairs,
            letters,
            labels,
        )
    if ranked.locks:
        yield locks(
            (letters[o.over], letters[o.under], o.votes, o.against, o.locked)
            for o in ranked.locks
        )
    if ranked.paths:
        yield _square(
            said(N_("The strongest chain from the row to the column")),
            ranked.paths,
            letters,
            labels,
        )
    if ranked.stages:
        yield Table(
            caption=said(N_("Votes after each stage")),
            head=N_("Choice"),
            columns=tuple(
                said(N_("Stage %(number)s"), number=number)
                for number in range(1, len(ranked.stages) + 1)
            ),
            rows=(
                *(
                    Row(
                        label=_named(letter, labels[option]),
                        cells=tuple(each.votes[option] for each in ranked.stages),
                    )
                    for option, letter in letters.items()
                ),
                Row(label=N_("Lost"), cells=tuple(each.lost for each in ranked.stages)),
            ),
            says=tuple(
                line
                for number, stage in enumerate(ranked.stages, start=1)
                for line in _stage(number, stage, letters)
            ),
        )


def _square(
    caption: Said,
    cells: Mapping[OptionId, Mapping[OptionId, int]],
    letters: Mapping[OptionId, str],
    labels: Mapping[OptionId, Words],
) -> Table:
    return Table(
        caption=caption,
        head=N_("Choice"),
        columns=tuple(said("%(option)s", option=letter) for letter in letters.values()),
        rows=tuple(
            Row(
                label=_named(letter, labels[one]),
                cells=tuple(
                    "–" if other == one else str(cells[one][other]) for other in letters
                ),
            )
            for one, letter in letters.items()
        ),
    )


def _stage(
    number: int, stage: Stage, letters: Mapping[OptionId, str]
) -> Iterator[Said]:
    whose = "" if stage.whose is None else letters[stage.whose]
    match stage.happened:
        case "first choices":
            yield said(N_("Stage %(number)s: the first choices."), number=number)
        case "surplus":
            yield said(
                N_("Stage %(number)s: the surplus of %(whose)s goes on."),
                number=number,
                whose=whose,
            )
        case "excluded":
            yield said(
                N_("Stage %(number)s: %(whose)s has the fewest and drops out."),
                number=number,
                whose=whose,
            )
    if stage.tie is not None:
        yield said(TIES[stage.tie])
    for option in stage.elected:
        yield said(N_("%(option)s has enough."), option=letters[option])


def _named(letter: str, label: Words) -> str:
    """Write an option for the head of a row: its letter, and how it begins."""
    words = " ".join((label.text or "").split())
    short = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    return f"{letter}  {short}"
