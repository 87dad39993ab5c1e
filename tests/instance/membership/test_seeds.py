"""What assemblies sign about seeds is believed for their signature, and for no more."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, Malformed, NotAuthentic, ProtocolError
from confederation import assembly
from confederation.counting import lot
from confederation.errors import Refused, TooLate
from confederation.identifiers import AssemblyId, Digest
from confederation.membership import panel
from confederation.sortition.quotas import Feature
from instance import node
from instance.desk import Desk
from instance.membership import panels, seeds
from instance.store import events, pools
from instance.store import seeds as store
from instance.upkeep import record_keys
from instance.upkeep.keys import RECORD_KEY
from tests.instance.house import NOON, House, signed
from tests.instance.three import Three, assembly_of, the_key

PANEL = "forum"
FIXED = Digest(f"sha256:{'f1' * 32}")
SEED = "5eed" * 16
AGE = Feature(name="Age", values=("young", "old"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The harbour has asked the quarry and the mill for a seed each."""

    harbour: House
    quarry: House
    mill: House
    requests: dict[AssemblyId, JsonObject]

    def state(self) -> panel.State:
        with self.harbour.desk() as desk:
            return panels.load(desk, PANEL)

    def hears(self, document: JsonObject, at: House | None = None) -> str:
        with (at or self.harbour).desk() as desk:
            return seeds.hear(desk, document)

    def gives(self, house: House) -> JsonObject:
        """Let one of them be asked, and commit to a seed; return what it signs."""
        request = self.requests[assembly_of(house)]
        self.hears(request, at=house)
        with house.desk() as desk:
            [wanted] = store.newest_wanted(desk.connection, most=9)
            seeds.give(desk, wanted.request)
            [wanted] = store.newest_wanted(desk.connection, most=9)
        assert wanted.given is not None
        return wanted.given

    def tells(self, house: House, call: JsonObject) -> JsonObject:
        self.hears(call, at=house)
        with house.desk() as desk:
            [wanted] = store.newest_wanted(desk.connection, most=9)
        assert wanted.told is not None
        return wanted.told

    def lists(self) -> JsonObject:
        """Let the pool be frozen and the list made; return the call for the seeds."""
        with self.harbour.desk() as desk:
            for command in (
                panel.OpenPool(by=None, at=desk.now),
                panel.FreezePool(pool=FIXED, size=9, by=None, at=desk.now),
                panel.SetQuotas(quotas=(), by=None, at=desk.now),
                panel.MakeList(
                    fixed=FIXED,
                    quotas=(),
                    length=1000,
                    least=9,
                    bound="1/1",
                    by=None,
                    at=desk.now,
                ),
            ):
                panels.act(desk, PANEL, command)
            seeds.call(desk, PANEL)
        return said(self.harbour, seeds.CALL)


@pytest.fixture
def asked(together: Three) -> Asked:
    harbour, quarry, mill = together.houses
    requests = {}
    with harbour.desk() as desk:
        clerk = assembly.GrantRole(
            member=harbour.members[0], role="clerk", by=None, at=desk.now
        )
        node.perform(desk, "assembly:it", clerk)
        words = events.keep_wording(desk.connection, "What becomes of the pool?")
        panels.begin(
            desk,
            PANEL,
            question=words,
            decision=FIXED,
            places=4,
            features=(AGE,),
            how="seeds",
            ours=events.keep_wording(desk.connection, "Harbour"),
            by=harbour.members[0],
        )
        for house, name in ((quarry, "Quarry"), (mill, "Mill")):
            seeds.ask(desk, PANEL, assembly_of(house), name=name)
        for each in store.asked_for(desk.connection, PANEL):
            requests[each.assembly] = each.asked
    return Asked(harbour=harbour, quarry=quarry, mill=mill, requests=requests)


def said(house: House, kind: str) -> JsonObject:
    """Return the last thing of a kind that a node signed about a seed."""
    with house.desk() as desk:
        rows = desk.connection.execute(
            "select body from activity where body like :kind order by rowid desc",
            {"kind": f'%"{kind}"%'},
        ).fetchall()
    document = canonical.read(rows[0]["body"].encode())["object"]
    assert isinstance(document, dict)
    return document


def by(house: House, document: JsonObject, **changed: object) -> JsonObject:
    """Let an assembly sign a document anew, with some of it changed."""
    plain = {name: each for name, each in document.items() if name != "proof"}
    return signed({**plain, **changed}, the_key(house, RECORD_KEY))  # type: ignore[dict-item]


def test_a_seed_is_told_for_the_list_that_was_made_and_counts(asked: Asked) -> None:
    given = asked.gives(asked.quarry)
    assert asked.hears(given) == "committed to"
    assert asked.hears(given) == "committed to again"
    call = asked.lists()

    told = asked.tells(asked.quarry, call)

    assert told["fixed"] == FIXED
    assert asked.hears(told) == "told"
    assert [each.seed for each in asked.state().seeds] == [None, told["seed"]]
    assert asked.hears(told) == "ignored: it is told, or came too late"


def test_what_was_signed_with_a_key_that_was_replaced_is_signed_anew(
    asked: Asked, together: Three
) -> None:
    def replaces_its_key() -> None:
        with asked.quarry.desk() as desk:
            record_keys.replace(desk)
        together.exchange(NOON)

    first = asked.gives(asked.quarry)
    replaces_its_key()
    with pytest.raises(NotAuthentic):
        asked.hears(first)
    asked.hears(asked.requests[assembly_of(asked.quarry)], at=asked.quarry)
    again = said(asked.quarry, seeds.GIVEN)
    assert asked.hears(again) == "committed to"
    call = asked.lists()
    asked.tells(asked.quarry, call)

    replaces_its_key()
    asked.hears(call, at=asked.quarry)

    told = said(asked.quarry, seeds.TOLD)
    assert asked.hears(told) == "told"
    assert asked.hears(by(asked.quarry, again)) == "committed to again"


