"""A run-sheet can be written, moved about and judged kindly; it binds nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.errors import Invalid, Refused
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.meeting import advice, run_sheet
from confederation.meeting.advice import Advice
from confederation.meeting.run_sheet import (
    DEFAULT,
    TEMPLATES,
    DeclareConflict,
    JobNamed,
    Kind,
    NameBuddy,
    NameJob,
    Phase,
    Phases,
    SetAim,
    WriteRunSheet,
)

NIGHT = SessionId("night")
MAY = datetime(2026, 5, 12, 19, 0, tzinfo=UTC)
ADA, BEN = MemberId("ada"), MemberId("ben")
WORDS = Commit("sha256:" + "ab" * 32)


def a_sheet(*lines: tuple[Kind, int]) -> Phases:
    return tuple(
        Phase(number=number, kind=kind, minutes=minutes)
        for number, (kind, minutes) in enumerate(lines, start=1)
    )


def writing(phases: Phases, **changed: object) -> WriteRunSheet:
    command = WriteRunSheet(
        session=NIGHT, meeting="assembly", phases=phases, by=ADA, at=MAY
    )
    return replace(command, **changed)  # type: ignore[arg-type]


def after(*commands: run_sheet.Command) -> run_sheet.State:
    state = run_sheet.NOTHING
    for command in commands:
        for event in run_sheet.decide(state, command):
            state = run_sheet.evolve(state, event)
    return state


KINDS: tuple[Kind, ...] = ("check-in", "input", "deliberation", "break", "check-out")
sheets = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(1, 60),
    ),
    max_size=12,
).map(lambda lines: a_sheet(*lines))


class TestWriting:
    def test_a_run_sheet_stands_until_another_is_written(self) -> None:
        one, other = a_sheet(("check-in", 5)), a_sheet(("meal", 20), ("song", 5))

        assert after(writing(one)).phases == one
        assert after(writing(one), writing(other)).phases == other

    def test_writing_the_same_again_changes_nothing(self) -> None:
        sheet = a_sheet(("check-in", 5))

        assert run_sheet.decide(after(writing(sheet)), writing(sheet)) == ()

    @pytest.mark.parametrize("minutes", [0, -5, 241])
    def test_a_part_takes_a_minute_to_four_hours(self, minutes: int) -> None:
        with pytest.raises(Invalid, match="1 to 240 minutes"):
            run_sheet.decide(run_sheet.NOTHING, writing(a_sheet(("input", minutes))))

    def test_two_parts_never_share_a_number(self) -> None:
        twins = (*a_sheet(("input", 5)), *a_sheet(("song", 5)))

        with pytest.raises(Invalid, match="number of its own"):
            run_sheet.decide(run_sheet.NOTHING, writing(twins))

    def test_a_sheet_of_a_thousand_lines_is_refused(self) -> None:
        one: tuple[Kind, int] = ("song", 1)
        long = a_sheet(*[one] * 1000)

        with pytest.raises(Invalid, match="room for 24"):
            run_sheet.decide(run_sheet.NOTHING, writing(long))

    def test_a_listening_circle_has_no_decision_in_its_sheet(self) -> None:
        sheet = a_sheet(("deliberation", 20), ("decision", 10))

        with pytest.raises(Refused, match="takes no votes"):
            run_sheet.decide(
                run_sheet.NOTHING, writing(sheet, meeting="listening circle")
            )

    def test_without_a_sheet_a_meeting_has_a_sensible_one(self) -> None:
        assert (
            run_sheet.phases_of(run_sheet.NOTHING, "listening circle")
            == (TEMPLATES["listening circle"])
        )
        assert run_sheet.phases_of(run_sheet.NOTHING, "assembly")


class TestJobs:
    def test_one_person_may_hold_every_job(self) -> None:
        state = after(
            *(
                NameJob(session=NIGHT, job=job, holders=(ADA,), by=ADA, at=MAY)
                for job in ("facilitator", "note-taker", "timekeeper", "doorkeeper")
            )
        )

        assert set(state.jobs.values()) == {(ADA,)}
        assert len(state.jobs) == 4

    def test_one_person_is_not_both_tellers(self) -> None:
        twice = NameJob(session=NIGHT, job="teller", holders=(BEN, BEN), by=ADA, at=MAY)

        with pytest.raises(Invalid, match="named once"):
            run_sheet.decide(run_sheet.NOTHING, twice)

    def test_two_may_chair_jointly_and_no_more(self) -> None:
        two = NameJob(
            session=NIGHT, job="facilitator", holders=(ADA, BEN), by=ADA, at=MAY
        )
        three = replace(two, holders=(ADA, BEN, MemberId("cleo")))

        assert after(two).jobs["facilitator"] == (ADA, BEN)
        with pytest.raises(Invalid, match="more names"):
            run_sheet.decide(run_sheet.NOTHING, three)

    def test_whoever_did_a_role_as_often_as_the_rules_say_has_an_evening_off(
        self,
    ) -> None:
        again = NameJob(
            session=NIGHT,
            job="teller",
            holders=(ADA, BEN),
            by=ADA,
            at=MAY,
            past=({"teller": (ADA,)}, {"teller": (ADA, BEN)}),
            most=2,
        )

        with pytest.raises(Refused, match="give them an evening off"):
            run_sheet.decide(run_sheet.NOTHING, again)

        assert after(replace(again, holders=(BEN,))).jobs["teller"] == (BEN,)
        assert after(replace(again, most=0)).skipped == {}
        agreed = after(replace(again, agreed=WORDS))
        assert agreed.jobs["teller"] == (ADA, BEN)
        assert agreed.skipped == {"teller": WORDS}

    def test_an_agreement_that_nobody_needed_is_not_noted(self) -> None:
        naming = NameJob(
            session=NIGHT, job="teller", holders=(BEN,), by=ADA, at=MAY, agreed=WORDS
        )

        assert after(naming).skipped == {}

    def test_whoever_learns_a_role_is_not_the_one_who_holds_it(self) -> None:
        named = NameJob(session=NIGHT, job="host", holders=(ADA,), by=ADA, at=MAY)
        beside = NameBuddy(session=NIGHT, job="host", buddy=BEN, by=ADA, at=MAY)

        assert after(named, beside).buddies == {"host": BEN}
        assert after(named, beside, replace(named, holders=(BEN,))).buddies == {}
        assert after(named, beside, replace(beside, buddy=None)).buddies == {}
        assert run_sheet.decide(after(named, beside), beside) == ()
        with pytest.raises(Invalid, match="beside themselves"):
            run_sheet.decide(after(named), replace(beside, buddy=ADA))

    def test_a_job_can_be_nobodys_again(self) -> None:
        named = NameJob(session=NIGHT, job="host", holders=(ADA,), by=ADA, at=MAY)
        freed = replace(named, holders=())

        assert after(named, freed).jobs == {}
        [event] = run_sheet.decide(after(named), freed)
        assert isinstance(event, JobNamed)

    def test_a_declared_conflict_is_its_owners_to_take_back(self) -> None:
        says = DeclareConflict(session=NIGHT, conflict=WORDS, by=ADA, at=MAY)
        other = replace(says, by=BEN)
        back = replace(says, conflict=None)

        assert after(says, other, back).conflicts == {BEN: WORDS}
        assert run_sheet.decide(after(says), says) == ()

    def test_the_aim_is_set_once_for_each_wording(self) -> None:
        aim = SetAim(session=NIGHT, question=WORDS, goal=None, by=ADA, at=MAY)

        assert after(aim).question == WORDS
        assert run_sheet.decide(after(aim), aim) == ()


class TestEditing:
    @given(sheets, st.integers(1, 12), st.integers(-3, 3))
    def test_moving_keeps_every_part_and_its_number(
        self, sheet: Phases, number: int, places: int
    ) -> None:
        moved = run_sheet.moved(sheet, number, by=places)

        assert sorted(moved, key=lambda each: each.number) == list(sheet)

    def test_moving_past_an_end_stops_there(self) -> None:
        sheet = a_sheet(("check-in", 5), ("song", 5), ("meal", 5))

        assert [p.number for p in run_sheet.moved(sheet, 2, by=-5)] == [2, 1, 3]
        assert [p.number for p in run_sheet.moved(sheet, 2, by=1)] == [1, 3, 2]
        assert run_sheet.moved(sheet, 9, by=1) == sheet

    def test_a_new_part_goes_before_the_goodbye(self) -> None:
        sheet = a_sheet(("check-in", 5), ("check-out", 5))

        longer = run_sheet.added(sheet, "song", 4, None)

        assert [p.kind for p in longer] == ["check-in", "song", "check-out"]
        assert len({p.number for p in longer}) == 3

    @given(sheets)
    def test_a_number_is_never_given_twice(self, sheet: Phases) -> None:
        longer = run_sheet.added(
            run_sheet.added(sheet, "song", 4, None), "art", 9, None
        )

        assert len({p.number for p in longer}) == len(sheet) + 2

    def test_each_part_begins_when_the_one_before_ends(self) -> None:
        sheet = a_sheet(("check-in", 10), ("meal", 20), ("song", 5))

        assert run_sheet.starts(sheet, MAY) == (
            MAY,
            MAY + timedelta(minutes=10),
            MAY + timedelta(minutes=30),
        )


class TestAdvice:
    @pytest.mark.parametrize("name", TEMPLATES)
    def test_our_own_templates_follow_our_own_advice(
        self, name: run_sheet.TemplateName
    ) -> None:
        meetings = [kind for kind, usual in DEFAULT.items() if usual == name]

        for meeting in meetings or ["assembly"]:
            assert advice.advise(TEMPLATES[name], meeting) == ()

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ([("input", 45)], Advice(rule="INPUT_TOO_LONG", minutes=45, phase=1)),
            (
                [("input", 30), ("questions", 10)],
                Advice(rule="MOSTLY_PLENARY", percent=100),
            ),
            ([("deliberation", 76)], Advice(rule="NO_BREAK", minutes=76)),
            ([("deliberation", 130)], Advice(rule="LONG", minutes=130)),
            ([("deliberation", 190)], Advice(rule="VERY_LONG", minutes=190)),
            ([("deliberation", 100)], Advice(rule="NO_FOOD", minutes=100)),
            ([("deliberation", 60)], Advice(rule="NO_PLAY")),
            ([("song", 5)], Advice(rule="NO_CHECK_IN")),
            ([("song", 5)], Advice(rule="NO_CHECK_OUT")),
            ([("song", 5)], Advice(rule="NO_ACTIONS")),
            ([("decision", 5)], Advice(rule="DECISION_WITHOUT_TALK", phase=1)),
            (
                [("deliberation", 120), ("decision", 5)],
                Advice(rule="DECISION_LATE", minutes=120, phase=2),
            ),
        ],
    )
    def test_what_tires_people_is_named(
        self, lines: list[tuple[Kind, int]], expected: Advice
    ) -> None:
        assert expected in advice.advise(a_sheet(*lines), "assembly")

    @pytest.mark.parametrize("rest", ["break", "meal", "game", "walk"])
    def test_a_rest_in_the_middle_is_a_rest(self, rest: Kind) -> None:
        sheet = a_sheet(("deliberation", 50), (rest, 10), ("deliberation", 50))

        rules = [each.rule for each in advice.advise(sheet, "assembly")]

        assert "NO_BREAK" not in rules

    def test_an_empty_sheet_is_only_said_to_be_empty(self) -> None:
        assert advice.advise((), "assembly") == (Advice(rule="EMPTY"),)

    @given(sheets)
    def test_advice_never_keeps_a_sheet_from_being_written(self, sheet: Phases) -> None:
        assert after(writing(sheet)).phases == sheet


class TestRecurring:
    @pytest.mark.parametrize(
        ("day", "rhythm", "next_day"),
        [
            ((2026, 5, 12), "weekly", (2026, 5, 19)),
            ((2026, 5, 12), "fortnightly", (2026, 5, 26)),
            ((2026, 5, 12), "monthly", (2026, 6, 9)),
            ((2026, 12, 31), "weekly", (2027, 1, 7)),
            ((2026, 12, 1), "monthly", (2027, 1, 5)),
            ((2026, 1, 28), "monthly", (2026, 2, 25)),
            ((2026, 6, 30), "monthly", (2026, 7, 28)),
        ],
    )
    def test_a_meeting_recurs_on_its_weekday(
        self,
        day: tuple[int, int, int],
        rhythm: run_sheet.Rhythm,
        next_day: tuple[int, int, int],
    ) -> None:
        at = datetime(*day, 19, 30, tzinfo=UTC)

        assert run_sheet.next_time(at, rhythm) == datetime(
            *next_day, 19, 30, tzinfo=UTC
        )

    @given(st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001
    def test_the_next_month_is_the_next_month(self, at: datetime) -> None:
        later = run_sheet.next_time(at.replace(tzinfo=UTC), "monthly")

        assert (later.year * 12 + later.month) - (at.year * 12 + at.month) == 1
        assert later.weekday() == at.weekday()


class TestOverAChangeOfTheClocks:
    @pytest.mark.parametrize(
        ("at", "rhythm", "next_one"),
        [
            ("2026-10-20T17:00", "weekly", "2026-10-27T18:00"),
            ("2027-03-23T18:00", "weekly", "2027-03-30T17:00"),
            ("2026-10-20T17:00", "monthly", "2026-11-17T18:00"),
            ("2026-11-03T18:00", "fortnightly", "2026-11-17T18:00"),
        ],
    )
    def test_a_meeting_keeps_its_hour(
        self, at: str, rhythm: run_sheet.Rhythm, next_one: str
    ) -> None:
        held = datetime.fromisoformat(at).replace(tzinfo=UTC)

        later = run_sheet.next_time(held, rhythm, clock=ZoneInfo("Europe/Berlin"))

        assert later == datetime.fromisoformat(next_one).replace(tzinfo=UTC)
