"""Three assemblies of one compact at nodes of their own, each with its clerk's browser.

Real processes, real HTTP between them; whoever signs in is Ada, who set each node up.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from confederation import assembly
from instance import node
from tests.instance.house import House
from tests.instance.serving import Serving, free_port, until
from tests.instance.three import three
from tests.instance.web.visitor import Visitor, a_visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Three assemblies of one compact, each with a member at their own node."""

    houses: tuple[House, ...]
    nodes: tuple[Serving, ...]
    members: tuple[Visitor, ...]


@contextmanager
def three_neighbours(directory: Path) -> Iterator[Neighbours]:
    """Found the three, serve them, and let the clerk of each come in."""
    ports = [free_port() for _ in range(3)]
    together = three(directory, ports=ports)
    with ExitStack() as stack:
        nodes, members = [], []
        for house, port in zip(together.houses, ports, strict=True):
            with house.desk() as desk:
                for role in ("clerk", "convenor"):
                    grant = assembly.GrantRole(
                        member=house.members[0], role=role, by=None, at=desk.now
                    )
                    node.perform(desk, "assembly:it", grant)
            serving = Serving(house.config.directory, port)
            stack.callback(serving.stop)
            serving.start()
            nodes.append(serving)
            members.append(stack.enter_context(a_visitor(serving, "Ada")))
        for member in members:
            until_signing(member)
        yield Neighbours(
            houses=together.houses, nodes=tuple(nodes), members=tuple(members)
        )


def until_signing(member: Visitor) -> None:
    """Wait until a node that was just started has its fellows' newest entries."""
    until(lambda: "it signs nothing" not in member.see("/condition"))
