"""How the assembly deals with a public body, and how those vote who sit there."""

from pathlib import Path

from tests.instance.house import House
from tests.instance.web.asking import asking, decides, found, post
from tests.instance.web.evening import ONCE, TOKEN, Evening, an_assembly

WALL = "The sea wall is raised by the spring."
MINUTES = "Minutes of 3 December, item 7"


async def named(evening: Evening) -> str:
    ada = evening["Ada"]
    return await ada.send(
        "/authorities",
        on="/authorities",
        once=found(ONCE, await ada.open("/authorities")),
        name="Town council",
    )


async def settled(evening: Evening, page: str, relation: str) -> str:
    decision = decides(evening, f"We deal with it so: {relation}.")
    return await evening["Ada"].send(
        f"{page}/way",
        on=page,
        relation=relation,
        decision=decision.removeprefix("sha256:"),
    )


async def seated(evening: Evening, page: str) -> str:
    """Name an office, and what the assembly said on one matter there."""
    ada, said = evening["Ada"], decides(evening, WALL).removeprefix("sha256:")
    await ada.send(
        f"{page}/offices", on=page, number="1", office="Councillor for Quay ward"
    )
    office = f"{page}/offices/1"
    fields = {"matter": "1", "what": "The sea wall", "position": "for"}
    await ada.send(f"{office}/matters", on=office, fields=fields, decision=said)
    return office


async def test_a_body_gets_our_input_until_the_assembly_decides_otherwise(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await named(evening)
        at_first = await evening["Cleo"].see(page)
        too_early = await evening["Ada"].send(
            f"{page}/offices", on=page, status=409, number="1", office="Ward"
        )
        undecided = await evening["Ada"].send(
            f"{page}/way", on=page, status=422, relation="conduits", decision="1" * 64
        )
        not_hers = await evening["Cleo"].send(
            f"{page}/way", on=page, status=403, relation="conduits", decision="1" * 64
        )
        await settled(evening, page, "conduits")
        after = await evening["Cleo"].see(page)
        listed = await evening["Cleo"].see("/authorities")
        led = await evening["Cleo"].open("/asks")

    assert "has not decided how to deal with it" in at_first
    assert "once the assembly has decided" in too_early
    assert "needs a decision of our assembly" in undecided
    assert "for the clerk to do" in not_hers
    assert after.startswith("Public bodies Town council Our council stands beside it")
    assert "those elected to it carry our word" in listed
    assert 'href="/authorities"' in led


async def test_mandate_and_vote_stand_side_by_side_with_what_differs(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await named(evening)
        await settled(evening, page, "delegates")
        office = await seated(evening, page)
        ada = evening["Ada"]
        before = await ada.see(office)
        vote = {"matter": "1", "source": MINUTES}
        await ada.send(f"{office}/votes", on=office, fields=vote, voted="against")
        eva = evening["Eva"]
        eva.http.cookies.clear()
        public = await eva.see(office)
        nobody = await eva.http.post(f"{office}/votes", data={**vote, "voted": "for"})
        overview = await eva.see(page)
        recall = decides(evening, "We call them back.").removeprefix("sha256:")
        fields = {"recalled": "yes", "decision": recall}
        await ada.send(f"{office}/left", on=office, fields=fields)
        recalled = await eva.see(office)

    assert "Has not voted yet" in before
    assert "What the assembly said for its decision The vote against" in public
    assert MINUTES in public
    assert "Otherwise than the assembly said" in public
    assert "the law binds nobody" in public
    assert "Note how they voted" not in public
    assert nobody.status_code == 403
    assert "1 vote noted, 1 otherwise than the assembly said" in overview
    assert "Called back by the assembly" in recalled


async def test_a_name_stands_there_only_with_its_bearers_leave(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await named(evening)
        await settled(evening, page, "conduits")
        fields = {"number": "1", "office": "Quay ward", "holder": "Ivo Marten"}
        without = await evening["Ada"].send(
            f"{page}/offices", on=page, status=422, fields=fields
        )
        unnamed = await evening["Cleo"].see(page)
        await evening["Ada"].send(
            f"{page}/offices", on=page, fields=fields, agreed="yes"
        )
        after = await evening["Cleo"].see(page)

    assert "only if whoever bears it agreed" in without
    assert "Ivo Marten" not in unnamed
    assert "Ivo Marten" in after


async def test_what_we_asked_of_a_body_is_listed_with_it(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        ada = asked.clerk
        page = await ada.send(
            "/authorities",
            on="/authorities",
            once=found(ONCE, await ada.open("/authorities")),
            name="Housing office of the town",
        )
        shown = await ada.open(page)
        offered = await ada.open(
            f"/asks/new?decision={asked.decision.removeprefix('sha256:')}"
        )

    assert f'href="{asked.page}"' in shown
    assert '<option value="Housing office of the town">' in offered


async def test_whoever_holds_the_link_gives_facts_and_time_without_a_vote(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link = await asked.link()
        http = await asked.stranger()

        async def give(sort: str, text: str, once: str = "") -> int:
            page = (await http.get(link)).text
            sent = {
                "token": found(TOKEN, page),
                "once": once or found(ONCE, page),
                "sort": sort,
                "given": text,
            }
            return (await http.post(f"{link}/given", data=sent)).status_code

        facts = await give("facts", "Nine of the roofs are ours.", once="f" * 28)
        again = await give("facts", "Nine of the roofs are ours.", once="f" * 28)
        time = await give("staff time", "An engineer on two days in May.")
        wrong = await give("a vote", "We are for it.")
        shown = await asked.clerk.see(asked.page)
        answers = await asked.answers()
        await post(asked.clerk, f"{asked.page}/revoke", on=asked.page)
        gone = await http.get(link)

    assert (facts, again, time, wrong) == (303, 303, 303, 422)
    assert shown.count("Nine of the roofs are ours.") == 1
    assert "An engineer on two days in May." in shown
    assert shown.count("From a public body: no vote, and no answer") == 2
    assert "Asked, no answer yet" in shown
    assert answers == []
    assert gone.status_code == 404
