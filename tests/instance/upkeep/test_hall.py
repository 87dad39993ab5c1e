"""The pen goes to the hall and comes home, and there is never a second one.

Home and laptop are processes of their own that talk by HTTP. Between them sits a cable
that is cut, and a process that is killed, at any moment that matters.
"""

import asyncio
import json
import signal
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.client import Client
from confederation import session
from confederation.deciding import motion
from confederation.errors import Invalid, NotEntitled, Refused, TooLate
from confederation.identifiers import MemberId, SessionId
from instance import clerk, config, node, speech, web
from instance.desk import Desk
from instance.errors import Misused, NoRoom, PenElsewhere
from instance.matters import erasing, openings
from instance.meeting import door
from instance.membership import belonging, welcome
from instance.store import database, events, lending, people, records, waiting_forms
from instance.store.lending import Lending
from instance.upkeep import doctor, hall, keys
from instance.upkeep.keys import Vault
from instance.web import waiting
from instance.web.forms import Form
from instance.web.site import Site
from tests import forked
from tests.instance.elsewhere import an_account
from tests.instance.house import NOON, House, a_house
from tests.instance.serving import Serving, Told, folkmoot, free_port, until
from tests.instance.web.browsing import GUARD, another, text_of
from tests.instance.web.hall import a_hall
from tests.instance.web.visitor import a_member
from tests.instance.wire import create, note_by, rows

PATIENCE = 60
QUARTER = timedelta(minutes=15)


