"""Each way of deciding in plain words: its rule, and what it costs those who use it."""

from dataclasses import dataclass
from typing import Final

from confederation.deciding.question import Asks
from confederation.deciding.rulebook import OUT_OF_THE_BOX, MethodName
from instance.web.languages import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of deciding: its name, its rule in a sentence or two, and its cost."""

    name: str
    rule: str
    costs: str


WAYS: Final[dict[MethodName, Way]] = {
    "consent": Way(
        name=N_("By consent"),
        rule=N_("It passes if somebody consents and no objection is found valid."),
        costs=N_(
            "Takes rounds, and someone to guide them. Good for what people must live "
            "and work with."
        ),
    ),
    "majority": Way(
        name=N_("By simple majority"),
        rule=N_(
            "It passes with more for than against. Abstaining changes neither, and a "
            "tie does not pass."
        ),
        costs=N_("Quick. It leaves up to half of the room behind."),
    ),
    "ranked": Way(
        name=N_("By ranked choice"),
        rule=N_(
            "The option with the fewest first places drops out, and its papers go to "
            "their next choice, until one has more than half."
        ),
        costs=N_(
            "Easy to follow round by round. A compromise that few put first can drop "
            "out early."
        ),
    ),
    "pairs": Way(
        name=N_("By ranked pairs"),
        rule=N_(
            "Every two options are compared. The clearest comparisons are taken first, "
            "and what stands above all others wins."
        ),
        costs=N_(
            "The fairest to compromises, and the best for three options or more. "
            "Counting by hand takes a table of comparisons."
        ),
    ),
    "consensus": Way(
        name=N_("By consensus"),
        rule=N_(
            "It passes if nobody blocks it, or no more than the rulebook bears, and "
            "not too many stand aside."
        ),
        costs=N_(
            "Asks for time and trust. One person can stop it, so a block is for grave "
            "harm only."
        ),
    ),
    "fallback": Way(
        name=N_("By vote, where consensus failed"),
        rule=N_(
            "Once consensus on the same text has failed at two meetings, it passes "
            "with the large share of the votes that the rulebook declared."
        ),
        costs=N_(
            "Must be declared beforehand. It keeps one person from blocking for ever."
        ),
    ),
    "qualified": Way(
        name=N_("By qualified majority"),
        rule=N_("It passes with at least the share of votes that the rulebook sets."),
        costs=N_("Quick, and harder to pass. A minority can keep things as they are."),
    ),
    "approval": Way(
        name=N_("By approval"),
        rule=N_(
            "Tick all that you can live with. The most ticks win, if they are enough."
        ),
        costs=N_(
            "The quickest among several options. It cannot say what you like best."
        ),
    ),
    "score": Way(
        name=N_("By score"),
        rule=N_(
            "Give each option points from 0 to 5, or none if you have no opinion. The "
            "most points win."
        ),
        costs=N_("Says how much people care. Those who only give 0 and 5 weigh more."),
    ),
    "schulze": Way(
        name=N_("By the Schulze method"),
        rule=N_(
            "Every two options are compared, and an option wins if no other beats it "
            "by a stronger chain. It must also beat keeping things as they are."
        ),
        costs=N_("Careful with what is as it is. Hard to explain on a wall."),
    ),
    "stv": Way(
        name=N_("By transferable vote, for several places"),
        rule=N_(
            "Put people in order. Whoever has enough votes is elected, and what they "
            "do not need goes on to the next choice. Counted by the Scottish rules."
        ),
        costs=N_(
            "Gives minorities their share of the places. The count takes patience."
        ),
    ),
    "meek": Way(
        name=N_("By transferable vote, counted by Meek's method"),
        rule=N_(
            "As the transferable vote, and what is not needed goes on to those who are "
            "elected as well, again and again until it stands still."
        ),
        costs=N_("The most exact. Only a machine can count it."),
    ),
    "dots": Way(
        name=N_("Dots, for an order"),
        rule=N_(
            "Put dots on what matters most. The result is an order, and decides "
            "nothing."
        ),
        costs=N_(
            "Good for choosing what to talk about. Put like things together first."
        ),
    ),
    "gradients": Way(
        name=N_("A sense check"),
        rule=N_(
            "Say how warm you feel about it, on five steps. It shows where the room "
            "stands, and decides nothing."
        ),
        costs=N_("Takes a minute. It must not be told as a vote."),
    ),
}
"""In the order in which a rulebook offers them."""

FIRST: Final = tuple(name for name in WAYS if name in OUT_OF_THE_BOX)
MORE: Final = tuple(name for name in WAYS if name not in OUT_OF_THE_BOX)

HOW_TO_MARK: Final[dict[Asks, str]] = {
    "position": N_("Choose one."),
    "ranking": N_(
        "Give your first choice place 1, your second place 2, and so on. You may leave "
        "some out."
    ),
    "ticks": N_("Tick every option that you can live with: one, several, or all."),
    "points": N_(
        "Give each option points: 5 is the most, 0 the least. Leave one empty where "
        "you have no opinion."
    ),
    "dots": N_("Put your dots on what matters most to you."),
}
LABELS: Final = {
    "for": N_("For"),
    "against": N_("Against"),
    "abstain": N_("Abstain"),
    "consent": N_("I consent"),
    "stand-aside": N_("I stand aside: I have doubts, and do not stop it"),
    "objection": N_("I object: it would do harm, and I say why"),
    "block": N_("I block: it goes against what we stand for, and I say why"),
    "love-it": N_("I love it"),
    "like-it": N_("I like it"),
    "can-live-with-it": N_("I can live with it"),
    "not-sure": N_("I am not sure"),
    "do-not-like-it": N_("I do not like it"),
    "blank": N_("Blank"),
}
