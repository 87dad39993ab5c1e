"""A session as it stands after all that happened in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from confederation.identifiers import CardNumber, MemberId, Multikey, Voter
from confederation.meeting.double_entry import Entered
from confederation.session.events import SessionCalled, SessionOpened
from confederation.session.terms import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A session as it stands. ``in_room`` is None until two have counted it alike.

    ``counted`` is what two counted, ``entered`` the count that waits for a second
    person's. ``confirmed`` are the tellers' keys that confirmed ``confirmed_present``.
    ``checked_in`` are those who vote on this site where that is offered: members under
    their name, and cards on a phone. ``in_room`` leaves them out.

    ``out`` are the cards that are out now, ``back`` those that came back, and
    ``kept_by`` who wrote that down. ``holding`` says which member has which card, and
    ``held`` who ever had one tonight. ``by_book`` says that two agreed on the book.
    """

    called: SessionCalled | None = None
    cancelled_at: datetime | None = None
    opened: SessionOpened | None = None
    closed_at: datetime | None = None
    checked_in: tuple[Voter, ...] = ()
    out: frozenset[CardNumber] = frozenset()
    back: frozenset[CardNumber] = frozenset()
    kept_by: tuple[MemberId, ...] = ()
    holding: Mapping[MemberId, CardNumber] = field(default_factory=dict)
    held: Mapping[CardNumber, frozenset[MemberId]] = field(default_factory=dict)
    by_book: bool = False
    counted: int | None = None
    basis: Basis | None = None
    entered: Entered[tuple[int, Basis]] | None = None
    confirmed: tuple[Multikey, ...] = ()
    confirmed_present: int = 0

    @property
    def is_open(self) -> bool:
        return self.opened is not None and self.closed_at is None

    @property
    def tentative(self) -> bool:
        """Whether its time or place is not sure yet: one that has opened is sure."""
        return (
            self.called is not None
            and self.called.notice.tentative
            and self.opened is None
        )

    @property
    def in_room(self) -> int | None:
        """How many are in the room beside those who checked in.

        It follows from the cards where two agreed on these, else it was counted.
        """
        if not self.by_book:
            return self.counted
        return len(self.out - self.phones - frozenset(self.holding.values()))

    @property
    def present(self) -> int:
        """How many take part: who checked in, and who is in the room beside them."""
        return len(self.checked_in) + (self.in_room or 0)

    @property
    def phones(self) -> frozenset[CardNumber]:
        """The cards that vote on a phone."""
        return self.out & frozenset(self.checked_in)

    @property
    def confirmed_by(self) -> tuple[Multikey, ...]:
        """The tellers' keys that confirmed how many are present now."""
        return self.confirmed if self.confirmed_present == self.present else ()


NOTHING = State()
