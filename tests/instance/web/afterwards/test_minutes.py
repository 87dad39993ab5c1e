"""Minutes come from the night, are open to correction for a week, and then approved."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance.desk import Desk
from instance.store import posts
from instance.upkeep import exporting
from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.web.after import WEEK, an_evening_that_is_over, drafted
from tests.instance.web.evening import (
    Evening,
    Guest,
    an_assembly,
    meet,
    once,
    stranger,
)
from tests.instance.web.test_in_arabic import Page, in_english, written


async def propose(guest: Guest, page: str, says: str) -> str:
    """Say what is wrong; return the id of the correction."""
    id = await once(guest, page)
    await guest.send(f"{page}/correct", on=page, fields={"once": id, "says": says})
    return id


async def article(evening: Evening) -> JsonObject | None:
    def look(desk: Desk) -> JsonObject | None:
        rows = posts.newest_objects(desk.connection, most=50)
        found = [canonical.read(row["body"].encode()) for row in rows]
        return next((each for each in found if each["type"] == "Article"), None)

    shown: JsonObject | None = await evening.look(look)
    return shown


def a_photo() -> bytes:
    """Return a picture as a phone writes it: with the place and the camera inside."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Planted Camera"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (64, 48), "white").save(out, "JPEG", exif=exif)
    return out.getvalue()


def a_recording(name: str) -> bytes:
    return (Path(__file__).parents[2] / "sounds" / name).read_bytes()


async def attach(
    evening: Evening, meeting: str, data: bytes, *, by: str = "Cleo", **fields: str
) -> httpx.Response:
    guest = evening[by]
    page = f"{meeting}/minutes"
    return await guest.http.post(
        f"{meeting}/photos",
        data={
            "token": await guest.token(page),
            "says": "A flipchart",
            "seen": "room",
            "kind": "photo",
            **fields,
        },
        files={"photo": data},
    )


def held_in(evening: Evening) -> bytes:
    """Return all that lies in the files of the node."""
    files = (path for path in evening.config.directory.iterdir() if path.is_file())
    return b"".join(path.read_bytes() for path in files)


async def photo_on(guest: Guest, page: str) -> str:
    found = re.search(
        r'<img src="(/sessions/[^"]+/photos/[^"]+)"', await guest.open(page)
    )
    assert found is not None
    return found[1]


