"""A public servant comes in by a code of their own, to answer for one public body.

Their name is read by members only, and is forgotten with the account. What they write
is labelled as theirs, and nothing else that is done here is open to them.
"""

from confederation.dealings import servant
from confederation.errors import Invalid, NotEntitled
from confederation.identifiers import AuthorityId, MemberId, ServantId
from instance import node
from instance.desk import Desk
from instance.membership import welcome
from instance.membership.welcome import Invitation
from instance.store import belonging, people, servants


def let_in(desk: Desk, name: str, command: servant.WelcomeServant) -> Invitation | None:
    """Make an account for a public servant; None if it was made before.

    Raises:
        Invalid: a member is called that, and a public servant is no member.
    """
    stream = f"servant:{command.servant}"
    if node.exists(desk, stream):
        return None
    name = welcome.checked_name(name)
    if name.casefold() in map(str.casefold, people.names(desk.connection).values()):
        raise Invalid(
            "A member is called that, and a public servant is no member here. If they "
            "are two people, please add something that tells them apart."
        )
    node.perform(desk, stream, command)
    servants.keep(desk.connection, command.servant, name=name)
    return welcome.new_link(desk, MemberId(command.servant))


def end(desk: Desk, id: ServantId, by: MemberId) -> None:
    """End an account at once, and forget who had it."""
    node.perform(desk, f"servant:{id}", servant.EndAccount(by=by, at=desk.now))
    belonging.end_logins(desk.connection, id, at=desk.seconds)
    servants.forget(desk.connection, id)


def in_force(desk: Desk, id: str) -> servant.State | None:
    """Return an account that opens something now; None for anybody else's mark."""
    if not node.exists(desk, f"servant:{id}"):
        return None
    state: servant.State = node.load(desk, f"servant:{id}")
    return state if state.in_force(desk.now) else None


def of_body(desk: Desk, authority: AuthorityId) -> list[servant.ServantWelcomed]:
    """Return the accounts of a public body that open something now."""
    states: dict[str, servant.State] = node.load_all(desk, "servant")
    return [
        state.welcomed
        for state in states.values()
        if state.welcomed is not None and state.speaks_for(authority, desk.now)
    ]


def check(desk: Desk, id: ServantId, authority: str | None) -> None:
    """Make sure that somebody answers for a public body now.

    Raises:
        NotEntitled: their account has ended, or is another body's.
    """
    state = in_force(desk, id)
    if state is None or not state.speaks_for(authority, desk.now):
        raise NotEntitled("This is for the public servants of whoever was asked.")
