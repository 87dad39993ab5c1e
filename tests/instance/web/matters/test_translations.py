"""A text is in one language, and what it says in others is beside it and never it."""

import json
from pathlib import Path

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.deciding import motion
from instance import node
from instance.desk import Desk
from instance.store import events, jurisdiction_notes, posts
from instance.upkeep import exporting
from tests.instance.house import House
from tests.instance.web.evening import Evening, adopted, an_assembly, meet, stranger

CLAUSE = "Rydym yn trwsio'r toeau."
MACHINE = "We mend the roofs."


async def drafted(evening: Evening, *, lang: str = "cy") -> str:
    return await evening["Cleo"].send(
        "/motions", on="/motions", title="Cartrefi sych", clause=CLAUSE, lang=lang
    )


def newest_post(desk: Desk) -> JsonObject:
    rows = posts.newest_objects(desk.connection, most=50)
    documents = (canonical.read(row["body"].encode()) for row in rows)
    return next(each for each in documents if "Nawr" in str(each["content"]))


async def clause_of(evening: Evening, page: str) -> str:
    def find(desk: Desk) -> str:
        id = page.removeprefix("/motions/")
        moved: motion.State = node.load(desk, f"motion:{id}")
        return motion.text(moved).clauses[0].text

    found: str = await evening.look(find)
    return found


async def translate(
    evening: Evening, page: str, *, by: str = "Ada", status: int = 303, **other: str
) -> str:
    fields = {
        "of": await clause_of(evening, page),
        "words": MACHINE,
        "lang": "en",
        "back": page,
        "machine": "yes",
        **other,
    }
    return await evening[by].send(
        "/translations", on=page, status=status, fields=fields
    )


async def test_the_language_of_a_motion_goes_into_all_that_comes_of_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await drafted(evening)
        await evening["Cleo"].send(
            f"{page}/revise", on=page, base="1", clause=f"{CLAUSE} Nawr."
        )
        meeting = await meet(evening)
        await adopted(evening, page, meeting, "Ada", "Ben", "Dov")
        shown = await evening["Dov"].open(page)
        somebody = await stranger(evening)
        link = (await somebody.open("/decisions")).partition("/decisions/")[2][:64]
        decision = await somebody.open(f"/decisions/{link}")
        published = await somebody.http.get("/export/public.json")
        post = await evening.look(newest_post)
        unknown = await evening["Cleo"].send(
            "/motions", on="/motions", status=422, title="x", clause="x", lang="xx"
        )

    assert '<div dir="auto" lang="cy">' in shown
    assert "Authoritative language: Welsh." in shown
    assert "Authoritative language: Welsh." in decision
    assert {t["lang"] for t in published.json()["texts"] if "Nawr" in t["text"]} == {
        "cy"
    }
    assert list(post["contentMap"]) == ["cy"]
    assert "Its language" in unknown


async def test_a_translation_is_beside_one_version_and_says_that_a_machine_made_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await drafted(evening)
        await evening["Cleo"].send(
            f"{page}/table",
            on=page,
            session=(await meet(evening)).removeprefix("/sessions/"),
        )
        await translate(evening, page)
        shown = await evening["Dov"].see(page)
        not_his = await translate(evening, page, by="Dov", status=403)
        its_own = await translate(evening, page, status=422, lang="cy")
        nowhere = await translate(evening, page, status=422, back="//evil.example")
        unheld = await translate(evening, page, status=404, of="sha256:" + "0" * 64)
        kept = await clause_of(evening, page)
        await evening["Ada"].send(
            f"{page}/amend", on=page, base="1", clause="Arall.", change="amended"
        )
        after = await evening["Dov"].see(page)
        await translate(evening, page, of=kept, words="We mend them.")
        files = evening.config.directory.glob(f"{evening.config.database.name}*")
        left = b"".join(file.read_bytes() for file in files)

        await evening.node.work(
            lambda desk: jurisdiction_notes.keep(desk.connection, "x", "Law", at=0)
        )
        data = await evening.look(lambda desk: exporting.whole(desk.connection))
        await evening.node.work(
            lambda desk: events.forget_wording(desk.connection, [kept])
        )
        gone = await evening.look(lambda desk: exporting.whole(desk.connection))

    assert "A machine translated this." in shown
    assert MACHINE in shown
    assert "is not what is decided on" in shown
    assert "for the clerk, convenor" in not_his
    assert "in this language already" in its_own
    assert "open this form anew" in nowhere
    assert "No such text is held here" in unheld
    assert MACHINE not in after
    assert MACHINE.encode() not in left
    held = exporting.check(data)
    assert (held.rows["translation"], held.rows["jurisdiction_note"]) == (1, 1)
    assert json.loads(gone)["tables"]["translation"] == []


async def test_a_film_in_sign_language_stands_beside_a_version_as_a_link(
    tmp_path: Path, harbour: House
) -> None:
    film = "https://films.example/w/roofs"

    async with an_assembly(harbour, tmp_path) as evening:
        page = await drafted(evening)
        meeting = (await meet(evening)).removeprefix("/sessions/")
        await evening["Cleo"].send(f"{page}/table", on=page, session=meeting)
        of = await clause_of(evening, page)

        async def put(by: str = "Ada", *, status: int = 303, **fields: str) -> str:
            sent = {"of": of, "lang": "bfi", "address": film, "back": page, **fields}
            return await evening[by].send(
                "/translations/signed", on=page, status=status, fields=sent
            )

        await put()
        shown = await evening["Dov"].open(page)
        not_his = await put("Dov", status=403)
        no_address = await put(status=422, address="javascript:alert(1)")
        spoken = await put(status=422, lang="cy")
        await put(address="")
        gone = await evening["Dov"].open(page)

    assert (
        f'<a href="{film}" rel="noopener noreferrer nofollow" hreflang="bfi">' in shown
    )
    assert "In British Sign Language: a film, at <bdi>films.example</bdi>" in shown
    assert "for the clerk, convenor" in not_his
    assert "not an http or https address" in no_address
    assert "Which sign language" in spoken
    assert film not in gone
