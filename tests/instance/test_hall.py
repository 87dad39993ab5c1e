"""The pen goes to the hall and comes home, and there is never a second one.

Home and laptop are processes of their own that talk by HTTP. Between them sits a cable
that is cut, and a process that is killed, at any moment that matters.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from confederation.errors import NotEntitled, Refused
from confederation.identifiers import MemberId
from instance import clerk, config, hall, keys, node, speech, welcome
from instance.desk import Desk
from instance.errors import Misused, PenElsewhere
from instance.keys import Vault
from instance.store import events, lending, people, records
from tests.instance.house import NOON, House, a_house
from tests.instance.serving import Serving, folkmoot, free_port, until
from tests.instance.web.hall import a_hall

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
        while b"\r\n\r\n" not in head:
            head += near.recv(65_536)
        head, _, body = head.partition(b"\r\n\r\n")
        path = head.split()[1].decode()
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        while len(body) < length:
            body += near.recv(65_536)
        if self._is_cut(path, "asked"):
            return
        try:
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


@dataclass(slots=True)
class Evening:
    """A home that is being served, and a laptop that is not yet anything."""

    house: House
    home: Serving
    cable: Cable
    laptop: Path
    command: subprocess.Popen[str] | None = None

    def a_code(self) -> str:
        return folkmoot("hall", "code", str(self.home.directory)).stdout.strip()

    def hall(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Give a command on the laptop, which may be killed meanwhile."""
        self.command = subprocess.Popen(
            [sys.executable, "-m", "instance.cli", "hall", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        out, error = self.command.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(
            (), self.command.returncode, stdout=out, stderr=error
        )

    def take(self, code: str = "") -> subprocess.CompletedProcess[str]:
        given = ("--code", code or "none")
        return self.hall("take", self.cable.address, str(self.laptop), *given)

    def give_back(self, *more: str) -> subprocess.CompletedProcess[str]:
        return self.hall("return", str(self.laptop), *more)

    def kill(self, victim: str) -> None:
        if victim == "home":
            self.home.kill()
        else:
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


@contextmanager
def here(house: House) -> Iterator[Desk]:
    with node.at_desk(house.config) as desk:
        yield desk


def add_member(desk: Desk, name: str) -> MemberId:
    """Do something that the record will show."""
    return welcome.invite(desk, name).member


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

    taken = evening.take(evening.a_code())
    assert taken.returncode == 0, taken.stderr
    assert evening.holders() == ["laptop"]
    with here(evening.in_hall) as desk:
        add_member(desk, "Nia")
    assert evening.record() == before
    returned = evening.give_back()

    assert returned.returncode == 0, returned.stderr
    assert evening.holders() == ["home"]
    assert "Nia" in evening.names()
    until(lambda: evening.record() == [*before, "MemberCount"])
    assert not evening.laptop.exists()


def test_no_key_that_speaks_for_the_assembly_leaves_home(evening: Evening) -> None:
    evening.take(evening.a_code())

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
    evening.take(evening.a_code())

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
    carried_out(lambda: evening.take(code))
    assert evening.holders() == ["laptop"]
    with here(evening.in_hall) as desk:
        add_member(desk, "Nia")
    if path == "/hall/return":
        carried_out(evening.give_back)
    else:
        assert evening.give_back().returncode == 0

    assert evening.cable.happened
    assert evening.holders() == ["home"]
    assert "Nia" in evening.names()
    until(lambda: evening.record()[-1] == "MemberCount")
