"""Two who want to be met are introduced by a third, who learns no more than that."""

import re
import typing
from dataclasses import replace

import pytest

from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from confederation import assembly
from confederation.dealings.introduction import Introduce, Side
from confederation.errors import Refused
from confederation.identifiers import ActorId, Commit, IntroductionId, MemberId
from confederation.membership.member import Role
from instance import node, reception
from instance.dealings import introducing
from instance.membership import belonging, welcome
from instance.reception import introductions
from instance.store import events, inbound, wishes
from tests.instance.carrying import carry
from tests.instance.elsewhere import Account
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import Browser, text_of
from tests.instance.web.evening import ONCE
from tests.instance.web.hall import before
from tests.instance.web.sending import done, found_in, refused

A, B, THIRD = 0, 1, 2
CLERK, MEMBER = 0, 1
DAMP = {"about": "Damp homes on the quay", "place": "Quay Lane"}
MOULD = {"about": "Mould in homes", "place": "quay lane"}
MARK = re.compile(r'<option value="([0-9a-f]{32})"')
LETTERS = ("Ring Rosalind: 555 0199", "Ask for Theodora at the mill")


@pytest.fixture
def three(together: Three) -> Three:
    """Three assemblies, each with a clerk and with a member who is none."""
    for house in together.houses:
        with house.desk() as desk:
            for role in typing.get_args(Role):
                grant = assembly.GrantRole(
                    member=house.members[CLERK], role=role, by=None, at=desk.now
                )
                node.perform(desk, "assembly:it", grant)
    return together


async def ask(browser: Browser, whose: str = "member", **words: str) -> str:
    once = ONCE.search(await browser.get("/meet"))
    assert once is not None
    return done(
        await browser.post("/meet", once=once[1], whose=whose, **(words or DAMP))
    )


async def introduce(clerk: Browser, words: str = "You should talk.") -> None:
    page = await clerk.get("/meet")
    once, marks = ONCE.search(page), MARK.findall(page)
    assert once is not None
    done(
        await clerk.post(
            "/meet/introductions",
            on="/meet",
            once=once[1],
            one=marks[0],
            other=marks[1],
            words=words,
        )
    )


def form(page: str, ending: str) -> str:
    found = re.search(rf'action="(/meet/[^"]+/{ending})"', page)
    assert found is not None, text_of(page)
    return found[1]


async def test_both_say_yes_and_each_gets_the_others_first_words(three: Three) -> None:
    a, b, third = three.houses
    async with (
        before(a, MEMBER) as (cleo,),
        before(b, CLERK) as (dov,),
        before(third, CLERK) as (eva,),
    ):
        one, two = await ask(cleo), await ask(dov, "assembly", **MOULD)
        carry(three.houses)
        says = text_of(await eva.get("/meet"))
        await introduce(eva)
        carry(three.houses)
        to_do = text_of(await cleo.get("/today"))
        offered = await cleo.get(one)
        done(await cleo.post(form(offered, "yes"), on=one, words=LETTERS[0]))
        carry(three.houses)
        half = text_of(await dov.get(two))
        halfway = text_of(await eva.get("/meet"))
        done(await dov.post(form(await dov.get(two), "yes"), on=two, words=LETTERS[1]))
        kept = carry(three.houses)
        met = [text_of(await cleo.get(one)), text_of(await dov.get(two))]
        over = text_of(await eva.get("/meet"))

    assert "Both speak of: homes" in says
    assert "Same place: " in says
    assert "Say whether you want to be introduced" in to_do
    assert "You should talk." in text_of(offered)
    assert "Quarry" not in offered, "nobody learns who it is before they agree"
    assert b.config.base not in offered
    assert "Rosalind" not in half
    assert "Both are asked" in halfway
    assert kept.count("letter kept") == 2
    assert "Theodora" in met[A]
    assert "The other side is Quarry" in met[A]
    assert "Rosalind" in met[B]
    assert "Both said yes, and have met" in over
    assert found_in(third, "Rosalind", "Theodora") == set()


async def test_a_no_reads_not_now_and_nothing_was_told(three: Three) -> None:
    a, b, third = three.houses
    async with (
        before(a, MEMBER) as (cleo,),
        before(b, MEMBER) as (dov,),
        before(third, CLERK) as (eva,),
    ):
        one, two = await ask(cleo), await ask(dov, **MOULD)
        carry(three.houses)
        await introduce(eva)
        carry(three.houses)
        done(
            await cleo.post(form(await cleo.get(one), "yes"), on=one, words=LETTERS[0])
        )
        carry(three.houses)
        done(await dov.post(form(await dov.get(two), "no"), on=two))
        carry(three.houses)
        cleo_reads, eva_reads = await cleo.get(one), text_of(await eva.get("/meet"))
        again = await eva.get("/meet")
        marks = MARK.findall(again)
        refusal = await eva.post(
            "/meet/introductions",
            on="/meet",
            once="a" * 28,
            one=marks[0],
            other=marks[1],
            words="Once more.",
        )

    assert "Not now" in text_of(cleo_reads)
    assert "Quarry" not in cleo_reads
    assert "Not now" in eva_reads
    assert found_in(b, "Rosalind") == found_in(third, "Rosalind") == set()
    refused(refusal, 409, "have been introduced to each other before")


