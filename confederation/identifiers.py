"""Identifiers are digests, keys or URIs, each with a type of its own."""

from typing import NewType

Digest = NewType("Digest", str)
"""``sha256:`` and 64 lower-case hex digits: the hash of an entry or a document."""

Commit = NewType("Commit", str)
"""The salted commitment to a text or a name, in the form of a digest."""

AssemblyId = NewType("AssemblyId", str)
"""An assembly is the digest of its founding entry."""

CompactId = NewType("CompactId", str)
"""A compact's identity is the digest of its first version."""

Multikey = NewType("Multikey", str)
"""An Ed25519 public key as FEP-521a writes it: ``z6Mk…``."""

ActorId = NewType("ActorId", str)
"""The address of a fediverse actor. Addresses change; they identify nobody for good."""

MemberId = NewType("MemberId", str)
"""A member, inside their own assembly. It never leaves the node."""

SessionId = NewType("SessionId", str)
"""A meeting of an assembly."""

CardNumber = NewType("CardNumber", int)
"""A card handed out at the door of a meeting, from 1; it is nobody's name."""

Voter = CardNumber | MemberId
"""Who has one ballot on this site: a member, or a card of this meeting.

A card is nobody's membership: it votes, and gives no other order that members give.
"""

LendingId = NewType("LendingId", str)
"""One time that an assembly's pen was lent to another machine."""

IssueId = NewType("IssueId", str)
"""An issue as one assembly holds it: its own, or its account of another's."""

MotionId = NewType("MotionId", str)
"""A proposal inside one assembly, from its draft to its frozen text."""

AmendmentId = NewType("AmendmentId", str)
"""One amendment to a motion."""

ObjectionId = NewType("ObjectionId", str)
"""One objection to a motion."""

BallotId = NewType("BallotId", str)
"""One question put to the vote in one assembly."""

OptionId = NewType("OptionId", str)
"""An option of a ballot or a proposal, for example ``for``."""

ActionId = NewType("ActionId", str)
"""Something to be done, from its offer to its end."""

DissentId = NewType("DissentId", str)
"""One report of a minority, from its first words on."""

AskId = NewType("AskId", str)
"""What an assembly put to somebody outside, from the asking to the end."""

AnswerId = NewType("AnswerId", str)
"""One answer to an ask, from the form that it was written in."""

AidId = NewType("AidId", str)
"""A need or an offer that an assembly posted."""

AgreementId = NewType("AgreementId", str)
"""Who gives how much of what was needed or offered to whom."""

PledgeId = NewType("PledgeId", str)
"""What we said yes to on somebody else's need or offer."""

BridgeId = NewType("BridgeId", str)
"""A bridge between groups, from its beginning on."""

GroundId = NewType("GroundId", str)
"""A question that is answered in statements, in one meeting."""

WishId = NewType("WishId", str)
"""That somebody here would like to meet others about something."""

IntroductionId = NewType("IntroductionId", str)
"""One time that somebody brings two together who both want to be met."""

SubAssemblyId = NewType("SubAssemblyId", str)
"""A part of an assembly that has a remit, under the one record."""

StoryId = NewType("StoryId", str)
ThanksId = NewType("ThanksId", str)
"""A small deed or a thank-you that was shared."""

AuthorityId = NewType("AuthorityId", str)
"""A public body that an assembly deals with."""

PanelId = NewType("PanelId", str)
"""A panel whose members are drawn by lot."""

Ticket = NewType("Ticket", str)
"""What stands for a person in the pool of one panel; it is nobody's name."""

ServantId = NewType("ServantId", str)
"""A public servant with an account. It is no member's, and is let in nowhere else."""

GoalId = NewType("GoalId", str)
"""What an assembly wants, as it said it at one time."""

CorrectionId = NewType("CorrectionId", str)
"""Something that somebody says is wrong in minutes."""

ReviewId = NewType("ReviewId", str)
"""One time that an assembly looked back."""

PracticeId = NewType("PracticeId", str)
"""An energiser, a game, a run-sheet or a question that an assembly uses again."""

PhotoId = NewType("PhotoId", str)
"""A photo beside the minutes of a meeting."""
