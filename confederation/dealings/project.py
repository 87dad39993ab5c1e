"""A project has an address of its own only if all of its people say so.

It is an action that somebody took on. It has no vote and no place in any compact.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import NotEntitled, TooEarly
from confederation.identifiers import ActionId, MemberId

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeToAddress:
    """Say that the project may have an address of its own.

    ``people`` are those whose project it is now: who took it on, and who joined in.
    """

    project: ActionId
    people: Collection[MemberId]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProject:
    """Give the project an address, at ``path``, once all of its people agreed."""

    path: str
    people: Collection[MemberId]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindUpProject:
    """End the address for good; one of its people is enough."""

    people: Collection[MemberId]
    by: MemberId
    at: datetime


Command = AgreeToAddress | OpenProject | WindUpProject


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAgreedTo:
    project: ActionId
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOpened:
    path: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectWoundUp:
    at: datetime


Event = AddressAgreedTo | ProjectOpened | ProjectWoundUp


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Who of a project agreed, and at which path its actor lives."""

    agreed: frozenset[MemberId] = frozenset()
    path: str | None = None
    ended: bool = False

    @property
    def speaks(self) -> bool:
        return self.path is not None and not self.ended


NOTHING = State()


def decide(project: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        NotEntitled: it is not their project.
        TooEarly: one of its people has not agreed.
    """
    if command.by not in command.people:
        raise NotEntitled("This is for those who do it: join in first.")
    match command:
        case AgreeToAddress(project=id, by=by, at=at):
            if by in project.agreed:
                return ()
            return (AddressAgreedTo(project=id, member=by, at=at),)
        case OpenProject(path=path, people=people, at=at):
            if project.path is not None:
                return ()
            if not project.agreed.issuperset(people):
                raise TooEarly("Not all who do this have agreed to it yet.")
            return (ProjectOpened(path=path, at=at),)
        case WindUpProject(at=at):
            return (ProjectWoundUp(at=at),) if project.speaks else ()


def evolve(project: State, event: Event) -> State:
    """Give a project as it is after an event."""
    match event:
        case AddressAgreedTo(member=member):
            return replace(project, agreed=project.agreed | {member})
        case ProjectOpened(path=path):
            return replace(project, path=path)
        case ProjectWoundUp():
            return replace(project, ended=True)
