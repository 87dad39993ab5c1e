"""What people are told of a session, and how it can be held and counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from confederation.errors import Phrase
from confederation.identifiers import Commit, SubAssemblyId

Kind = Literal["assembly", "working group", "listening circle"]


Basis = Literal["cards", "hands"]


Channel = Literal["hands", "paper", "online"]
CHANNELS: Final[Mapping[Channel, Phrase]] = {
    "hands": Phrase("hands"),
    "paper": Phrase("paper"),
    "online": Phrase("online"),
}


Told = Literal["members", "everyone"]


IN_THE_ROOM: frozenset[Channel] = frozenset({"hands", "paper"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What people are told when a session is called.

    ``told`` says who learns that it takes place, and what about; ``place_told`` who
    learns where. Nobody is told a place who is not told of the session. ``tentative``
    says that the time or the place is not sure yet, ``landmark`` that it is one of the
    days that people count in to. ``sub_assembly`` is the one that meets; None where the
    whole assembly does.
    """

    title: Commit
    kind: Kind
    starts_at: datetime
    place: Commit | None = None
    told: Told = "members"
    place_told: Told = "members"
    tentative: bool = False
    landmark: bool = False
    sub_assembly: SubAssemblyId | None = None
