"""A whole evening of one assembly, from its founding to three kinds of decision."""

from pathlib import Path

from tests.instance.web.evening import adopt_rules, an_evening, found, meet


async def test_an_assembly_lives_through_an_evening_by_its_forms(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        ada, ben, cleo, dov, eva = (evening[name] for name in evening.guests)
        await found(evening)
        await adopt_rules(evening)
        meeting = await meet(evening, in_room=8)
        id = meeting.removeprefix("/sessions/")
        await evening.confirm(await evening.newest_act())

        motion = await cleo.send(
            "/motions",
            on="/motions",
            title="Dry homes",
            clause=["The landlord mends the roofs.", "By Christmas.", ""],
        )
        await cleo.send(f"{motion}/table", on=motion, session=id)
        await dov.send(f"{motion}/object", on=motion, reason="Nobody works in a storm.")
        page = await eva.open(motion)
        objection = page.partition('name="objection" value="')[2].partition('"')[0]
        for guest in (eva, ben):
            await guest.send(
                f"{motion}/judge", on=motion, objection=objection, valid="yes"
            )
        await ada.send(
            f"{motion}/amend",
            on=motion,
            base="1",
            clause=[
                "The landlord mends the roofs.",
                "By Christmas, weather permitting.",
            ],
            change="amended",
            integrates=objection,
        )
        await ada.send(f"{motion}/freeze", on=motion)
        ballot = await ada.send(
            f"{meeting}/ballots",
            on=meeting,
            about="motion",
            id=motion.removeprefix("/motions/"),
            question="Do we consent to this?",
            method="consent",
            channels="hands",
        )
        for guest in (ada, ben):
            await guest.send(
                f"{ballot}/count",
                on=ballot,
                channel="hands",
                count_consent="7",
                fields={"count_stand-aside": "1", "count_objection": "0"},
            )
        await ada.send(f"{ballot}/close", on=ballot)
        await evening.confirm(await evening.newest_act())

        assert "Adopted" in await eva.see(motion)
        assert "Passed" in await eva.see(ballot)

        ballot = await ada.send(
            f"{meeting}/ballots",
            on=meeting,
            about="text",
            text="We keep the boat shed warm.",
            question="Shall we heat the shed?",
            method="qualified",
            channels="hands",
        )
        for guest in (ada, ben):
            await guest.send(
                f"{ballot}/count",
                on=ballot,
                channel="hands",
                count_for="6",
                count_against="2",
                count_abstain="0",
            )
        await ada.send(f"{ballot}/close", on=ballot)
        await evening.confirm(await evening.newest_act())

        assert "Passed" in await eva.see(ballot)

        for guest in (ada, ben, cleo, dov, eva):
            await guest.send(f"{meeting}/check-in", on=meeting)
        ranked = await ada.send(
            f"{meeting}/ballots",
            on=meeting,
            about="text",
            text="Our stance on the sea wall.",
            question="What do we want?",
            method="ranked",
            channels="online",
            secret="yes",
            options=["mend", "rebuild it higher", "leave"],
            keep="leave",
        )
        for guest in (ada, ben, cleo):
            await guest.send(
                f"{ranked}/vote", on=ranked, revision="1", rank_mend="1", rank_leave="2"
            )
        await dov.send(
            f"{ranked}/vote", on=ranked, revision="1", rank_a="1", rank_mend="2"
        )
        await eva.send(f"{ranked}/vote", on=ranked, revision="1", choice="blank")
        await ada.send(f"{ranked}/close", on=ranked)
        await evening.confirm(await evening.newest_act())
        assert "Chosen: mend" in await eva.see(ranked)
        leaving = await eva.see(f"{meeting}/leaving")
        assert "Decided: What do we want? “mend”." in leaving

        ballot = await ada.send(
            f"{meeting}/ballots",
            on=meeting,
            about="text",
            text="Mend the sea wall.",
            question="Do we mend it?",
            method="majority",
            channels="online",
            secret="yes",
        )
        for guest, choice in zip(
            (ada, ben, cleo, dov, eva),
            ("for", "for", "for", "against", "blank"),
            strict=True,
        ):
            await guest.send(f"{ballot}/vote", on=ballot, revision="1", choice=choice)
        await ada.send(f"{ballot}/close", on=ballot)
        await evening.confirm(await evening.newest_act())
        await ada.send(f"{meeting}/close", on=meeting)

        kinds = [kind for kind in await evening.published() if kind != "MemberCount"]
        assert kinds == ["Founding", "Rulebook", "Electorate", *["Decision"] * 4]
