"""A paper is filled in on a screen, or read out from the table of the tellers.

What cannot be read is refused in a whole sentence, and nothing is guessed.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from confederation.counting import marks
from confederation.counting.marks import Paper
from confederation.counting.score import MOST_POINTS
from confederation.deciding.question import BLANK, SHARES_PLACES, Terms
from confederation.identifiers import OptionId
from confederation.meeting.count_sheet import Marking
from instance.deciding import voting
from instance.errors import Misused
from instance.web.deciding.methods import LABELS
from instance.web.forms import Form

MOST_COUNTED: Final = 1_000_000
MOST_IN_PAPERS: Final = 40_000
FIELDS: Final = ("choice", "revision", "reason", "tick")
FIGURES: Final = "0123456789"
MOST_FIGURES: Final = 7


def read(form: Form, terms: Terms, paper: voting.Paper) -> Paper:
    """Read what a person chose; nothing chosen is a blank paper.

    Raises:
        Misused: it cannot be read, or leaves out what must be said.
        Invalid: it is not an option of this ballot.
    """
    blank = form.one("choice") == BLANK
    match terms.asks:
        case "position":
            form.only("choice", "revision", "reason")
            choice = form.line("choice", "Your vote", least=0, most=100)
            if not choice:
                raise Misused("“Your vote”: please choose one.")
            return () if blank else (OptionId(choice),)
        case "ticks":
            form.only("choice", "revision", "tick")
            ticked = form.choices("tick", "Your vote", among=terms.options)
            if not ticked and not blank:
                raise Misused("Please tick at least one, or hand in a blank paper.")
            return () if blank else tuple(sorted(map(OptionId, ticked)))
        case "ranking":
            most = len(terms.options)
            places = _fields(form, "rank_", paper, label="Place", least=1, most=most)
            return () if blank else _ranking(places, terms)
        case "points":
            points = _fields(
                form, "points_", paper, label="Points", least=0, most=MOST_POINTS
            )
            if not points and not blank:
                raise Misused("Please give points to one, or hand in a blank paper.")
            return () if blank else marks.write_scores(points)
        case "dots":
            most = terms.rules.most_dots
            dots = _fields(form, "dots_", paper, label="Dots", least=0, most=most)
            put = tuple(sorted(o for o, number in dots.items() for _ in range(number)))
            if not put and not blank:
                raise Misused("Please put down one dot, or hand in a blank paper.")
            return () if blank else put


def read_counts(form: Form, terms: Terms, paper: voting.Paper) -> tuple[Marking, ...]:
    """Read what one teller counted.

    Raises:
        Misused: a line or a figure cannot be read.
        Invalid: it is not an option of this ballot.
    """
    if terms.asks == "position":
        form.only("channel", *(f"count_{each}" for each in (*terms.choices, BLANK)))
        return _figures(form, terms)
    form.only("channel", "papers")
    return read_lines(form.text("papers", "Papers", most=MOST_IN_PAPERS), terms, paper)


def read_lines(text: str, terms: Terms, paper: voting.Paper) -> tuple[Marking, ...]:
    """Read lines such as ``a > b: 12``, each a choice and how many papers carry it.

    Raises:
        Misused: a line cannot be read.
        Invalid: it names what is not on the paper.
    """
    papers = Counter[Paper]()
    for line in filter(None, map(str.strip, text.split("\n"))):
        named, papers_like_it = _apart(line)
        if papers_like_it is None:
            raise Misused(
                "“{line}” cannot be read. Each line says what stands on a paper "
                "and how many are like it, such as “{terms}”.",
                line=line[:60],
                terms=example(terms),
            )
        papers[read_paper(named, terms, paper)] += papers_like_it
    return tuple(Marking(choice=each, papers=n) for each, n in papers.items())


def _apart(line: str) -> tuple[str, int | None]:
    """Take a line apart: what stands on a paper, and how many are like it, if it says.

    By hand, as a pattern would try again at each of thousands of spaces.
    """
    before = line.rstrip(FIGURES)
    figures = line[len(before) :]
    named = before.rstrip()
    parted = named.endswith(":") or len(named) < len(before)
    if not parted or not 1 <= len(figures) <= MOST_FIGURES:
        return line, None
    return named.removesuffix(":"), int(figures)


def read_paper(text: str, terms: Terms, paper: voting.Paper) -> Paper:
    """Read one paper as a teller writes it down; nothing, or *blank*, is a blank.

    Raises:
        Misused: it cannot be read.
        Invalid: it names what is not on the paper.
    """
    text = text.strip()
    if text in ("", BLANK):
        return ()

    def named(name: str) -> OptionId:
        return voting.option_called(paper, name.strip())

    match terms.asks:
        case "ranking" if terms.method in SHARES_PLACES:
            return marks.write_ranks(
                tuple(
                    tuple(named(each) for each in place.split("="))
                    for place in text.split(">")
                )
            )
        case "ranking":
            return tuple(named(each) for each in text.split(">"))
        case "points":
            given: dict[OptionId, int] = {}
            for part in text.split(","):
                name, _, points = part.rpartition("=")
                option = named(name)
                if option in given or points.strip() not in map(str, range(6)):
                    raise Misused(
                        "“{part}” is no score from 0 to 5.", part=part.strip()[:60]
                    )
                given[option] = int(points)
            return marks.write_scores(given)
        case "dots":
            put: list[OptionId] = []
            for part in text.split(","):
                name, sign, number = part.rpartition("=")
                if sign and not number.strip().isdecimal():
                    raise Misused(
                        "“{part}” says no number of dots.", part=part.strip()[:60]
                    )
                many = int(number) if sign else 1
                put += [named(name if sign else part)] * min(many, 99)
            return tuple(sorted(put))
        case _:
            return tuple(sorted(named(each) for each in text.split(",")))


def example(terms: Terms) -> str:
    """Give a line as tellers write it for this kind of paper."""
    first, second = (*terms.options, *terms.options)[:2]
    match terms.asks:
        case "points":
            return f"{first}=5, {second}=2: 12"
        case "dots":
            return f"{first}=3, {second}=1: 12"
        case "ticks":
            return f"{first}, {second}: 12"
        case _:
            return f"{' > '.join(terms.options[:3])}: 12"


def say(choice: Paper, terms: Terms, labels: Mapping[OptionId, str]) -> str:
    """Write what stands on a paper, in the words of its options."""
    match terms.asks:
        case "points":
            given = marks.scores(choice).items()
            return ", ".join(f"{labels[o]} {points}" for o, points in given)
        case "dots":
            put = Counter(choice).items()
            return ", ".join(f"{labels[o]} {number}" for o, number in put)
        case "ranking":
            return " > ".join(
                " = ".join(labels[o] for o in place) for place in marks.ranks(choice)
            )
        case _:
            return ", ".join(labels[option] for option in choice)


def _fields(
    form: Form,
    prefix: str,
    paper: voting.Paper,
    *,
    label: str,
    least: int,
    most: int,
) -> dict[OptionId, int]:
    """Read a number for each option that has one."""
    given: dict[OptionId, int] = {}
    for name in form.values.keys() - {"token", *FIELDS}:
        if not name.startswith(prefix):
            raise Misused(
                "This form has no field “{name}”. Nothing was changed.", name=name[:40]
            )
        if not form.one(name).strip():
            continue
        option = voting.option_called(paper, name.removeprefix(prefix))
        given[option] = form.whole(name, label, least=least, most=most)
    return given


def _ranking(places: dict[OptionId, int], terms: Terms) -> Paper:
    if not places:
        raise Misused("Please give at least your first choice place 1.")
    by_place: dict[int, list[OptionId]] = {}
    for option, place in sorted(places.items()):
        by_place.setdefault(place, []).append(option)
    shared = [place for place, options in by_place.items() if len(options) > 1]
    if shared and terms.method not in SHARES_PLACES:
        raise Misused(
            "Two options have place {shared}. Please give each its own.",
            shared=min(shared),
        )
    if sorted(by_place) != list(range(1, len(by_place) + 1)):
        raise Misused("Please begin with place 1 and leave none out in between.")
    return marks.write_ranks(
        tuple(tuple(options) for _, options in sorted(by_place.items()))
    )


def _figures(form: Form, terms: Terms) -> tuple[Marking, ...]:
    markings = []
    for option in (*terms.choices, BLANK):
        name = f"count_{option}"
        if option == BLANK and not form.one(name).strip():
            continue
        papers = form.whole(name, LABELS.get(option, option), most=MOST_COUNTED)
        choice: Paper = () if option == BLANK else (option,)
        markings.append(Marking(choice=choice, papers=papers))
    return tuple(markings)