async def test_a_members_wish_names_nobody_anywhere(three: Three) -> None:
    a, b, _ = three.houses
    async with before(a, MEMBER) as (cleo,), before(b, MEMBER) as (dov,):
        one = await ask(cleo)
        carry(three.houses)
        there = await dov.get("/meet")
        cleo.http.cookies.clear()
        public = await cleo.get(one)

    with b.desk() as desk:
        [kept] = wishes.every(desk.connection)
    assert "A member of Harbour" in text_of(there)
    assert kept.whose == "member"
    for said in (there, public, repr(kept)):
        assert a.members[MEMBER] not in said
    assert ">Ben<" not in public


async def test_only_whoever_asked_reads_and_answers(three: Three) -> None:
    a, b, third = three.houses
    async with (
        before(a, MEMBER, CLERK) as (cleo, chair),
        before(b, MEMBER, CLERK) as (other, dov),
        before(third, CLERK) as (eva,),
    ):
        one, two = await ask(cleo), await ask(dov, "assembly", **MOULD)
        carry(three.houses)
        await introduce(eva, "For these eyes alone.")
        carry(three.houses)
        yes = form(await cleo.get(one), "yes")
        theirs = form(await dov.get(two), "yes")
        unseen = [await chair.get(one), await other.get(two)]
        refused_to = [
            await chair.post(yes, on="/meet", words="Me!"),
            await other.post(theirs, on="/meet", words="Me!"),
            await other.post(f"{two}/take-back", on="/meet"),
        ]
        as_assembly = await other.post(
            "/meet", once="b" * 28, whose="assembly", about="Us"
        )

    assert all("these eyes" not in each for each in unseen)
    assert [each.status_code for each in refused_to] == [403, 403, 403]
    refused(as_assembly, 403, "For the assembly its clerk asks")


async def test_a_wish_that_is_taken_back_is_gone_everywhere(three: Three) -> None:
    a, b, third = three.houses
    async with (
        before(a, MEMBER) as (cleo,),
        before(b, MEMBER) as (dov,),
        before(third, CLERK) as (eva,),
    ):
        one, two = await ask(cleo), await ask(dov, **MOULD)
        carry(three.houses)
        await introduce(eva)
        carry(three.houses)
        for who, where, words in ((cleo, one, LETTERS[0]), (dov, two, LETTERS[1])):
            done(
                await who.post(form(await who.get(where), "yes"), on=where, words=words)
            )
        carry(three.houses)
        done(await cleo.post(f"{one}/take-back", on=one))
        carry(three.houses)
        gone = await cleo.http.get(one)
        left = text_of(await dov.get(two))
        there = text_of(await dov.get("/meet"))

    assert gone.status_code == 404
    assert "Rosalind" not in left
    assert "took them back" in left
    assert DAMP["about"] not in there
    assert found_in(a, "Rosalind", "Theodora", DAMP["about"]) == set()
    assert found_in(b, "Rosalind", DAMP["about"]) == set()


async def test_whoever_leaves_is_introduced_no_more(three: Three) -> None:
    a, b, third = three.houses
    async with (
        before(a, CLERK) as (chair,),
        before(b, MEMBER) as (dov,),
        before(third, CLERK) as (eva,),
    ):
        with a.desk() as desk:
            newcomer = welcome.invite(desk, "Nell").member
        async with before(_with(a, newcomer), 2) as (nell,):
            await ask(nell)
        await ask(dov, **MOULD)
        carry(three.houses)
        await introduce(eva)
        carry(three.houses)
        with a.desk() as desk:
            belonging.leave(desk, newcomer, words=())
        carry(three.houses)
        there = text_of(await eva.get("/meet"))
        listed = text_of(await chair.get("/meet"))

    assert "Not now" in there
    assert DAMP["about"] not in listed
    assert DAMP["about"] not in there


def _with(house: House, member: MemberId) -> House:
    return replace(house, members=(*house.members, member))


async def test_words_that_could_name_somebody_wait_for_a_tick(three: Three) -> None:
    async with before(three.houses[A], MEMBER) as (cleo,):
        says = await cleo.post(
            "/meet", once="c" * 28, whose="member", about="Ring 07700 900123"
        )
        rubbish = [
            await cleo.post("/meet", once="d" * 28, whose="me", about="Damp"),
            await cleo.post("/meet", once="d" * 28, whose="member", about=" "),
            await cleo.post("/meet", once="d" * 28, whose="member", about="x" * 201),
            await cleo.post("/meet", once="../..", whose="member", about="Damp"),
        ]
        listed = text_of(await cleo.get("/meet"))

    refused(says, 422, "looks like a phone number")
    assert [each.status_code for each in rubbish] == [422] * 4
    assert "Nobody has asked yet." in listed


