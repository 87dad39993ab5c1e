"""Rules are a numbered version, and an item keeps the version it opened under."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from confederation.counting import majority, score, shares
from confederation.errors import ByNumber, Invalid, NotEntitled
from confederation.identifiers import Commit, MemberId, Multikey

MethodName = Literal[
    "consent",
    "consensus",
    "fallback",
    "majority",
    "qualified",
    "ranked",
    "pairs",
    "schulze",
    "stv",
    "meek",
    "approval",
    "score",
    "dots",
    "gradients",
]
QuorumBase = Literal["present", "members"]
ThresholdBase = Literal["votes", "cast", "present", "members"]

OUT_OF_THE_BOX: tuple[MethodName, ...] = ("consent", "majority", "ranked")
"""What a first rulebook names, unless its assembly wants something else."""

MOST_DOTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """A member who confirms counts with a key that the node does not hold."""

    member: MemberId
    key: Multikey


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The part of a rulebook that a machine applies; ``text`` commits to the whole.

    ``quorum`` is the share of its base that must take part in a ballot; ``threshold``
    is the share that carries a qualified majority, and exactly the share is not enough
    where it is ``strict``. ``consents`` is the share of all members who must consent
    where consent is asked for away from the room. Consensus bears ``blocks`` and a
    share of ``stand_asides``; ``fallback`` is the share that carries a text on which it
    failed at two meetings, None where nothing does. ``floor`` is the share of the
    papers that must tick what is approved. Points are counted ``score_by``, and with a
    mean an option needs ``least_raters``. A person has so many ``dots``, ``most_dots``
    of them for one option. Notices are in seconds:
    ``recall_notice`` passes between moving a recall and the ballot on it, and
    ``emergency_notice`` where the assembly calls it urgent. ``dissenters`` is how many
    of those who did not agree make a minority report. ``persons_online`` lets
    secret ballots on persons be cast away from the room. An office ends with the close
    of the meeting that is number ``office_meetings`` after it was given, or after
    ``office_term`` seconds, whichever is first; 0 is no bound. One person holds one
    role at ``most_times`` meetings in a row; 0 is no bound.
    """

    text: Commit
    tellers: tuple[Teller, ...]
    quorum: str = "0"
    quorum_of: QuorumBase = "present"
    threshold: str = "2/3"
    threshold_of: ThresholdBase = "votes"
    strict: bool = False
    methods: tuple[MethodName, ...] = ("majority",)
    consents: str = "1/4"
    blocks: int = 0
    stand_asides: str = "1/4"
    fallback: str | None = None
    floor: str = "1/2"
    score_by: score.By = "sum"
    least_raters: int = 2
    dots: int = 5
    most_dots: int = 3
    persons_online: bool = False
    recall_notice: int = 7 * 24 * 3600
    emergency_notice: int = 24 * 3600
    report_patience: int = 3 * 24 * 3600
    longest_mandate: int = 0
    most_terms: int = 0
    dissenters: int = 2
    most_seats: int = 0
    office_meetings: int = 0
    office_term: int = 0
    most_times: int = 0


def check(rules: Rules, members: Collection[MemberId]) -> None:
    """Check that rules can be applied by an assembly with these active members.

    Raises:
        Invalid: a share, method or notice cannot be, or the tellers are not two or
            more different members, each with a key of their own.
    """
    shares.read(rules.quorum)
    if shares.read(rules.threshold) < majority.HALF:
        raise Invalid("A qualified majority asks for at least a half.")
    if not rules.methods or len(set(rules.methods)) != len(rules.methods):
        raise Invalid(
            "A rulebook names each method of deciding once, and at least one."
        )
    _check_methods(rules)
    if not 0 <= rules.emergency_notice <= rules.recall_notice:
        raise Invalid("The notice of an urgent recall is the shorter one.")
    bounds = (rules.longest_mandate, rules.most_terms, rules.most_seats)
    offices = (rules.office_meetings, rules.office_term, rules.most_times)
    if min(rules.report_patience, *bounds, *offices) < 0:
        raise Invalid("Terms and times are numbers from 0 up.")
    if rules.dissenters < 1:
        raise Invalid("A minority report is signed by one person, or by more.")
    check_tellers(rules.tellers, members)


def _check_methods(rules: Rules) -> None:
    for share in (rules.consents, rules.stand_asides, rules.floor):
        shares.read(share)
    if rules.blocks < 0:
        raise Invalid("Consensus bears no block, or one, or more.")
    if ("fallback" in rules.methods) != (rules.fallback is not None):
        raise Invalid(
            "A vote for where consensus fails is declared with the share that it needs."
        )
    if rules.fallback is not None:
        if "consensus" not in rules.methods:
            raise Invalid("Without consensus there is nothing to fall back from.")
        if shares.read(rules.fallback) <= majority.HALF:
            raise Invalid("Where consensus fails it takes more than a half.")
    if rules.least_raters < 1:
        raise Invalid("A mean needs at least one person's points.")
    if not 1 <= rules.most_dots <= rules.dots <= MOST_DOTS:
        raise Invalid(
            ByNumber(
                "A person has 1 to {most} dot, and puts no more on one option.",
                "A person has 1 to {most} dots, and puts no more on one option.",
            ),
            most=MOST_DOTS,
        )


def check_tellers(tellers: tuple[Teller, ...], members: Collection[MemberId]) -> None:
    """Check that tellers are two or more different members with different keys."""
    if len(tellers) < 2:
        raise Invalid("A count is confirmed by two people, so name two tellers.")
    if len({teller.member for teller in tellers}) < len(tellers):
        raise Invalid("One person cannot be both tellers.")
    if len({teller.key for teller in tellers}) < len(tellers):
        raise Invalid("Each teller needs a key of their own.")
    if not {teller.member for teller in tellers}.issubset(members):
        raise Invalid("Tellers are chosen from the members.")


def confirms(
    tellers: Collection[Teller],
    confirmed: Collection[Multikey],
    *,
    by: MemberId | None,
    key: Multikey,
) -> bool:
    """Say whether a teller's confirmation is news: False if their key is already there.

    That the signature holds over the very entry was checked before this is called.

    Raises:
        NotEntitled: the key is not the one of this teller under these rules.
    """
    if not any(teller.member == by and teller.key == key for teller in tellers):
        raise NotEntitled("Only a teller confirms this, with the key in the rulebook.")
    return key not in confirmed