async def test_minutes_say_what_the_evening_itself_tells(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page = await drafted(evening, meeting)

        says = await evening["Eva"].see(page)

        for each in (
            "Draft, open to correction until 29 November 2026, 12:00 UTC at least",
            "12 people were present, counted by cards handed out",
            "Point 1 of table 4: The stairs are dark. Why: People fall.",
            "It became an action: Hang a lamp in the stairs",
            "Do we mend it? Passed. Way of deciding: simple majority",
            "For 4",
            "Hang a lamp in the stairs: it is open to all.",
            "Notes It rained.",
        ):
            assert each in says, each
        for name in ("Cleo", "Dov", "Ben"):
            assert name not in says


async def test_minutes_are_in_the_language_of_the_assembly_and_stay_in_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        english = evening.node.config
        evening.node.config = replace(english, language="ar")
        meeting = await an_evening_that_is_over(evening)
        page = await drafted(evening, meeting)
        written_there = await evening.look(written)
        draft = await evening["Eva"].open(page)
        evening.clock.pass_by(**WEEK)
        await evening["Ada"].send(f"{page}/approve", on=page, told="everyone")
        evening.node.config = english

        shown = Page()
        shown.feed(re.split("<article[^>]*>|</article>", draft)[1])
        assert len(shown.pieces) > 10
        assert [*in_english(shown, written_there)] == []
        told = await article(evening)
        assert told is not None
        assert [*told["contentMap"]] == ["ar"]  # type: ignore[misc]
        assert '<article class="words minutes" dir="rtl" lang="ar">' in (
            await evening["Eva"].open(page)
        )


async def test_minutes_are_drafted_when_the_meeting_is_over(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, ada = f"{meeting}/minutes", evening["Ada"]
        token = {"token": await ada.token(page)}

        says = await ada.send(page, on=page, status=409, fields=token)

        assert "The minutes are written when the meeting is over." in says


async def test_minutes_are_approved_after_seven_days_and_not_before(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page, ada = await drafted(evening, meeting), evening["Ada"]
        token = {"token": await ada.token(page)}

        early = await ada.send(f"{page}/approve", on=page, status=409, fields=token)
        evening.clock.pass_by(**WEEK)
        await ada.send(f"{page}/approve", on=page)

        assert "open to correction until 29 November 2026" in early
        assert "Approved" in await evening["Eva"].see(page)


async def test_minutes_wait_for_every_point_to_have_gone_somewhere(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        trail, ada = f"{meeting}/points", evening["Ada"]
        await ada.send(trail, on=trail, table="5", what="We are cold.")
        page = await drafted(evening, meeting)
        evening.clock.pass_by(**WEEK)
        token = {"token": await ada.token(page)}

        open_point = await ada.send(
            f"{page}/approve", on=page, status=409, fields=token
        )
        await ada.send(
            f"{trail}/end",
            on=trail,
            fields={"point": "5.1", "became": "parked", "words": "In May."},
        )
        await ada.send(f"{page}/approve", on=page)

        assert "Point 1 of table 5 has not gone anywhere yet" in open_point
        assert "Approved" in await evening["Eva"].see(page)
        late = await ada.send(
            f"{trail}/strike", on=trail, status=409, point="5.1", fields=token
        )
        assert "Please propose a correction there" in late


async def test_a_correction_is_taken_in_or_left_out_with_a_reason(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page, ada = await drafted(evening, meeting), evening["Ada"]
        right = await propose(evening["Cleo"], page, "It snowed.")
        wrong = await propose(evening["Dov"], page, "It was hot.")
        assert "Cleo" not in await ada.see(page)

        await ada.send(f"{page}/take-in", on=page, correction=right)
        await ada.send(
            f"{page}/decline", on=page, correction=wrong, reason="It was not."
        )

        says = await evening["Eva"].see(page)
        assert "Taken in: It snowed." in says
        assert "Left out: It was hot. Why: It was not." in says


async def test_a_correction_without_an_answer_holds_the_approval_up(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page, cleo = await drafted(evening, meeting), evening["Cleo"]
        correction = await propose(cleo, page, "It snowed.")
        evening.clock.pass_by(**WEEK)
        ada = evening["Ada"]
        token = {"token": await ada.token(page)}

        says = await ada.send(f"{page}/approve", on=page, status=409, fields=token)
        await cleo.send(f"{page}/take-back", on=page, correction=correction)
        await ada.send(f"{page}/approve", on=page)

        assert "A correction has no answer yet" in says
        assert "It snowed" not in await ada.see(page)


async def test_a_member_who_takes_no_notes_neither_drafts_nor_approves(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        eva = evening["Eva"]
        token = {"token": await eva.token("/people")}
        page = f"{meeting}/minutes"

        await eva.send(page, on=page, status=403, fields=token)
        await drafted(evening, meeting)
        correction = await propose(evening["Cleo"], page, "It snowed.")
        evening.clock.pass_by(**WEEK)

        for path, fields in (
            ("/approve", {}),
            ("/rewrite", {"words": "Mine."}),
            ("/take-in", {"correction": correction}),
            ("/take-back", {"correction": correction}),
        ):
            await eva.send(
                f"{page}{path}", on=page, status=403, fields={**token, **fields}
            )
        assert "Mine." not in await eva.see(page)


async def test_approved_minutes_are_published_whole_and_name_nobody(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page, ada = await drafted(evening, meeting), evening["Ada"]
        evening.clock.pass_by(**WEEK)
        assert await article(evening) is None

        for _ in range(2):
            await ada.send(
                f"{page}/approve",
                on=page,
                fields={"told": "everyone", "token": await ada.token("/people")},
            )

        found = await article(evening)
        assert found is not None
        assert found["name"] == "Minutes: Damp and cold"
        assert str(found["url"]).endswith(page)
        content = str(found["content"])
        assert "The stairs are dark." in content
        assert "Do we mend it? Passed" in content
        assert "<h2>Decisions</h2>" in content
        assert str(found["summary"]).startswith("<p>Assembly, Sunday 22 November")
        assert standing_in(str(found), "Ada", "Cleo", "Dov", "Eva", "Ben") == []
        eva = await stranger(evening)
        assert "The stairs are dark." in await eva.see(page)
        assert "Table 4, point 1" in await eva.see(f"{meeting}/points")


async def test_minutes_for_members_are_published_nowhere(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page, ada = await drafted(evening, meeting), evening["Ada"]
        evening.clock.pass_by(**WEEK)
        await ada.send(f"{page}/approve", on=page, told="members")
        eva = await stranger(evening)

        says = await eva.see(page, status=403)

        assert "please sign in first" in says
        assert "stairs" not in says
        assert await article(evening) is None


async def test_a_later_correction_makes_a_new_version_that_others_get(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page, ada = await drafted(evening, meeting), evening["Ada"]
        evening.clock.pass_by(**WEEK)
        await ada.send(f"{page}/approve", on=page, told="everyone")
        late = await propose(evening["Cleo"], page, "It was Tuesday.")
        await ada.send(f"{page}/take-in", on=page, correction=late)
        before = await evening["Eva"].see(page)

        for _ in range(2):
            await ada.send(
                f"{page}/mend",
                on=page,
                fields={"token": await ada.token("/people")},
            )

        assert "Taken in: It was Tuesday." not in before
        says = await evening["Eva"].see(page)
        assert "Approved, and corrected since" in says
        assert "version 2" in says
        assert "Taken in: It was Tuesday." in says
        found = await article(evening)
        assert found is not None
        assert "Taken in: It was Tuesday." in str(found["content"])
        assert "updated" in found


async def test_what_could_name_somebody_is_said_before_minutes_are_published(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page = await drafted(evening, meeting, words="Ring 07700 900461.")
        evening.clock.pass_by(**WEEK)

        says = await evening["Ada"].send(
            f"{page}/approve", on=page, status=422, told="everyone"
        )

        assert "Everybody would read this." in says
        assert await article(evening) is None
        assert "Draft" in await evening["Eva"].see(page)


async def test_a_photo_is_for_the_room_and_carries_nothing_but_its_pixels(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await evening["Dov"].send(f"{meeting}/check-in", on=meeting)
        assert b"Planted Camera" in a_photo()

        answer = await attach(evening, meeting, a_photo())

        assert answer.status_code == 303
        photo = await photo_on(evening["Dov"], f"{meeting}/minutes")
        shown = await evening["Dov"].http.get(photo)
        assert shown.headers["content-type"] == "image/webp"
        assert b"Planted" not in shown.content
        assert not Image.open(io.BytesIO(shown.content)).getexif()
        assert photo not in await evening["Ben"].open(f"{meeting}/minutes")
        assert (await evening["Ben"].http.get(photo)).status_code == 404
        held = b"".join(
            each.read_bytes()
            for each in evening.config.directory.glob("*")
            if each.is_file()
        )
        assert b"Planted Camera" not in held


async def test_whoever_takes_the_notes_says_who_sees_a_photo(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, ada = f"{meeting}/minutes", evening["Ada"]
        await attach(evening, meeting, a_photo())
        photo = await photo_on(ada, page)
        id = photo.rpartition("/")[2]

        await ada.send(f"{page}/photos/show", on=page, photo=id, seen="members")

        assert (await evening["Ben"].http.get(photo)).status_code == 200
        eva = await stranger(evening)
        assert (await eva.http.get(photo)).status_code == 404
        await evening["Cleo"].send(
            f"{page}/photos/remove",
            on=page,
            status=403,
            fields={"token": await evening["Cleo"].token("/people"), "photo": id},
        )
        show = f"{page}/photos/show"
        says = await ada.send(show, on=page, status=403, photo=id, seen="everyone")
        assert "Ask those who made it" in says
        await ada.send(show, on=page, photo=id, seen="everyone", agreed="yes")
        assert (await eva.http.get(photo)).status_code == 200
        pixels = (await ada.http.get(photo)).content[30:]
        assert pixels in held_in(evening)
        await ada.send(f"{page}/photos/remove", on=page, photo=id)
        assert pixels not in held_in(evening)
        assert (await ada.http.get(photo)).status_code == 404


async def test_a_song_is_heard_in_the_room_and_has_words_for_who_does_not_hear_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await evening["Dov"].send(f"{meeting}/check-in", on=meeting)
        song, says = a_recording("silence.m4a"), "Ana sings “The tide comes in”"
        point = {"number": "1", "table": "", "what": "The harbour", "why": ""}
        trail = f"{meeting}/points"
        await evening["Ada"].send(trail, on=trail, fields=point)
        given = {"kind": "recording", "beside": "0.1"}

        mute = await attach(evening, meeting, song, **given, says="")
        film = await attach(evening, meeting, b"\x1aE\xdf\xa3", **given)
        lost = await attach(
            evening, meeting, song, kind="recording", says=says, beside="0.9"
        )
        answer = await attach(evening, meeting, song, **given, says=says)

        assert [mute.status_code, film.status_code, lost.status_code] == [422] * 3
        assert "no recording that can be played" in film.text
        assert answer.status_code == 303
        heard = await evening["Dov"].open(trail)
        assert f'aria-label="{says}"' in heard
        found = re.search(r'<audio[^>]+src="([^"]+)"', heard)
        assert found is not None
        sent = await evening["Dov"].http.get(found[1], headers={"range": "bytes=4-7"})
        assert sent.status_code == 206
        assert sent.content == b"ftyp"
        assert sent.headers["content-type"] == "audio/mp4"
        assert sent.headers["x-content-type-options"] == "nosniff"
        assert sent.headers["content-security-policy"].startswith("sandbox")
        assert found[1] not in await evening["Ben"].open(trail)
        assert (await evening["Ben"].http.get(found[1])).status_code == 404
        assert b"Planted" not in held_in(evening)


async def test_what_is_said_in_a_recording_stands_in_words_beside_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, ada, dov = f"{meeting}/minutes", evening["Ada"], evening["Dov"]
        song = a_recording("silence.m4a")
        await dov.send(f"{meeting}/check-in", on=meeting)
        await attach(evening, meeting, song, kind="recording", says="Ana speaks")
        lacking = await dov.see(page)
        found = re.search(r'href="([^"]+/words)"', await dov.open(page))
        assert found is not None
        words, whole = found[1], "ANA: The tide (laughter) comes in."

        by_nobody = await evening["Ben"].http.get(words)
        await dov.send(words, on=words, transcript="Ana: a first guess", lang="cy")
        not_his = await evening["Cleo"].send(
            words, on=words, status=403, transcript="Other words", lang="en"
        )
        await ada.send(words, on=words, transcript=whole, lang="cy")
        shown = await dov.open(page)

        assert "What is said in 1 recording is not written down yet" in lacking
        assert by_nobody.status_code == 404
        assert "Somebody else wrote these words down" in not_his
        assert "not written down yet" not in shown
        assert f'<div class="words" lang="cy" dir="auto"><p>{whole}</p>' in shown
        assert b"a first guess" not in held_in(evening)


async def test_a_transcript_is_read_in_other_languages_and_goes_with_its_sound(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, ada = f"{meeting}/minutes", evening["Ada"]
        whole, abroad = "The planted tide comes in.", "La marée plantée monte."
        given = {"kind": "recording", "says": "Ana speaks", "transcript": whole}
        await attach(evening, meeting, a_recording("silence.ogg"), **given, lang="en")
        found = re.search(r'href="([^"]+/words)"', await ada.open(page))
        assert found is not None
        words = found[1]
        of = re.search(r'name="of" value="([^"]+)"', await ada.open(words))
        assert of is not None
        await ada.send(
            "/translations", on=words, of=of[1], lang="fr", words=abroad, back=words
        )

        read = await ada.open(words)
        exported = await evening.look(lambda desk: exporting.whole(desk.connection))
        await ada.send(f"{page}/photos/remove", on=page, photo=words.split("/")[-2])

        assert f'<div class="words" lang="fr" dir="auto"><p>{abroad}</p>' in read
        assert whole in exported.decode()
        assert abroad in exported.decode()
        assert exporting.check(exported).rows["photo"] == 1
        assert whole.encode() not in held_in(evening)
        assert abroad.encode() not in held_in(evening)


async def test_sounds_without_words_go_out_with_the_minutes_where_all_agreed(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page = await drafted(evening, meeting)
        given = {"kind": "recording", "says": "", "wordless": "yes"}
        await attach(evening, meeting, a_recording("silence.ogg"), **given)
        shown = {"seen": "everyone", "agreed": "yes"}
        await attach(evening, meeting, a_recording("silence.mp3"), **given, **shown)
        evening.clock.pass_by(**WEEK)

        await evening["Ada"].send(f"{page}/approve", on=page, told="everyone")

        told = await article(evening)
        assert told is not None
        attached = json.dumps(told["attachment"])
        assert "audio/mpeg" in attached
        assert "audio/ogg" not in attached
        assert "Sound without words" in attached


async def test_the_same_photo_sent_twice_is_there_once(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        for _ in range(2):
            await attach(evening, meeting, a_photo())

        page = await evening["Cleo"].open(f"{meeting}/minutes")
        assert page.count('<img src="/sessions/') == 1


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"<svg/>", b"\xff\xd8\xff broken"]
)
async def test_what_is_no_picture_is_not_attached(
    tmp_path: Path, harbour: House, data: bytes
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        answer = await attach(evening, meeting, data)

        assert answer.status_code == 422
        assert "A flipchart" in answer.text, "what was typed stays"


async def test_a_listening_circle_leaves_themes_and_no_points(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        meeting = await ada.send(
            "/sessions", on="/sessions", title="By the fire", kind="listening circle"
        )
        await ada.send(f"{meeting}/open", on=meeting)
        trail = f"{meeting}/points"
        token = {"token": await ada.token("/people")}
        await ada.send(trail, on=trail, what="I miss my brother.", fields=token)
        await ada.send(f"{meeting}/close", on=meeting)
        page = await drafted(evening, meeting, words="")
        evening.clock.pass_by(**WEEK)

        await ada.send(f"{page}/approve", on=page, told="everyone")

        eva = await stranger(evening)
        says = await eva.see(page) + await eva.see(trail)
        assert "Listening circle" in says
        assert "leaves themes" in says
        assert "brother" not in says


async def test_minutes_are_one_sheet_to_print(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page = await drafted(evening, meeting)

        sheet = (await evening["Eva"].http.get(f"{page}/sheet")).text

        assert "Minutes, a draft" in sheet
        assert "The stairs are dark." in sheet
        assert "<svg" in sheet


async def test_what_waits_for_the_note_taker_is_on_their_page(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        page, ada = await drafted(evening, meeting), evening["Ada"]
        assert "Approve the minutes" not in await ada.see("/today")
        correction = await propose(evening["Cleo"], page, "It snowed.")
        assert "Answer a correction" in await ada.see("/today")
        assert "Answer a correction" not in await evening["Cleo"].see("/today")

        await ada.send(f"{page}/take-in", on=page, correction=correction)
        evening.clock.pass_by(**WEEK)

        assert "Approve the minutes" in await ada.see("/today")
