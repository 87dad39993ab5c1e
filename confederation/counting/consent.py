"""Consent is given, never presumed, and one valid objection withholds it."""

from collections.abc import Mapping
from dataclasses import dataclass

from confederation.errors import ByNumber, Invalid
from confederation.identifiers import OptionId

CONSENT = OptionId("consent")
STAND_ASIDE = OptionId("stand-aside")
OBJECTION = OptionId("objection")

POSITIONS = (CONSENT, STAND_ASIDE, OBJECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The positions taken, and how many of the objections the round upheld.

    ``needed`` is how many have to consent, at least one.
    """

    consent: int
    stand_aside: int
    objections: int
    upheld: int
    needed: int = 1

    @property
    def given(self) -> bool:
        """Whether consent was given: enough consent and no valid objection stands.

        Silence consents to nothing, and nor does standing aside.
        """
        return self.consent >= self.needed and self.upheld == 0


def count(positions: Mapping[OptionId, int], *, upheld: int, needed: int = 1) -> Tally:
    """Count the positions of a consent round after its objections were tested.

    Args:
        positions: how many took each of ``POSITIONS``; never who.
        upheld: how many objections were found valid and are not integrated. An
            objection found not valid still took part; it is shown, and stops nothing.
        needed: how many have to consent; more than one where people answer one by one,
            away from the room, and silence is easily taken for consent.

    See docs/reference/counting.md, "Consent".
    """
    strange = sorted(set(positions) - set(POSITIONS))
    if strange:
        raise Invalid(
            "{strange!r} is not a position in a consent round.", strange=strange[0]
        )
    if any(taken < 0 for taken in positions.values()):
        raise Invalid("Fewer than nobody cannot take a position.")
    objections = positions.get(OBJECTION, 0)
    if not 0 <= upheld <= objections:
        raise Invalid(
            ByNumber(
                "{objections} objection was raised, so {upheld} cannot have "
                "been upheld.",
                "{objections} objections were raised, so {upheld} cannot have "
                "been upheld.",
            ),
            objections=objections,
            upheld=upheld,
        )
    return Tally(
        consent=positions.get(CONSENT, 0),
        stand_aside=positions.get(STAND_ASIDE, 0),
        objections=objections,
        upheld=upheld,
        needed=max(1, needed),
    )
