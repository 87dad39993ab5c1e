"""A panel is drawn over real nodes: seeds are asked for, given, called for and told."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from activitypub import canonical
from confederation.membership import panel
from instance.membership import panels
from instance.upkeep.keys import RECORD_KEY
from tests.instance.house import House
from tests.instance.house import signed as sign
from tests.instance.neighbours import Neighbours, until_signing
from tests.instance.serving import Serving, folkmoot, until
from tests.instance.three import assembly_of, decides, the_key
from tests.instance.web.browsing import text_of
from tests.instance.web.visitor import ONCE, TOKEN, Visitor, found

GIVE = re.compile(r'name="request" value="([0-9a-f]{64})"')
SLIPS = "Age,household,note\n" + "".join(
    f"{'young' if n % 3 else 'old'},,slip {n}\n" for n in range(16)
)
PAST = timedelta(days=8)


def test_a_panel_is_drawn_by_seeds_that_travel_and_none_can_be_held_back_unseen(
    neighbours: Neighbours, tmp_path: Path
) -> None:
    a, b, c = neighbours.members
    harbour, _, mill = neighbours.nodes
    us, *others = neighbours.houses
    page = begun(a, us)

    asks(a, page, *others)
    for each in (b, c):
        gives(each)
    until(lambda: a.see(page).count("Committed to a seed") == 2)
    # The mill holds another seed under what it committed to, as a liar would.
    swap_seed(neighbours.houses[2])
    lists(a, page)

    until(lambda: "Told something else than it committed to" in a.see(page))
    until(lambda: len(told(us, page)) == 1)
    mill.kill()
    for commitment in untold_of_ours(us, page):
        a.send(f"{page}/tell", on=page, commitment=commitment)
    assert state(us, page).drawn is None
    early = a.send(f"{page}/step", on=page, step="again", status=409)
    assert "Nobody is left out before." in early

    days_pass(harbour)
    until_signing(a)
    a.send(f"{page}/step", on=page, step="again")
    assert a.see(page).count("not told in time") == 1
    a.send(f"{page}/step", on=page, step="ours")
    asks(a, page, others[0])
    gives(b)
    until(lambda: len(state(us, page).seeds) == 2)
    a.send(f"{page}/step", on=page, step="call")
    until(lambda: len(told(us, page)) == 1)
    for commitment in untold_of_ours(us, page):
        a.send(f"{page}/tell", on=page, commitment=commitment)

    assert state(us, page).drawn is not None
    facts = a.http.get(f"{page}/draw.json").content
    held = a.http.get(f"{page}/list.json").content
    signed = json.loads(facts)["signed"]
    assert [each["type"] for each in signed] == ["SeedGiven", "SeedTold"]
    for name, data in (("draw.json", facts), ("list.json", held)):
        (tmp_path / name).write_bytes(data)
    files = [str(tmp_path / name) for name in ("draw.json", "list.json")]
    checked = folkmoot("check-draw", *files)
    assert checked.stdout.count("holds  signed") == 2
    assert assembly_of(others[0]) in checked.stdout
    mill.start()
    for each in (a, b, c):
        answer = each.http.post(
            "/panels/check",
            data={"token": found(TOKEN, each.open("/panels/check"))},
            files={"facts": ("draw.json", facts), "list": ("list.json", held)},
        )
        assert "Everything is as it was told" in text_of(answer.text)
    told_seed = signed[1]
    plain = {name: each for name, each in told_seed.items() if name != "proof"}
    for wrong in (
        {**told_seed, "seed": "5eed" * 16},
        sign({**plain, "fixed": f"sha256:{'e2' * 32}"}, the_key(others[0], RECORD_KEY)),
    ):
        changed = {**json.loads(facts), "signed": [signed[0], wrong]}
        (tmp_path / "draw.json").write_text(json.dumps(changed))
        found_out = folkmoot("check-draw", *files, check=False)
        assert found_out.returncode != 0
        assert found_out.stdout.count("WRONG") == 1
        assert "WRONG  signed" in found_out.stdout


def begun(clerk: Visitor, house: House) -> str:
    """Set a panel up that is drawn by seeds, and open its pool; return its page."""
    decision = decides(house, at=datetime.now(UTC))
    page = clerk.send(
        "/panels",
        on="/panels",
        once=found(ONCE, clerk.open("/panels")),
        question="What shall become of the pool?",
        decision=decision.removeprefix("sha256:"),
        places="4",
        features="Age: young, old",
        how="seeds",
    )
    clerk.send(f"{page}/step", on=page, step="open")
    return page


def asks(clerk: Visitor, page: str, *houses: House) -> None:
    for house in houses:
        clerk.send(f"{page}/ask", on=page, assembly=assembly_of(house))


def gives(clerk: Visitor) -> None:
    """Wait until a seed is asked for, and commit to one."""
    until(lambda: GIVE.search(clerk.open("/panels/seeds")) is not None)
    assert "Another assembly asks us for a seed" in clerk.see("/today")
    request = found(GIVE, clerk.open("/panels/seeds"))
    clerk.send("/panels/seeds/give", on="/panels/seeds", request=request)
    assert "Tell it by hand" in clerk.see("/panels/seeds")


def lists(clerk: Visitor, page: str) -> None:
    """Fill the pool and freeze it, set quotas, and have the list made."""
    answer = clerk.http.post(
        f"{page}/file",
        data={"token": found(TOKEN, clerk.open(page))},
        files={"file": ("slips.csv", SLIPS.encode())},
    )
    assert answer.status_code == 303, text_of(answer.text)
    clerk.send(f"{page}/step", on=page, step="freeze")
    quotas = {"least-0-0": "1", "most-0-0": "3"}
    clerk.send(f"{page}/quotas", on=page, **quotas)  # type: ignore[arg-type]
    clerk.send(f"{page}/make", on=page)
    until(lambda: "The list is made" in clerk.see(page))


def state(house: House, page: str) -> panel.State:
    with house.desk() as desk:
        return panels.load(desk, page.rpartition("/")[2])


def told(house: House, page: str) -> list[str]:
    """Return the seeds that others told for the draw that goes on now."""
    return [each.seed for each in state(house, page).seeds if each.seed is not None]


def untold_of_ours(house: House, page: str) -> list[str]:
    with house.desk() as desk:
        untold = panels.load(desk, page.rpartition("/")[2]).untold
        return [e.commitment for e in untold if panels.is_ours(desk, e.commitment)]


def swap_seed(house: House) -> None:
    """Put another seed under what a node has committed to."""
    with house.desk() as desk:
        [row] = desk.connection.execute("select commitment from kept_seed").fetchall()
        commitment = row["commitment"]
        desk.connection.execute(
            "update kept_seed set sealed = :sealed where commitment = :commitment",
            {
                "sealed": desk.vault.seal(commitment, b"5eed" * 16),
                "commitment": commitment,
            },
        )


def days_pass(node: Serving) -> None:
    """Let the list be made more than a week ago, as far as the node knows."""
    node.stop()
    earlier = canonical.write_time(datetime.now(UTC) - PAST)
    with closing(sqlite3.connect(node.directory / "node.sqlite")) as disk, disk:
        disk.execute(
            "update event set body = json_set(body, '$.at', ?) where type = 'ListMade'",
            (earlier,),
        )
    node.start()