@dataclass(slots=True)
class Cable:
    """A connection between laptop and home, which somebody stumbles over.

    ``cut`` is a path and a moment: *asked* before home hears of it, *halfway* through
    what is sent, *answered* once home has done it and nobody was told, *answering*
    halfway through the answer. ``then`` is what happens at that moment, once.
    """

    to: int
    port: int = field(default_factory=free_port)
    cut: tuple[str, str] | None = None
    then: object = None
    happened: bool = False
    _door: socket.socket | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._carry_all, daemon=True).start()

    def close(self) -> None:
        assert self._door is not None
        self._door.close()

    def _carry_all(self) -> None:
        assert self._door is not None
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            with near:
                self._carry(near)

    def _carry(self, near: socket.socket) -> None:
        head = b""
        try:
            while b"\r\n\r\n" not in head:
                head += _some(near)
            head, _, body = head.partition(b"\r\n\r\n")
            path = head.split()[1].decode()
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            while len(body) < length:
                body += _some(near)
            if self._is_cut(path, "asked"):
                return
            with socket.create_connection(("127.0.0.1", self.to)) as far:
                far.sendall(head + b"\r\n\r\n" + body[: length // 2])
                if self._is_cut(path, "halfway"):
                    return
                far.sendall(body[length // 2 :])
                answer = b"".join(iter(lambda: far.recv(65_536), b""))
            if self._is_cut(path, "answered"):
                return
            near.sendall(answer[: len(answer) // 2])
            if self._is_cut(path, "answering"):
                return
            near.sendall(answer[len(answer) // 2 :])
        except OSError:
            # Whoever was killed hears and says nothing any more.
            return

    def _is_cut(self, path: str, moment: str) -> bool:
        if self.happened or self.cut != (path, moment):
            return False
        self.happened = True
        assert callable(self.then)
        self.then()
        return True


def _some(of: socket.socket) -> bytes:
    """Read on from whoever is asking; an error if they say no more."""
    read = of.recv(65_536)
    if not read:
        raise ConnectionError
    return read


@dataclass(slots=True)
class Evening:
    """A home that is being served, and a laptop that is not yet anything."""

    house: House
    home: Serving
    cable: Cable
    laptop: Path
    command: forked.Process | None = None

    def a_code(self) -> str:
        return folkmoot("hall", "code", str(self.home.directory)).stdout.strip()

    def hall(self, *arguments: str) -> Told:
        """Give a command on the laptop, which may be killed meanwhile."""
        self.command = None
        with TemporaryFile() as out, TemporaryFile() as error:
            self.command = forked.start(
                "instance.cli", "hall", *arguments, out=out, error=error
            )
            ended = self.command.wait(PATIENCE)
            said, complained = (_all_of(each) for each in (out, error))
        return Told(returncode=ended, stdout=said, stderr=complained)

    def try_to_take(self, code: str) -> Told:
        given = ("--code", code)
        return self.hall("take", self.cable.address, str(self.laptop), *given)

    def try_to_give_back(self) -> Told:
        return self.hall("return", str(self.laptop))

    def take(self) -> None:
        taken = self.try_to_take(self.a_code())
        assert taken.returncode == 0, taken.stderr

    def give_back(self) -> None:
        returned = self.try_to_give_back()
        assert returned.returncode == 0, returned.stderr

    def kill(self, victim: str) -> None:
        if victim == "home":
            self.home.kill()
        else:
            # On a busy machine it may ask before we know its number.
            until(lambda: self.command is not None)
            assert self.command is not None
            self.command.send_signal(signal.SIGKILL)

    @property
    def in_hall(self) -> House:
        """The assembly as the laptop has it."""
        return replace(self.house, config=config.read(self.laptop))

    def holders(self) -> list[str]:
        """Return on which machines an act of the assembly would be carried out now."""
        found = []
        for name, house in (("home", self.house), ("laptop", None)):
            try:
                with here(house or self.in_hall) as desk:
                    desk.connection.execute("savepoint trial")
                    add_member(desk, "Trial")
                    desk.connection.execute("rollback to trial")
                    found.append(name)
            except (PenElsewhere, Misused):
                continue
        return found

    def names(self) -> set[str]:
        with here(self.house) as desk:
            members = node.assembly_here(desk).members
            names = people.names(desk.connection)
            return {names[each] for each in members}

    def record(self) -> list[str]:
        with here(self.house) as desk:
            ours = records.ours(desk.connection)
            assert ours is not None
            rows = records.entries(desk.connection, ours.id)
            return [row["type"] for row in rows]


def _all_of(written: IO[bytes]) -> str:
    written.seek(0)
    return written.read().decode()


@contextmanager
def here(house: House) -> Iterator[Desk]:
    with node.at_desk(house.config) as desk:
        yield desk


def add_member(desk: Desk, name: str) -> MemberId:
    """Do something that the record will show."""
    return welcome.invite(desk, name).member


def a_meeting(desk: Desk, title: str, *, opened: bool = False) -> str:
    """Call a meeting, and open it if that is wanted."""
    id = desk.new_id()
    call = session.CallSession(
        session=SessionId(id),
        notice=session.Notice(
            title=events.keep_wording(desk.connection, title),
            kind="assembly",
            starts_at=desk.now,
        ),
        by=None,
        at=desk.now,
    )
    node.perform(desk, f"session:{id}", call)
    if opened:
        here = node.assembly_here(desk)
        chair = next(who for who, each in here.members.items() if each.roles)
        opening = session.OpenSession(
            roll=here.roll, tellers=here.tellers, by=chair, at=desk.now
        )
        node.perform(desk, f"session:{id}", opening)
    return id


def a_copy(house: House, on: Lending, directory: Path) -> House:
    """Give a laptop its copy without any way between them."""
    directory.mkdir()
    secret = b"s" * keys.SECRET_BYTES
    vault = Vault(keys.read_secret(house.config.secret))
    made = hall.make_copy(house.config, vault, on, secret)
    settings = replace(house.config, directory=directory)
    made.replace(settings.database)
    settings.secret.write_bytes(secret)
    settings.secret.chmod(0o600)
    return replace(house, config=settings)


def bring(house: House, on: Lending, laptop: House) -> None:
    """Take in what a laptop holds, as home does."""

    async def take_in() -> None:
        async with database.Database(house.config.database) as opened:
            running = node.Node(house.config, opened)
            await running.take_in(
                laptop.config.database,
                lambda desk: hall.take_in(desk, on, secret=b"s" * keys.SECRET_BYTES),
            )

    asyncio.run(take_in())


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    port = free_port()
    house = a_hall(tmp_path, port=port)
    home = Serving(house.config.directory, port)
    home.start()
    cable = Cable(port)
    cable.open()
    try:
        yield Evening(house, home, cable, tmp_path / "laptop")
    finally:
        cable.close()
        home.stop()


def test_what_is_done_in_the_hall_comes_home_and_is_published_there(
    evening: Evening,
) -> None:
    before = evening.record()

    evening.take()
    assert evening.holders() == ["laptop"]
    with here(evening.in_hall) as desk:
        add_member(desk, "Nia")
    assert evening.record() == before
    evening.give_back()

    assert evening.holders() == ["home"]
    assert "Nia" in evening.names()
    until(lambda: evening.record() == [*before, "MemberCount"])
    assert not evening.laptop.exists()


def test_no_key_that_speaks_for_the_assembly_leaves_home(evening: Evening) -> None:
    evening.take()

    with here(evening.in_hall) as desk:
        assert keys.kept(desk.connection, desk.vault, keys.RECORD_KEY) is None
        assert keys.kept(desk.connection, desk.vault, keys.NEXT_RECORD_KEY) is None
        theirs = {each.path: each for each in lending.actors(desk.connection)}
        in_hall = keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    with here(evening.house) as desk:
        secret = Vault(evening.in_hall.config.secret.read_bytes())
        for each in lending.actors(desk.connection):
            ours = desk.vault.rsa(each.path, each.rsa).private_numbers()
            lent = secret.rsa(each.path, theirs[each.path].rsa).private_numbers()
            assert ours != lent
            assert theirs[each.path].ed25519 is None
        assert in_hall != keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    copied = evening.in_hall.config.database.read_bytes()
    assert keys.read_secret(evening.house.config.secret) not in copied


def test_neither_machine_can_be_talked_into_what_it_may_not_do(
    evening: Evening,
) -> None:
    evening.take()

    with pytest.raises(PenElsewhere, match="in the hall"), here(evening.house) as desk:
        events.keep_wording(desk.connection, "Behind their backs.")
    with pytest.raises(PenElsewhere), here(evening.house) as desk:
        speech.say(replace(desk, pen=True), html="<p>Behind their backs.</p>")
    with pytest.raises(PenElsewhere, match="at home"), here(evening.in_hall) as desk:
        desk.connection.execute("delete from entry")
    with pytest.raises(Refused), here(evening.in_hall) as desk:
        clerk.publish(replace(desk, pen=True), "MemberCount", {"members": 1})


def test_a_code_works_once_and_for_a_quarter_of_an_hour(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        code = hall.new_code(desk, by=None)
    with house.desk(NOON + QUARTER) as desk, pytest.raises(NotEntitled):
        hall.lend(desk, code=code, claim="one")

    with house.desk() as desk:
        code = hall.new_code(desk, by=None)
        lent = hall.lend(desk, code=code.upper(), claim="one")

        assert hall.lend(desk, code="", claim="one") == lent
        with pytest.raises(NotEntitled):
            hall.lend(desk, code=code, claim="two")


def test_a_pen_that_is_lent_is_not_lent_again(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")

        with pytest.raises(Refused, match="only one"):
            hall.new_code(desk, by=None)


def test_before_the_founding_there_is_nothing_to_lend(tmp_path: Path) -> None:
    with a_house(tmp_path).desk() as desk, pytest.raises(Refused, match="founding"):
        hall.new_code(desk, by=None)


def test_a_card_that_was_printed_at_home_opens_the_meeting_in_the_hall(
    evening: Evening,
) -> None:
    with here(evening.house) as desk:
        before = a_meeting(desk, "Before")
        printed = door.code(desk, before, 57)

    evening.take()
    with here(evening.in_hall) as desk:
        tonight = a_meeting(desk, "Tonight")
        assert door.code(desk, before, 57) == printed
        stub = door.stub_code(desk, tonight, 3)
    evening.give_back()

    with here(evening.house) as desk:
        assert door.code(desk, before, 57) == printed
        assert door.stub_code(desk, tonight, 3) == stub


def test_a_laptop_that_was_given_up_hands_nothing_in_and_shows_what_it_holds(
    evening: Evening,
) -> None:
    evening.take()
    with here(evening.in_hall) as desk:
        add_member(desk, "Nia")
        a_meeting(desk, "The damp in the towers")
    ada, ben = evening.house.members[:2]

    with here(evening.house) as desk:
        assert not hall.take_back(desk, by=ada)
        assert not hall.take_back(desk, by=ada)
    assert evening.holders() == ["laptop"]
    with here(evening.house) as desk:
        with pytest.raises(NotEntitled):
            hall.take_back(desk, by=evening.house.members[2])
        assert hall.take_back(desk, by=ben)
        add_member(desk, "Omar")
    returned = evening.try_to_give_back()

    assert returned.returncode == 2
    assert "Two tellers have taken the pen back" in returned.stderr
    assert evening.holders() == ["home"]
    assert {"Nia", "Omar"} & evening.names() == {"Omar"}
    shown = evening.hall("show", str(evening.laptop)).stdout
    assert "assembly: Member added" in shown
    assert "member: Nia" in shown
    assert "title: The damp in the towers" in shown
    assert evening.try_to_give_back().returncode == 2
    until(lambda: evening.record()[-1] == "MemberCount")


def test_of_votes_and_of_who_was_there_a_lost_laptop_shows_only_how_many(
    tmp_path: Path,
) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        on = hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
    laptop = a_copy(house, on, tmp_path / "laptop")
    with here(laptop) as desk:
        id = a_meeting(desk, "Tonight", opened=True)
        for member in house.members[:3]:
            command = session.CheckIn(by=member, at=desk.now)
            node.perform(desk, f"session:{id}", command)

        [there] = [each for each in hall.only_here(desk) if "checked" in each.what]

    assert there.times == 3
    assert there.facts == ()


def test_what_changes_what_was_before_is_not_taken_in(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        on = hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
    laptop = a_copy(house, on, tmp_path / "laptop")
    with here(laptop) as desk:
        lending.thaw(desk.connection)
        desk.connection.execute("update event set at = '2020-01-01T00:00:00Z'")

    with pytest.raises(Invalid, match="not what was lent"):
        bring(house, on, laptop)
    with here(laptop) as desk:
        desk.connection.execute(
            "update event set at = (select at from (select at from event limit 1))"
        )
    with pytest.raises(Invalid):
        bring(house, on, laptop)
    with pytest.raises(PenElsewhere), here(house) as desk:
        add_member(desk, "Nia")


def test_a_record_that_was_written_in_on_the_laptop_is_not_taken_in(
    tmp_path: Path,
) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        on = hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
    laptop = a_copy(house, on, tmp_path / "laptop")
    with here(laptop) as desk:
        lending.thaw(desk.connection)
        desk.connection.execute("update entry set type = 'MemberCount' where seq = 0")

    with pytest.raises(Invalid, match="public record"):
        bring(house, on, laptop)


def test_a_copy_of_another_lending_is_not_taken_in(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        first = hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
    laptop = a_copy(house, first, tmp_path / "laptop")
    with here(house) as desk:
        for teller in house.members[:2]:
            hall.take_back(desk, by=teller)
        second = hall.lend(desk, code=hall.new_code(desk, by=None), claim="two")

    with pytest.raises(TooLate):
        bring(house, first, laptop)
    with pytest.raises(Invalid, match="not what was lent"):
        bring(house, second, laptop)


def test_a_text_that_was_withdrawn_in_the_hall_comes_back_by_no_backup(
    tmp_path: Path,
) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        [rules] = records.entries(desk.connection, ours.id, types=("Rulebook",))
        text = next(
            each
            for each in openings.commitments_in(json.loads(rules["body"]))
            if events.wording(desk.connection, each) is not None
        )
        on = hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
    laptop = a_copy(house, on, tmp_path / "laptop")
    with here(laptop) as desk:
        erasing.erase(desk, text, why="asked")

    bring(house, on, laptop)

    with here(house) as desk:
        assert events.wording(desk.connection, text) is None
    noted = (house.config.directory / erasing.NOTES).read_text(encoding="utf-8")
    assert text in noted


def test_whoever_left_in_the_hall_is_forgotten_at_home_for_good(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    gone = house.members[3]
    with house.desk() as desk:
        on = hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
    laptop = a_copy(house, on, tmp_path / "laptop")
    with here(laptop) as desk:
        belonging.leave(desk, gone, words=())

    bring(house, on, laptop)

    with here(house) as desk:
        assert gone not in people.names(desk.connection)
        assert gone not in node.assembly_here(desk).members
    noted = (house.config.directory / belonging.LEFT).read_text(encoding="utf-8")
    assert json.loads(noted) == {"member": gone}


def test_the_doctor_says_where_the_pen_is(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    with house.desk() as desk:
        on = hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
    laptop = a_copy(house, on, tmp_path / "laptop")
    config.write(laptop.config)

    at_home = doctor.examine(house.config.directory, clock=lambda: NOON)
    in_hall = doctor.examine(laptop.config.directory, clock=lambda: NOON)

    assert any("The pen is in the hall" in each.what for each in at_home)
    assert any("holds the pen" in each.what for each in in_hall)
    assert not any(each.serious for each in in_hall if "key" in each.what)


def test_what_was_half_copied_when_home_was_killed_does_not_stay(
    evening: Evening,
) -> None:
    directory = evening.home.directory
    evening.home.stop()
    (directory / hall.COPY).write_bytes(b"names")
    (directory / f"{hall.UNPACKED}x").mkdir()
    (directory / f"{hall.UNPACKED}x" / "arrived").write_bytes(b"names")

    evening.home.start()

    assert not list(directory.glob("hall-*"))


def test_forms_wait_at_home_and_are_carried_out_in_their_order(
    evening: Evening,
) -> None:
    with here(evening.house) as desk:
        meeting = a_meeting(desk, "Next week")
    with a_member(evening.house, 0) as ada, a_member(evening.house, 3) as cas:
        early = cas.send("/motions", title="Dry homes", clause="We mend the roofs.")
        evening.take()
        with here(evening.in_hall) as desk:
            id = early.rpartition("/")[2]
            command = motion.WithdrawMotion(by=evening.house.members[3], at=desk.now)
            node.perform(desk, f"motion:{id}", command)

        assert "forms wait" in cas.see("/motions")
        for _ in range(2):
            waits = cas.send("/motions", title="Warm halls", clause="We heat them.")
            assert waits == "/hall"
        cas.send(f"{early}/table", on="/motions", session=meeting)
        assert "2 forms wait" in cas.see("/hall")
        assert "Waits Motions" in cas.see("/hall")
        assert "Warm halls" in cas.see("/hall")
        assert "Warm halls" not in ada.see("/hall")
        evening.home.kill()
        evening.home.start()
        evening.give_back()

        until(lambda: "was not done" in cas.see("/motions"))
        assert "Warm halls" in cas.see("/motions")
        seen = cas.see("/hall")
        assert "Not done" in seen
        assert "withdrawn" in seen
        assert cas.send("/hall/put-away", on="/hall") == "/hall"
        assert "was not done" not in cas.see("/motions")
    with here(evening.house) as desk:
        assert desk.connection.execute("select * from waiting_form").fetchall() == []


def test_what_waited_is_carried_out_once_wherever_home_is_killed(
    evening: Evening,
) -> None:
    titles = [f"Motion {n}" for n in range(12)]
    with a_member(evening.house, 3) as cas:
        evening.take()
        for title in titles:
            cas.send("/motions", title=title, clause="We do it.")
    evening.give_back()

    for _ in range(3):
        evening.home.kill()
        evening.home.start()
    waits = "select 1 from waiting_form where state = 'waiting'"
    until(lambda: not rows(evening.home, waits), seen=evening.home.said)

    outcomes = "select state, says from waiting_form"
    assert rows(evening.home, outcomes) == [("done", "")] * len(titles)
    drafted = "select count(*) from event where type = 'MotionDrafted'"
    assert rows(evening.home, drafted) == [(len(titles),)]
    said = rows(evening.home, "select text from wording where text glob 'Motion *'")
    assert sorted(said) == sorted((title,) for title in titles)


def waits(house: House, member: int, body: object, *, path: str = "/motions") -> None:
    """Let a form of a member wait, by which they draft a motion."""
    with house.desk() as desk:
        waiting_forms.keep(
            desk.connection,
            member=house.members[member],
            path=path,
            body=json.dumps(body),
            at=canonical.write_time(desk.now),
        )


def drafts(title: str) -> object:
    return {"title": [title], "clause": ["We mend the roofs."]}


@asynccontextmanager
async def started(house: House) -> AsyncIterator[Site]:
    """The web of a node that has only just started."""
    client = Client(GUARD, clock=lambda: NOON, user_agent="a test")
    async with client, database.Database(house.config.database) as opened:
        running = node.Node(house.config, opened, clock=lambda: NOON)
        yield web.site_of(running, client, stirred=lambda: None)


@pytest.fixture
async def starting(tmp_path: Path) -> AsyncIterator[Site]:
    """The web of a node that has only just started, and at which a form waits."""
    house = a_hall(tmp_path)
    waits(house, 3, drafts("Dry homes"))
    async with started(house) as site:
        yield site


def states(desk: Desk) -> list[str]:
    found = desk.connection.execute("select state from waiting_form")
    return [row["state"] for row in found]


async def test_what_waits_when_a_node_starts_is_carried_out_by_its_own_form(
    starting: Site,
) -> None:
    assert await waiting.play_next(starting, Counter())

    assert await starting.node.look(states) == ["done"]
    drafted = "select 1 from event where type = 'MotionDrafted'"
    held = await starting.node.look(lambda desk: desk.connection.execute(drafted))
    assert len(held.fetchall()) == 1


async def test_a_form_waits_on_where_the_pen_is_lent_again_before_its_turn(
    starting: Site,
) -> None:
    async def too_late(request: Request, form: Form) -> Response:
        with node.at_desk(starting.node.config) as desk:
            hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")
        await starting.work(lambda desk: add_member(desk, "Nia"))
        raise AssertionError("The pen is elsewhere.")

    starting.acts.insert(0, (Route("/motions", too_late, methods=["POST"]), too_late))

    assert not await waiting.play_next(starting, Counter())

    assert await starting.node.look(states) == ["waiting"]


async def test_a_form_on_which_the_program_fails_holds_up_its_author_alone(
    tmp_path: Path,
) -> None:
    async def fails(request: Request, form: Form) -> Response:
        raise ZeroDivisionError

    house, tries = a_hall(tmp_path), Counter[int]()
    waits(house, 3, {"goal": ["Dry homes for all"]}, path="/goal")
    waits(house, 3, drafts("Warm halls"))
    waits(house, 4, drafts("Dry homes"))

    async with started(house) as site:
        site.acts.insert(0, (Route("/goal", fails, methods=["POST"]), fails))
        for _ in range(waiting.TRIES):
            with pytest.raises(ZeroDivisionError):
                await waiting.play_next(site, tries)
        assert await waiting.play_next(site, tries)
        assert not await waiting.play_next(site, tries)

        assert await site.node.look(states) == ["waiting", "waiting", "done"]
        app = Starlette(routes=site.routes, exception_handlers=web.HANDLERS)
        app.state.node = site.node
        async with another(app, house) as cas:
            await cas.sign_in(3)
            assert "was not done" in text_of(await cas.get("/motions"))
            assert "could not be carried out yet" in text_of(await cas.get("/hall"))
    found = doctor.examine(house.config.directory, clock=lambda: NOON)
    assert any("1 forms that waited" in each.what for each in found)


async def test_a_form_waits_on_while_the_disk_is_full(starting: Site) -> None:
    async def full(request: Request, form: Form) -> Response:
        raise NoRoom("The disk is full.")

    starting.acts.insert(0, (Route("/motions", full, methods=["POST"]), full))
    tries = Counter[int]()
    for _ in range(waiting.TRIES):
        assert not await waiting.play_next(starting, tries)
    del starting.acts[0]

    assert await waiting.play_next(starting, tries)
    assert await starting.node.look(states) == ["done"]


async def test_a_form_that_stood_aside_is_tried_first_when_the_node_starts_again(
    tmp_path: Path,
) -> None:
    house, tries = a_hall(tmp_path), Counter[int]()
    waits(house, 3, ["This is no form."])
    waits(house, 3, drafts("Warm halls"))
    async with started(house) as site:
        for _ in range(waiting.TRIES):
            with pytest.raises(AttributeError):
                await waiting.play_next(site, tries)
    with house.desk() as desk:
        mended = "update waiting_form set body = :body where id = 1"
        desk.connection.execute(mended, {"body": json.dumps(drafts("Dry homes"))})

    async with started(house) as site:
        again = Counter[int]()
        while await waiting.play_next(site, again):
            pass

    assert house.rows("select state, says from waiting_form") == [("done", "")] * 2
    titles = """
        select text from event join wording on instr(body, commitment)
         where text in ('Dry homes', 'Warm halls') order by id
    """
    assert house.rows(titles) == [("Dry homes",), ("Warm halls",)]


async def test_what_is_done_together_is_done_whole_or_not_at_all(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)

    def fails(desk: Desk) -> None:
        raise Refused("Not now.")

    def keeps(desk: Desk) -> None:
        people.keep_person(desk.connection, "m1", name="Nia")

    async with database.Database(house.config.database) as opened:
        running = node.Node(house.config, opened)
        with pytest.raises(Refused), node.together(fails):
            await running.work(keeps)
        names = await running.look(lambda desk: people.names(desk.connection))

    assert "m1" not in names


def test_what_goes_on_in_the_hall_does_not_wait_at_home(evening: Evening) -> None:
    with here(evening.house) as desk:
        meeting = a_meeting(desk, "Tonight", opened=True)
    with a_member(evening.house, 3) as cas:
        evening.take()
        page = f"/sessions/{meeting}"

        answer = cas.answer(f"{page}/check-in", on=page)

        assert answer.status_code == 409
        assert "in the hall tonight" in answer.text
        with here(evening.house) as desk:
            assert waiting_forms.number(desk.connection) == 0


def test_what_others_send_meanwhile_is_accepted_and_dealt_with_afterwards(
    evening: Evening,
) -> None:
    with an_account() as sam:
        evening.take()
        reply = create(
            sam, note_by(sam, "<p>Yes</p>", to=f"{evening.home.base}/n/none")
        )
        accepted = sam.send(f"{evening.home.base}/inbox", reply).status_code
        waits = "select id from received where due_at is not null"
        meanwhile = rows(evening.home, waits)
        evening.give_back()

        assert accepted == 202
        assert meanwhile == [(reply["id"],)]
        until(lambda: not rows(evening.home, waits))
        assert rows(evening.home, "select id from received") == [(reply["id"],)]


STEPS = [
    (path, moment, victim)
    for path in ("/hall/take", "/hall/copy", "/hall/return")
    for moment in ("asked", "halfway", "answered", "answering")
    for victim in ("home", "laptop")
]


@pytest.mark.parametrize(("path", "moment", "victim"), STEPS)
def test_whoever_is_killed_there_is_one_pen_and_nothing_is_lost(
    evening: Evening, path: str, moment: str, victim: str
) -> None:
    evening.cable.cut = path, moment
    evening.cable.then = lambda: evening.kill(victim)

    def carried_out(command: object) -> None:
        assert callable(command)
        first = command()
        assert len(evening.holders()) <= 1
        if not evening.cable.happened:
            assert first.returncode == 0, first.stderr
            return
        if evening.home.process is None:
            evening.home.start()
        if first.returncode != 0:
            again = command()
            assert again.returncode == 0, again.stderr

    code = evening.a_code()
    carried_out(lambda: evening.try_to_take(code))
    assert evening.holders() == ["laptop"]
    with here(evening.in_hall) as desk:
        add_member(desk, "Nia")
    if path == "/hall/return":
        carried_out(evening.try_to_give_back)
    else:
        evening.give_back()

    assert evening.cable.happened
    assert evening.holders() == ["home"]
    assert "Nia" in evening.names()
    until(lambda: evening.record()[-1] == "MemberCount")