async def test_nobody_asks_or_introduces_without_end(three: Three) -> None:
    house = three.houses[A]
    async with before(house, MEMBER) as (cleo,):
        for number in range(introducing.MOST_WISHES):
            await ask(cleo, about=f"Damp {number}")
        more = await cleo.post("/meet", once="e" * 28, whose="member", about="More")
    with house.desk() as desk:
        words = events.keep_wording(desk.connection, "Meet.")
        for number in range(introducing.MOST_A_WEEK):
            introducing.introduce(desk, an_introduction(number, house, words))
        with pytest.raises(Refused, match="enough for this week"):
            introducing.introduce(desk, an_introduction(99, house, words))

    refused(more, 409, "take one back before")


def an_introduction(number: int, house: House, words: Commit) -> Introduce:
    one, other = (
        Side(
            wish=f"https://{each}{number}.example/n",
            actor=ActorId(f"https://{each}{number}.example/a"),
            inbox=f"https://{each}{number}.example/inbox",
        )
        for each in "ab"
    )
    return Introduce(
        introduction=IntroductionId(f"{number:028x}"),
        sides=(one, other),
        words=words,
        by=house.members[CLERK],
        at=NOON,
    )


# What is sent that cannot be


async def an_offer(three: Three) -> tuple[str, JsonObject]:
    """Let A's member be offered an introduction; return it, as it was sent."""
    async with (
        before(three.houses[A], MEMBER) as (cleo,),
        before(three.houses[B], MEMBER) as (dov,),
        before(three.houses[THIRD], CLERK) as (eva,),
    ):
        one = await ask(cleo)
        await ask(dov, **MOULD)
        carry(three.houses)
        await introduce(eva)
        carry(three.houses)
        done(
            await cleo.post(form(await cleo.get(one), "yes"), on=one, words=LETTERS[0])
        )
    with three.houses[A].desk() as desk:
        state = node.load(desk, f"wish:{one.rpartition('/')[2]}")
        [taken] = [each.taken for each in state.introductions.values()]
    with three.houses[THIRD].desk() as desk:
        made = next(iter(node.load_all(desk, "introduction").values())).made
    mine = next(
        each.wish
        for each in made.sides
        if each.wish.startswith(three.houses[A].config.base)
    )
    return taken.introducer, {
        "id": taken.address,
        "type": "Introduction",
        "attributedTo": taken.introducer,
        "target": mine,
    }


async def test_nobody_forges_a_match_or_a_letter(three: Three) -> None:
    third, found = await an_offer(three)
    mallory = "http://127.0.0.9:8009/users/m"
    introduces: JsonObject = {
        "actor": mallory,
        "inbox": mallory,
        "wish": f"{mallory}/1",
    }
    letter: JsonObject = {
        "id": f"{mallory}/n",
        "type": "Note",
        "attributedTo": mallory,
        "content": "Give me money",
        "introduction": found["id"],
        "target": found["target"],
    }

    with three.houses[A].desk() as desk:
        forged: JsonObject = {"id": f"{mallory}/a", "type": "Update", "actor": mallory}
        forged["object"] = {**found, "introduces": introduces}
        says = reception.deal_with(desk, mallory, forged).says
        with pytest.raises(NotAuthentic):
            introductions.letter(desk, third, letter)
        early = introductions.letter(desk, mallory, letter)
        elsewhere = {**introduces, "inbox": "http://127.0.0.8:8008/inbox"}
        with pytest.raises(Exception, match="not of one server"):
            introductions.update(desk, third, {**found, "introduces": elsewhere})

    assert says.startswith("ignored"), "another's introduction has another id"
    assert early.says == "letter kept"
    async with before(three.houses[A], MEMBER) as (cleo,):
        listed = await cleo.get("/meet")
        page = await cleo.get(form_of(listed))
    assert "money" not in page


def form_of(listed: str) -> str:
    found = re.search(r'href="(/meet/[0-9a-f]+)"', listed)
    assert found is not None
    return found[1]


async def test_a_stranger_introduces_nobody(three: Three) -> None:
    _, found = await an_offer(three)
    stranger = Account("http://127.0.0.9:8009")
    mallory = stranger.id
    offered = {
        **found,
        "id": f"{mallory}/i",
        "attributedTo": mallory,
        "content": "Meet me",
    }

    with three.houses[A].desk() as desk:
        inbound.keep_remote_actor(
            desk.connection,
            mallory,
            document=stranger.document,
            learned_at=desk.seconds,
            asked_at=desk.seconds,
        )
        says = introductions.offer(desk, mallory, {"id": f"{mallory}/a"}, offered).says

    assert says == "ignored: its introducer is not known here"
    assert found_in(three.houses[A], "Meet me") == set()
