"""What is put under a bridge is put to no vote before all of its sides are ready."""

from confederation.dealings import bridge
from confederation.deciding import motion
from confederation.errors import TooEarly
from confederation.identifiers import MotionId
from instance import node
from instance.desk import Desk
from instance.store import events


def holding_back(desk: Desk, id: MotionId) -> tuple[str, bridge.State] | None:
    """Return a bridge that a motion waits for, with its id; None if there is none."""
    moved: motion.State = node.load(desk, f"motion:{id}")
    issue = None if moved.drafted is None else moved.drafted.issue
    for name, state in node.load_all(desk, "bridge").items():
        if state.holds_back(id, issue):
            return name, state
    return None


def check(desk: Desk, id: MotionId) -> None:
    """Make sure that a motion waits for no bridge.

    Raises:
        TooEarly: it does; the sentence names who is not ready yet.
    """
    found = holding_back(desk, id)
    if found is None:
        return
    _, state = found
    assert state.begun is not None
    stage = state.stage
    assert stage is not None
    names = [
        events.wording(desk.connection, state.begun.sides[number - 1].name) or "–"
        for number in state.not_ready(stage)
    ]
    matter = events.wording(desk.connection, state.begun.matter) or ""
    raise TooEarly(
        "There is a bridge about this: “{matter}”. Not all are ready yet: "
        "{names}. It is put to the vote when every side has said that it is "
        "ready to decide.",
        matter=matter,
        names=names,
    )
