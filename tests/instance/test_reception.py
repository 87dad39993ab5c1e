"""What arrives is dealt with together, and each activity stands for itself."""

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from activitypub import documents
from activitypub.canonical import JsonObject
from instance import reception
from instance.reception import AT_ONCE, MOST_FAILURES, Round
from instance.store import inbound
from tests.instance.arrivals import activity, arrive, follow
from tests.instance.elsewhere import SAM
from tests.instance.house import NOON, House, a_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(tmp_path_factory.mktemp("reception"))


@pytest.fixture
def harbour(house: House, tmp_path: Path) -> House:
    copied = tmp_path / "harbour"
    shutil.copytree(house.config.directory, copied)
    return replace(house, config=replace(house.config, directory=copied))


def test_a_strange_activity_takes_nothing_from_those_beside_it(harbour: House) -> None:
    first, strange, last = (
        follow(harbour, 1),
        without_actor(follow(harbour, 2)),
        like(3),
    )
    arrive(harbour, first, strange, last)

    deal(harbour)

    ignored = "ignored: it is about no public post of ours"
    assert outcomes(harbour) == ["followed", None, ignored]


def test_the_bytes_of_what_was_dealt_with_go_after_thirty_days(harbour: House) -> None:
    arrive(harbour, follow(harbour, 1))
    deal(harbour)

    for days, kept in ((29, 1), (31, 0)):
        with harbour.desk(NOON + timedelta(days=days)) as desk:
            inbound.forget_old(desk.connection, now=desk.seconds)
        held = "select count(*) from received where body is not null"
        assert harbour.rows(held) == [(kept,)]

    assert outcomes(harbour) == ["followed"]


def test_what_was_done_once_is_not_done_again_by_its_id(harbour: House) -> None:
    following = follow(harbour, 1)
    undone = {**activity(2), "type": "Undo", "object": following}
    for said in (following, undone, following):
        arrive(harbour, said, signature=documents.encode({"n": len(outcomes(harbour))}))
        deal(harbour)

    assert outcomes(harbour) == ["followed", "unfollowed"]
    assert harbour.rows("select count(*) from follower") == [(0,)]


def test_one_signature_brings_one_activity(harbour: House) -> None:
    for said in (follow(harbour, 1), like(2)):
        arrive(harbour, said, signature=b"the same")

    assert harbour.rows("select count(*) from received") == [(1,)]


def test_nothing_is_left_of_an_activity_that_failed_halfway(harbour: House) -> None:
    arrive(harbour, without_actor(follow(harbour, 1)))

    deal(harbour)

    assert harbour.rows("select count(*) from follower") == [(0,)]
    assert harbour.rows("select count(*) from delivery") == [(0,)]


def test_a_person_does_not_become_a_group(harbour: House) -> None:
    group: JsonObject = {**SAM.document, "type": "Group"}
    robot: JsonObject = {**SAM.document, "type": "Service"}
    arrive(
        harbour,
        {**activity(1), "type": "Update", "object": group},
        {**activity(2), "type": "Update", "object": robot},
    )

    dealt = deal(harbour)

    refused, kept = outcomes(harbour)
    assert str(refused).startswith("refused: An actor does not become a group")
    assert kept == "actor updated"
    assert dealt.new_keys == {SAM.id}


def test_an_actor_speaks_of_nobody_but_themselves(harbour: House) -> None:
    hers: JsonObject = {
        **SAM.document,
        "id": f"{SAM.base}/users/ada",
        "inbox": f"{SAM.base}/users/ada/inbox",
    }
    elsewhere: JsonObject = {**SAM.document, "inbox": "http://127.0.0.3:8100/inbox"}
    arrive(
        harbour,
        {**activity(1), "type": "Update", "object": hers},
        {**activity(2), "type": "Update", "object": elsewhere},
        {**activity(3), "type": "Delete", "object": hers["id"]},
    )

    dealt = deal(harbour)

    assert dealt.new_keys == frozenset()
    [[kept]] = harbour.rows("select body from remote_actor")
    assert json.loads(kept) == SAM.document


def test_an_activity_that_cannot_be_what_it_says_is_refused_for_good(
    harbour: House,
) -> None:
    forged = note("http://127.0.0.3:8100/users/mallory")
    arrive(harbour, {**activity(1), "type": "Update", "object": forged})

    deal(harbour)

    assert outcomes(harbour) == ["refused: Only its author may update a post."]


def test_what_failed_is_tried_again_later_and_given_up_in_the_end(
    harbour: House,
) -> None:
    arrive(harbour, without_actor(follow(harbour, 1)))

    for hour in range(MOST_FAILURES):
        deal(harbour, at=NOON + timedelta(hours=hour))
        assert outcomes(harbour) == [None]
    deal(harbour, at=NOON + timedelta(hours=MOST_FAILURES))

    assert outcomes(harbour) == ["failed: KeyError"]


def test_what_failed_is_left_alone_for_a_while(harbour: House) -> None:
    arrive(harbour, without_actor(follow(harbour, 1)))

    for _ in range(3):
        deal(harbour)

    assert harbour.rows("select failures from received") == [(1,)]


def test_the_same_activity_and_the_same_signature_are_kept_once(
    harbour: House,
) -> None:
    arrive(harbour, like(1), like(1), like(2))
    arrive(harbour, like(2), like(3), signature=b"one for both")

    assert harbour.rows("select count(*) from received") == [(3,)]


def test_a_flood_is_dealt_with_in_the_order_in_which_it_came(harbour: House) -> None:
    arrive(harbour, *(like(number) for number in range(AT_ONCE + 1)))

    rounds = [deal(harbour), deal(harbour)]

    assert [each.more for each in rounds] == [True, False]
    assert None not in outcomes(harbour)


def test_what_brings_no_record_does_not_concern_the_chamber(harbour: House) -> None:
    arrive(harbour, like(1), follow(harbour, 2))

    assert not deal(harbour).concerns_chamber


def test_an_entry_that_somebody_brings_concerns_the_chamber(harbour: House) -> None:
    entry: JsonObject = {"type": "Issue", "seq": 1, "assembly": None, "proof": {}}
    arrive(harbour, {**activity(1), "type": "Create", "object": entry})

    assert deal(harbour).concerns_chamber
    assert outcomes(harbour) == ["ignored: no record of that assembly is kept here"]


def like(number: int) -> JsonObject:
    return {**activity(number), "type": "Like", "object": "http://127.0.0.1:8001/n/1"}


def without_actor(document: JsonObject) -> JsonObject:
    """Leave out what no accepted activity lacks, and what an answer to it needs."""
    return {term: value for term, value in document.items() if term != "actor"}


def note(author: str) -> JsonObject:
    return {"id": f"{author}/1", "type": "Note", "attributedTo": author, "content": ""}


def deal(house: House, at: datetime = NOON) -> Round:
    with house.desk(at) as desk:
        return reception.deal_with_arrivals(desk)


def outcomes(house: House) -> list[str | None]:
    return [said for (said,) in house.rows("select outcome from received")]