def test_whoever_replaced_their_key_asks_again_for_the_same_seed(
    asked: Asked, together: Three
) -> None:
    id = assembly_of(asked.quarry)
    given = asked.gives(asked.quarry)
    with asked.harbour.desk() as desk:
        record_keys.replace(desk)
    together.exchange(NOON)
    with pytest.raises(NotAuthentic):
        asked.hears(asked.requests[id], at=asked.quarry)

    with asked.harbour.desk() as desk:
        seeds.ask(desk, PANEL, id, name="Quarry")
    again = said(asked.harbour, seeds.REQUEST)

    assert asked.hears(again, at=asked.quarry) == "a seed is asked for again"
    assert asked.hears(again | {}, at=asked.quarry) == "a seed is asked for again"
    assert asked.hears(given) == "committed to"
    stolen = by(asked.mill, again, assembly=assembly_of(asked.mill), to=id)
    with pytest.raises(Forbidden):
        asked.hears(stolen, at=asked.quarry)


def test_nobody_says_anything_in_the_name_of_another(asked: Asked) -> None:
    given = asked.gives(asked.quarry)
    request = asked.requests[assembly_of(asked.mill)]
    forged = [
        (by(asked.mill, given), asked.harbour, NotAuthentic),
        ({**given, "commitment": FIXED}, asked.harbour, NotAuthentic),
        (by(asked.mill, given, assembly=assembly_of(asked.mill)), asked.harbour, None),
        (by(asked.quarry, request), asked.mill, NotAuthentic),
        (request, asked.quarry, Malformed),
        (by(asked.harbour, request, panel="https://b.example/p"), asked.mill, None),
    ]

    for document, at, why in forged:
        with pytest.raises(why or ProtocolError):
            asked.hears(document, at=at)

    assert len(asked.state().seeds) == 1
    with asked.mill.desk() as desk:
        assert store.newest_wanted(desk.connection, most=9) == []


def test_what_another_committed_to_cannot_be_repeated_nor_taken_back(
    asked: Asked,
) -> None:
    given = asked.gives(asked.quarry)
    asked.hears(given)
    own = asked.gives(asked.mill)

    with pytest.raises(Forbidden, match="Somebody else"):
        asked.hears(by(asked.mill, own, commitment=given["commitment"]))
    with pytest.raises(Forbidden, match="another seed"):
        asked.hears(by(asked.quarry, given, commitment=lot.commitment(SEED)))

    commitments = [each.commitment for each in asked.state().seeds]
    assert commitments[1:] == [given["commitment"]]


def test_no_seed_is_committed_to_after_the_pool_was_frozen(asked: Asked) -> None:
    given = asked.gives(asked.quarry)
    asked.hears(asked.gives(asked.mill))
    asked.lists()

    with pytest.raises(TooLate):
        asked.hears(given)

    assert len(asked.state().seeds) == 2


def test_no_seed_is_told_for_a_second_list_or_before_there_is_one(
    asked: Asked,
) -> None:
    asked.hears(asked.gives(asked.quarry))
    call = asked.lists()
    asked.tells(asked.quarry, call)
    other = by(asked.harbour, call, fixed=f"sha256:{'e2' * 32}")

    with pytest.raises(Forbidden, match="another one"):
        asked.hears(other, at=asked.quarry)
    assert "no seed of ours" in asked.hears(
        by(asked.harbour, call, seeds=[]), at=asked.quarry
    )
    with pytest.raises(NotAuthentic):
        asked.hears(by(asked.mill, call), at=asked.quarry)


@pytest.mark.parametrize(
    "lies",
    [{"seed": SEED}, {"seed": "odd"}, {"fixed": f"sha256:{'e2' * 32}"}],
)
def test_whoever_tells_something_else_is_seen_to_and_may_still_tell_the_truth(
    asked: Asked, lies: dict[str, str]
) -> None:
    asked.hears(asked.gives(asked.quarry))
    told = asked.tells(asked.quarry, asked.lists())

    says = asked.hears(by(asked.quarry, told, **lies))

    assert "something else" in says
    with asked.harbour.desk() as desk:
        kept = store.asked_for(desk.connection, PANEL)
    assert [each.wrong is not None for each in kept].count(True) == 1
    assert all(each.seed is None for each in asked.state().seeds)
    assert asked.hears(told) == "told"


def test_a_seed_told_by_hand_is_told_over_the_network_as_well(asked: Asked) -> None:
    asked.hears(asked.gives(asked.quarry))

    def tell(desk: Desk) -> str:
        [kept] = pools.seeds(desk.connection, most=9)
        return panels.open_seed(desk, kept.commitment)

    with asked.quarry.desk() as desk:
        seed = tell(desk)

    told = asked.tells(asked.quarry, asked.lists())
    assert told["seed"] == seed


def test_nothing_is_signed_without_the_pen(asked: Asked) -> None:
    request = asked.requests[assembly_of(asked.quarry)]
    asked.hears(request, at=asked.quarry)

    def give(desk: Desk) -> None:
        [wanted] = store.newest_wanted(desk.connection, most=9)
        seeds.give(desk, wanted.request)

    without_the_pen(asked.quarry, give)

    with asked.quarry.desk() as desk:
        [wanted] = store.newest_wanted(desk.connection, most=9)
    assert wanted.given is None


def without_the_pen(house: House, work: Callable[[Desk], None]) -> None:
    with house.desk() as desk, pytest.raises(Refused, match="newest entry"):
        work(replace(desk, pen=False))
