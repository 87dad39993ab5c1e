"""Who lost a code comes back in person; who leaves is forgotten; two become one."""

import re
import shutil
from pathlib import Path

import pytest

from instance import archive
from instance.desk import Desk
from instance.membership import belonging, welcome
from instance.store import records
from tests.instance.house import House
from tests.instance.web.evening import (
    WAITS,
    Evening,
    Guest,
    an_assembly,
    ask,
    ask_for_code,
    meet,
)
from tests.instance.web.offering import offer
from tests.instance.web.sending import found_in

CODE = re.compile(r'<code class="big">([a-z0-9-]+)</code>')


async def test_a_new_code_takes_the_registrar_and_a_second_member(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        second = await ask_for_code(evening, "Eva")

        made = await evening["Cleo"].send(second, on="/people")

        code = CODE.search(await evening["Cleo"].open(made))
        assert code is not None
        phone = evening["Eva"].http
        phone.cookies.clear()
        await evening["Eva"].send("/sign-in", on="/sign-in", code=code[1])
        assert "Eva" in await evening["Eva"].open("/today")
        assert code[1] not in await evening["Cleo"].open(made)


async def test_with_a_new_code_the_lost_one_opens_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        second = await ask_for_code(evening, "Eva")
        evening.clock.pass_by(seconds=1)

        await evening["Cleo"].send(second, on="/people")

        says = await evening["Eva"].see("/people", status=403)
        assert "please sign in first" in says


@pytest.mark.parametrize("name", ["Ada", "Eva"])
async def test_neither_the_registrar_nor_the_person_is_the_second_member(
    tmp_path: Path, harbour: House, name: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        second = await ask_for_code(evening, "Eva")

        says = await evening[name].send(second, on="/people", status=403)

        assert "It takes a second member for this" in says
        assert "makes a new code at the machine" in says
        assert "Welcome" not in await evening["Eva"].see("/people")


async def test_all_members_read_that_a_code_was_made_at_the_machine(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva = evening["Eva"]
        evening.clock.pass_by(seconds=1)

        made = await evening.node.work(
            lambda desk: belonging.code_at_machine(desk, eva.id, lost=True)
        )

        assert "please sign in first" in await eva.see("/people", status=403)
        await eva.send("/sign-in", on="/sign-in", code=made.code)
        assert "made at the machine" in await evening["Dov"].see("/today")
        told = "22 November 2026, 12:00 UTC : for Eva"
        assert told in await evening["Dov"].see("/people")
        evening.clock.pass_by(days=8)
        assert "made at the machine" not in await evening["Dov"].see("/today")
        assert told in await evening["Dov"].see("/people")
        evening.clock.pass_by(days=23)
        assert told not in await evening["Dov"].see("/people")


async def test_what_the_registrar_asked_for_lapses_after_an_hour(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        second = await ask_for_code(evening, "Eva")
        token = await evening["Cleo"].token("/people")
        evening.clock.pass_by(hours=1, seconds=1)

        says = await evening["Cleo"].send(
            second, on="/people", status=404, fields={"token": token}
        )

        assert "does not wait any more" in says


async def test_saying_yes_twice_gives_one_code(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        second = await ask_for_code(evening, "Eva")
        token = await evening["Cleo"].token("/people")
        await evening["Cleo"].send(second, on="/people")

        again = await evening["Cleo"].send(
            second, on="/people", status=404, fields={"token": token}
        )

        assert "does not wait any more" in again


async def merge(evening: Evening, name: str, into: str, *, status: int = 303) -> str:
    return await evening["Ada"].send(
        f"/people/{evening[name].id}/merge",
        on="/people",
        status=status,
        into=evening[into].id,
    )


async def test_two_entries_of_one_person_become_one(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await merge(evening, "Eva", "Dov")
        found = WAITS.search(await evening["Cleo"].open("/people"))
        assert found is not None
        assert "From then on the name is Dov" in await evening["Cleo"].see("/people")

        await evening["Cleo"].send(found[1], on="/people")

        says = await evening["Ada"].see("/people")
        assert "4 people" in says
        assert "Eva" not in says
        kinds = await evening.published()
        assert kinds[-1] == "MemberCount"


async def test_both_entries_codes_open_the_one_that_stays(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        code = await own_code(evening, evening["Eva"])
        await merge(evening, "Eva", "Dov")
        found = WAITS.search(await evening["Cleo"].open("/people"))
        assert found is not None
        await evening["Cleo"].send(found[1], on="/people")
        evening["Eva"].http.cookies.clear()

        await evening["Eva"].send("/sign-in", on="/sign-in", code=code)

        assert "Dov" in await evening["Eva"].open("/today")


async def test_two_who_could_both_vote_are_made_one_when_the_ballot_is_closed(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await ask(evening, await meet(evening))

        says = await merge(evening, "Eva", "Dov", status=409)

        assert "A ballot is open in which both could vote" in says


async def test_two_who_are_both_at_a_meeting_are_not_made_one_there(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        for name in ("Eva", "Dov"):
            await evening[name].send(f"{meeting}/check-in", on=meeting)

        says = await merge(evening, "Eva", "Dov", status=409)

        assert "One of them leaves it first" in says


async def test_a_teller_is_not_merged_away(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await merge(evening, "Ben", "Dov")
        found = WAITS.search(await evening["Cleo"].open("/people"))
        assert found is not None

        says = await evening["Cleo"].send(found[1], on="/people", status=403)

        assert "That entry is a teller" in says
        assert "5 people" in says


async def leave(evening: Evening, name: str, **fields: object) -> str:
    return await evening[name].send(
        "/people/me",
        on="/people/me",
        sure="yes",
        **fields,  # type: ignore[arg-type]
    )


async def test_whoever_leaves_is_found_nowhere_and_the_record_verifies(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        added = await evening["Ada"].send(
            "/people", on="/people", name="Wilhelmina Quill"
        )
        code = CODE.search(await evening["Ada"].open(added))
        assert code is not None
        phone = evening["Eva"].http
        phone.cookies.clear()
        await evening["Eva"].send("/sign-in", on="/sign-in", code=code[1])

        assert await leave(evening, "Eva") == "/left"

        assert found_in(evening.house, "Wilhelmina") == set()
        for file in evening.config.directory.iterdir():
            if file.is_file():
                assert b"Wilhelmina" not in file.read_bytes(), file
        assert "please sign in first" in await evening["Eva"].see("/people", status=403)
        assert await evening.look(_chain) == len(await evening.published())


async def test_what_somebody_took_on_is_offered_anew_when_they_leave(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        lamp = await offer(evening)
        await evening["Eva"].send(f"{lamp}/yes", on=lamp)
        assert "Yes, I take it" not in await evening["Ada"].see(lamp)

        await leave(evening, "Eva")

        assert "Yes, I take it" in await evening["Ada"].see(lamp)


async def test_the_texts_that_somebody_chooses_go_with_them(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        for title in ("Plant quinces", "Mend the pump"):
            await evening["Eva"].send(
                "/motions", on="/motions", title=title, clause=f"{title} soon."
            )
        page = await evening["Eva"].open("/people/me")
        chosen = re.findall(r'"(sha256:[0-9a-f]+)"[^>]*> <span><bdi>[^<]*quince', page)
        assert len(chosen) >= 2

        await leave(evening, "Eva", words=chosen)

        assert found_in(evening.house, "quinces") == set()
        assert found_in(evening.house, "Mend the pump") == {"wording"}


async def test_what_was_put_to_the_vote_is_the_assemblys_and_stays(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await ask(evening, await meet(evening))

        says = await evening["Ada"].see("/people/me")

        assert "We mend it." not in says
        assert "Do we mend it?" not in says


async def test_nobody_takes_other_peoples_texts_along(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await evening["Dov"].send(
            "/motions", on="/motions", title="Plant quinces", clause="Soon."
        )
        page = await evening["Dov"].open("/people/me")
        theirs = re.findall(r'value="(sha256:[0-9a-f]+)"', page)

        says = await evening["Eva"].send(
            "/people/me", on="/people/me", status=404, sure="yes", words=theirs
        )

        assert "not yours" in says
        assert "Eva" in await evening["Ada"].see("/people")


async def test_nobody_leaves_by_a_slip_of_the_finger(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        says = await evening["Eva"].send("/people/me", on="/people/me", status=422)

        assert "Please tick that you want to leave" in says
        assert "Eva" in await evening["Ada"].see("/people")


async def test_a_backup_that_is_put_back_is_cleaned_of_who_left(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await leave(evening, "Eva")
        kept = evening.config.directory
    shutil.copy(harbour.config.database, kept / "node.sqlite")
    for log in kept.glob("node.sqlite-*"):
        log.unlink()

    def forget(desk: Desk) -> int:
        return belonging.reapply(desk)

    async with an_assembly(harbour, tmp_path) as restored:
        assert await restored.node.work(forget) == 1

        assert found_in(restored.house, "Eva") == set()


PASSWORD = "correct pony cable lamp"


async def with_password(evening: Evening, name: str) -> Guest:
    """Let somebody choose a password, and sign out."""
    guest = evening[name]
    await guest.send("/people/me/password", on="/people/me", password=PASSWORD)
    guest.http.cookies.clear()
    return guest


async def try_password(
    guest: Guest, *, name: str, password: str, status: int = 303
) -> str:
    return await guest.send(
        "/sign-in/password",
        on="/sign-in",
        status=status,
        fields={"name": name, "password": password},
    )


async def test_whoever_wants_a_password_comes_in_by_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva = await with_password(evening, "Eva")

        await try_password(eva, name="eva", password=PASSWORD)

        assert "You have one." in await eva.see("/people/me")
        assert found_in(evening.house, PASSWORD) == set()


@pytest.mark.parametrize(
    ("name", "password"),
    [("Eva", "correct pony cable lamb"), ("Dov", PASSWORD), ("Nobody", PASSWORD)],
)
async def test_a_wrong_password_opens_nothing(
    tmp_path: Path, harbour: House, name: str, password: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva = await with_password(evening, "Eva")

        says = await try_password(eva, name=name, password=password, status=422)

        assert "do not belong together" in says
        await eva.see("/people", status=403)


async def test_nobody_guesses_a_password(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva = await with_password(evening, "Eva")
        for _ in range(10):
            await try_password(eva, name="Eva", password="guess", status=422)

        says = await try_password(eva, name="Eva", password=PASSWORD, status=429)

        assert "Too many wrong codes" in says


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 12 characters"),
        ("x" * 201, "at most 200 characters"),
        ("Eva 123 Eva!", "little more than your name"),
    ],
)
async def test_a_password_that_keeps_nobody_out_is_not_kept(
    tmp_path: Path, harbour: House, password: str, says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        shown = await evening["Eva"].send(
            "/people/me/password", on="/people/me", status=422, password=password
        )

        assert says in shown
        assert "You have one." not in shown


async def test_a_password_that_is_given_up_opens_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva = await with_password(evening, "Eva")
        await try_password(eva, name="Eva", password=PASSWORD)
        await eva.send("/people/me/no-password", on="/people/me")
        eva.http.cookies.clear()

        await try_password(eva, name="Eva", password=PASSWORD, status=422)


async def test_a_new_code_ends_a_password_too(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva = await with_password(evening, "Eva")
        second = await ask_for_code(evening, "Eva")

        await evening["Cleo"].send(second, on="/people")

        await try_password(eva, name="Eva", password=PASSWORD, status=422)


async def test_a_stranger_has_no_entry_of_their_own(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        stranger: Guest = evening["Eva"]
        stranger.http.cookies.clear()

        await stranger.see("/people/me", status=403)


def _chain(desk: Desk) -> int:
    """Read every entry of our record again, each by its signature and its place."""
    ours = records.ours(desk.connection)
    assert ours is not None
    rows = records.entries(desk.connection, ours.id)
    before = None
    for row in rows:
        entry = archive.read(desk, row)
        assert entry.prev == before
        before = entry.digest
    return len(rows)


async def own_code(evening: Evening, guest: Guest) -> str:
    """Give somebody a code as the host does."""

    def make(desk: Desk) -> str:
        return welcome.new_link(desk, guest.id).code

    code: str = await evening.node.work(make)
    return code
