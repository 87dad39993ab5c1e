"""What three assemblies adopted is put to an authority, over real processes.

A holding reply, the day that passes, a part of what was asked, and each assembly's own
judgement: all of it is read on every node, and by somebody on another server.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from activitypub import documents
from confederation import record
from confederation.assembly import GrantRole
from confederation.identifiers import BallotId, Digest
from instance import clerk, node
from instance.store import events
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import House
from tests.instance.serving import Serving, free_port, until
from tests.instance.test_federation import follow
from tests.instance.three import settled, three
from tests.instance.web.visitor import Visitor, a_visitor, found

LINK = re.compile(r"(/asked/[2-9a-z]{32})")
ACTIVITY = {"accept": documents.ACCEPT}
TAGS = re.compile(r"<[^>]+>")
ANSWER = re.compile(r'<option value="([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Council:
    """Three assemblies that have adopted something, each with its clerk, and M."""

    houses: tuple[House, ...]
    nodes: tuple[Serving, ...]
    clerks: tuple[Visitor, ...]
    proposal: str
    follower: Account

    def read_by_follower(self) -> str:
        """Return all that M reads by now, without the tags.

        What is announced by its address M fetches, as Mastodon does.
        """
        read = []
        for activity in self.follower.received:
            what = activity["object"]
            if activity["type"] == "Announce" and isinstance(what, str):
                what = httpx.get(what, headers=ACTIVITY, timeout=10).json()
            if activity["type"] in ("Announce", "Create", "Update"):
                read.append(TAGS.sub(" ", str(what.get("content"))))
        return " ".join(read)


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    ports = [free_port() for _ in range(3)]
    together = three(tmp_path_factory.mktemp("council"), ports=ports)
    proposal = settled(together)
    with ExitStack() as stack:
        follower = stack.enter_context(an_account())
        nodes, clerks = [], []
        for house, port in zip(together.houses, ports, strict=True):
            with house.desk() as desk:
                grant = GrantRole(
                    member=house.members[0], role="clerk", by=None, at=desk.now
                )
                node.perform(desk, "assembly:it", grant)
            serving = Serving(house.config.directory, port)
            stack.callback(serving.stop)
            serving.start()
            nodes.append(serving)
            clerks.append(stack.enter_context(a_visitor(serving, "Ada")))
        follow(follower, nodes[0])
        yield Council(
            houses=together.houses,
            nodes=tuple(nodes),
            clerks=tuple(clerks),
            proposal=f"/proposals/{proposal.removeprefix('sha256:')}",
            follower=follower,
        )


def decides(house: House, text: str) -> Digest:
    """Let an assembly pass a text while its node is being served."""
    now = datetime.now(UTC).replace(microsecond=0)
    with node.at_desk(house.config, clock=lambda: now) as here:
        desk = replace(here, pen=True)
        ballot = BallotId(desk.new_id())
        decision = record.Decision(
            ballot=ballot,
            method=record.Method(name="consent"),
            present=41,
            outcome="passed",
            effective_from=now,
            text_commit=events.keep_wording(desk.connection, text),
        )
        clerk.prepare(desk, decision, subject=ballot)
        house.confirm(desk)
        digest = clerk.published(desk, "Decision", ballot)
    assert digest is not None
    return digest


def test_what_all_adopted_is_asked_for_answered_late_and_judged_by_each(
    council: Council,
) -> None:
    first, *others = council.clerks
    hexed = council.proposal.removeprefix("/proposals/")
    answer_by = datetime.now(UTC) + timedelta(seconds=12)
    page = first.send(
        "/asks",
        on=f"/asks/new?result={hexed}",
        result=hexed,
        authority="The harbour board",
        contact="board@harbour.example",
        text="Repair the sea wall with us.",
        answer_by=answer_by.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    until(lambda: "We ask The harbour board" in council.read_by_follower())
    assert "not a legal deadline" in council.read_by_follower()
    for each in others:
        until(lambda each=each: "The harbour board" in each.see(council.proposal))

    link = found(LINK, first.open(first.send(f"{page}/letter", on=page)))
    with a_visitor(council.nodes[0]) as board:
        board.send(
            link, on=link, kind="holding", text="We will write.", once=once(board, link)
        )
        until(lambda: "A first reply" in council.read_by_follower())

        late = "No answer by the day we asked for"
        for each in council.clerks:
            until(lambda each=each: late in each.see(page))
        told = "No answer has come by the day that we asked for."
        until(lambda: told in council.read_by_follower())

        board.send(
            link,
            on=link,
            kind="partly",
            heard="The wall is breaking.",
            plan="We mend the north side.",
            once=once(board, link),
        )
    until(lambda: "We mend the north side." in council.read_by_follower())

    verdicts = ("partly", "accepted", "not accepted")
    for house, each, verdict in zip(
        council.houses, council.clerks, verdicts, strict=True
    ):
        until(lambda each=each: "We mend the north side." in each.see(page))
        decision = decides(house, f"We find it {verdict}.")
        answer = ANSWER.search(each.open(page))
        assert answer is not None
        each.send(
            f"{page}/judge",
            on=page,
            answer=answer[1],
            verdict=verdict,
            stage="implementing",
            decision=decision.removeprefix("sha256:"),
        )
    for each in council.clerks:
        until(lambda each=each: "not judged yet" not in each.see(page))
        says = each.see(page)
        assert "Harbour : Accepted in part" in says
        assert "Quarry : Accepted" in says
        assert "Mill : Not accepted" in says
        assert "The answer came after that day" in says
        assert "board@harbour.example" not in council.clerks[1].see(page)
    assert "We accept a part of the answer." in council.read_by_follower()


def test_what_all_adopted_is_carried_out_by_actions_that_every_node_shows(
    council: Council,
) -> None:
    hexed = council.proposal.removeprefix("/proposals/")
    actions = []
    for number, each in enumerate(council.clerks[:2]):
        form = f"/actions/new?result={hexed}"
        actions.append(
            each.send(
                "/actions",
                on=form,
                about="result",
                id=hexed,
                what=f"Stretch {number} of the wall",
                effort="a role",
                kind="looking after",
                told="everyone",
            )
        )
    for each in council.clerks:
        until(lambda each=each: "Stretch 1 of the wall" in each.see(council.proposal))
        until(lambda each=each: "Stretch 0 of the wall" in each.see(council.proposal))
        assert "Carried out." not in each.see(council.proposal)

    for each, action in zip(council.clerks, actions, strict=False):
        each.send(f"{action}/yes", on=action)
        each.send(f"{action}/done", on=action, came_of_it="It stands.")

    for each in council.clerks:
        until(lambda each=each: "Carried out." in each.see(council.proposal))
        assert "It stands." in each.see(council.proposal)


def test_what_carries_it_out_is_for_everyone(council: Council) -> None:
    hexed, ada = council.proposal.removeprefix("/proposals/"), council.clerks[0]
    form = f"/actions/new?result={hexed}"

    says = ada.send(
        "/actions",
        on=form,
        status=422,
        about="result",
        id=hexed,
        what="A stretch of the wall",
        effort="a role",
        kind="looking after",
        told="members",
    )

    assert "is for everyone to read" in says


def once(at: Visitor, page: str) -> str:
    return found(re.compile(r'name="once" value="([0-9a-f]+)"'), at.open(page))
