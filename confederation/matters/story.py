"""A story belongs to whoever lived it, who says who may hear it and takes it back.

Somebody tells it themselves, or it is written down for them once they have heard it
read back and agree. It can be put beside an issue, where it is evidence of what an
issue is like to live with, and no vote and no number.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import NotEntitled, TooEarly, TooLate
from confederation.identifiers import Commit, Digest, MemberId, StoryId
from confederation.session import Told

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class TellStory:
    """Tell what one has lived through, or write it down for somebody.

    ``heard_from_another`` says that it is somebody else's, and ``agreed`` that they
    heard it read back and agree to who may read it. ``name`` is how its teller is
    called; None where they do not want to be known.
    """

    story: StoryId
    title: Commit
    words: Commit
    name: Commit | None = None
    issue: Digest | None = None
    told: Told = "members"
    heard_from_another: bool = False
    agreed: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBesideIssue:
    """Put a story beside an issue, or with None beside none any more."""

    issue: Digest | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackStory:
    """Take a story back: its words are forgotten."""

    by: MemberId
    at: datetime


Command = TellStory | PutBesideIssue | TakeBackStory


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTold:
    story: StoryId
    title: Commit
    words: Commit
    name: Commit | None
    issue: Digest | None
    told: Told
    heard_from_another: bool
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPutBesideIssue:
    story: StoryId
    issue: Digest | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTakenBack:
    story: StoryId
    at: datetime


Event = StoryTold | StoryPutBesideIssue | StoryTakenBack


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A story. ``issue`` is beside which one it stands now, if beside any."""

    told: StoryTold | None = None
    issue: Digest | None = None
    taken_back_at: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.told is not None and self.taken_back_at is None

    @property
    def public(self) -> bool:
        """Whether everybody may read it."""
        return self.told is not None and self.stands and self.told.told == "everyone"


NOTHING = State()


def decide(story: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a story. A redelivered one changes nothing.

    Raises:
        NotEntitled: whose story it is has not agreed, or somebody else wrote it down.
        TooEarly: it has not been told.
        TooLate: it was taken back.
    """
    match command:
        case TellStory():
            return _tell(story, command)
        case PutBesideIssue(issue=issue, by=by, at=at):
            told = _by(story, by)
            if not story.stands:
                raise TooLate("This story was taken back.")
            if issue == story.issue:
                return ()
            return (StoryPutBesideIssue(story=told.story, issue=issue, at=at),)
        case TakeBackStory(by=by, at=at):
            told = _by(story, by)
            if not story.stands:
                return ()
            return (StoryTakenBack(story=told.story, at=at),)


def evolve(story: State, event: Event) -> State:
    """Give a story as it is after an event."""
    match event:
        case StoryTold(issue=issue):
            return replace(story, told=event, issue=issue)
        case StoryPutBesideIssue(issue=issue):
            return replace(story, issue=issue)
        case StoryTakenBack(at=at):
            return replace(story, taken_back_at=at)


def _tell(story: State, command: TellStory) -> tuple[Event, ...]:
    if story.told is not None:
        return ()
    if command.heard_from_another and not command.agreed:
        raise NotEntitled(
            "This is somebody else's story. Read it back to them first, and ask "
            "whether it may stand like this."
        )
    return (
        StoryTold(
            story=command.story,
            title=command.title,
            words=command.words,
            name=command.name,
            issue=command.issue,
            told=command.told,
            heard_from_another=command.heard_from_another,
            by=command.by,
            at=command.at,
        ),
    )


def _by(story: State, member: MemberId) -> StoryTold:
    if story.told is None:
        raise TooEarly("This story has not been told.")
    if story.told.by != member:
        raise NotEntitled("This is for whoever told the story, or wrote it down.")
    return story.told
