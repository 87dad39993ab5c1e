"""Who is present is counted by two, and read again whenever something is voted on.

Cards handed out at the door less those given back are a count. The door's book says
which; a second person counts the cards and comes to the same number. What one person
writes in the book afterwards, a few cards at a time, then follows by itself.
See docs/decisions/0064-the-doors-book.md.
"""

from confederation.session.commands import (
    CallSession,
    CancelSession,
    CheckIn,
    CheckOut,
    CloseSession,
    Command,
    ConfirmElectorate,
    CountPresent,
    HandOutCards,
    MoveSession,
    OpenSession,
    PutPhoneAway,
    TakeBackCards,
    TakePhone,
)
from confederation.session.deciding import decide
from confederation.session.events import (
    CardsHandedOut,
    CardsTakenBack,
    ElectorateConfirmed,
    Event,
    MemberCheckedIn,
    MemberCheckedOut,
    PhonePutAway,
    PhoneTaken,
    PresentAgreed,
    PresentDiffered,
    PresentEntered,
    SessionCalled,
    SessionCancelled,
    SessionClosed,
    SessionMoved,
    SessionOpened,
)
from confederation.session.evolving import evolve
from confederation.session.state import NOTHING, State
from confederation.session.terms import IN_THE_ROOM, Basis, Channel, Kind, Notice, Told
from confederation.session.voters import (
    Electorate,
    be_open,
    electorate,
    fact,
    voters_with,
)

__all__ = [
    "IN_THE_ROOM",
    "NOTHING",
    "Basis",
    "CallSession",
    "CancelSession",
    "CardsHandedOut",
    "CardsTakenBack",
    "Channel",
    "CheckIn",
    "CheckOut",
    "CloseSession",
    "Command",
    "ConfirmElectorate",
    "CountPresent",
    "Electorate",
    "ElectorateConfirmed",
    "Event",
    "HandOutCards",
    "Kind",
    "MemberCheckedIn",
    "MemberCheckedOut",
    "MoveSession",
    "Notice",
    "OpenSession",
    "PhonePutAway",
    "PhoneTaken",
    "PresentAgreed",
    "PresentDiffered",
    "PresentEntered",
    "PutPhoneAway",
    "SessionCalled",
    "SessionCancelled",
    "SessionClosed",
    "SessionMoved",
    "SessionOpened",
    "State",
    "TakeBackCards",
    "TakePhone",
    "Told",
    "be_open",
    "decide",
    "electorate",
    "evolve",
    "fact",
    "voters_with",
]
