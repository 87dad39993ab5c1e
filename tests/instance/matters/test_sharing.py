"""Who shares an issue is told by a number in its post, and by repeating that post."""

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import record
from confederation.identifiers import Digest
from instance import clerk, speech, vocabulary
from instance.desk import Desk
from instance.fediverse import lookup
from instance.matters import sharing
from instance.reception import entries
from instance.store import events, posts, told_elsewhere
from tests.instance.house import NOON, House
from tests.instance.three import Three


def raises(house: House) -> Digest:
    with house.desk() as desk:
        issue = record.Issue(
            title=events.keep_wording(desk.connection, "Damp homes"),
            what=events.keep_wording(desk.connection, "Mould in many bedrooms."),
        )
        return clerk.publish(desk, "Issue", vocabulary.wire(issue)).digest


def says_too(house: House, issue: Digest, *, withdrawn: bool = False) -> None:
    with house.desk() as desk:
        account = record.SharedAccount(
            shares=issue,
            account=events.keep_wording(desk.connection, "Here as well."),
            withdrawn=withdrawn,
        )
        clerk.publish(desk, "SharedAccount", vocabulary.wire(account))


def content(desk: Desk, issue: Digest) -> str:
    carrier = posts.carrier_of(desk.connection, issue)
    assert carrier is not None
    return str(canonical.read(carrier["body"].encode())["content"])


def updates(desk: Desk) -> int:
    [number] = desk.connection.execute(
        "select count(*) from activity where type = 'Update'"
    ).fetchone()
    return int(number)


def test_the_post_of_an_issue_says_how_many_have_it_and_no_more_than_once(
    together: Three,
) -> None:
    ours, second, third = together.houses
    issue = raises(ours)
    together.exchange(NOON)
    said = []
    for house, withdrawn in ((second, False), (third, False), (third, True)):
        says_too(house, issue, withdrawn=withdrawn)
        together.exchange(NOON)
        with ours.desk() as desk:
            before = updates(desk)
            changed = sharing.tell_numbers(desk)
            again = sharing.tell_numbers(desk)
            said.append((content(desk, issue), changed, again, updates(desk) - before))

    for (html, changed, again, told), number in zip(said, (2, 3, 2), strict=True):
        assert f"{number} assemblies have this." in html
        assert html.count("assemblies have this.") == 1
        assert (changed, again, told) == (1, 0, 1)
    assert "Mould in many bedrooms." in said[-1][0]


def test_who_has_an_issue_too_is_added_below_its_post_and_removed_once(
    together: Three,
) -> None:
    ours, second, third = together.houses
    issue = raises(ours)
    own = raises(second)
    with second.desk() as desk:
        account = record.SharedAccount(
            shares=issue,
            account=events.keep_wording(desk.connection, "Here as well."),
            own=own,
        )
        clerk.publish(desk, "SharedAccount", vocabulary.wire(account))
    says_too(third, issue)
    together.exchange(NOON)
    with ours.desk() as desk:
        sharing.tell_numbers(desk)
        both = adoptions_of(desk, issue)
        first = told(desk)
    says_too(third, issue, withdrawn=True)
    together.exchange(NOON)
    with ours.desk() as desk:
        for _ in range(2):
            desk.shelf.shared_told = -1
            sharing.tell_numbers(desk)
        one = adoptions_of(desk, issue)
        second_time = told(desk)

    [theirs] = one
    [other] = {*both} - {theirs}
    assert theirs.startswith(second.config.group)
    assert other.startswith(third.config.group)
    assert sorted(first) == sorted(
        ("Add", each, f"{house.config.group}/inbox")
        for each, house in ((theirs, second), (other, third))
    )
    assert sorted(second_time) == sorted(
        [*first, ("Remove", other, f"{third.config.group}/inbox")]
    )


def test_what_was_taken_back_before_we_read_it_is_told_to_nobody(
    together: Three,
) -> None:
    ours, other, _ = together.houses
    issue = raises(ours)
    says_too(other, issue)
    says_too(other, issue, withdrawn=True)
    together.exchange(NOON)

    with ours.desk() as desk:
        sharing.tell_numbers(desk)

        assert told(desk) == []
        assert adoptions_of(desk, issue) == []


def test_only_the_post_of_an_issue_has_adoptions(together: Three) -> None:
    with together.houses[0].desk() as desk:
        path = speech.say(desk, html="<p>Soup at six</p>").removeprefix(
            f"{desk.config.base}/"
        )

        assert lookup.collection(desk, path, "adoptions", None) is None


def adoptions_of(desk: Desk, issue: Digest) -> list[str]:
    """Read the collection below the post of an issue, as anybody may."""
    carrier = posts.carrier_of(desk.connection, issue)
    assert carrier is not None
    path = str(carrier["id"]).removeprefix(f"{desk.config.base}/")
    named = canonical.read(carrier["body"].encode())["adoptions"]
    assert named == f"{carrier['id']}/adoptions"
    found = lookup.collection(desk, path, "adoptions", None)
    assert found is not None
    items = found["orderedItems"]
    assert isinstance(items, list)
    return [str(each) for each in items]


def told(desk: Desk) -> list[tuple[str, str, str]]:
    """Return what waits to be told of collections below our posts, and for whom."""
    rows = desk.connection.execute(
        "select body, inbox from delivery"
        " join activity on activity.id = delivery.activity"
        " where activity.type in ('Add', 'Remove')"
    ).fetchall()
    read = [(canonical.read(row["body"].encode()), row["inbox"]) for row in rows]
    return [
        (str(each["type"]), str(each["object"]), inbox)
        for each, inbox in read
        if str(each["target"]).endswith("/adoptions")
    ]


def test_an_issue_that_nobody_shares_is_left_as_it_is(together: Three) -> None:
    ours = together.houses[0]
    issue = raises(ours)
    with ours.desk() as desk:
        before = content(desk, issue)

        changed = sharing.tell_numbers(desk)

        assert changed == 0
        assert content(desk, issue) == before


def brought(house: House, issue: Digest) -> tuple[JsonObject, JsonObject]:
    """Return the activity by which an issue came, and the entry inside it."""
    with house.desk() as desk:
        for row in desk.connection.execute(
            "select body from activity where type = 'Create' order by rowid desc"
        ):
            activity = canonical.read(row["body"].encode())
            inner = activity["object"]
            if isinstance(inner, dict) and inner.get("type") == "Issue":
                assert canonical.digest(inner) == issue
                return activity, inner
    raise AssertionError("The issue was brought to nobody.")


def test_a_fellow_repeats_the_post_of_an_issue_that_it_has_too_once(
    together: Three,
) -> None:
    ours, other, _ = together.houses
    issue = raises(ours)
    with ours.desk() as desk:
        carrier = posts.carrier_of(desk.connection, issue)
        assert carrier is not None
    activity, entry = brought(ours, issue)
    with other.desk() as desk:
        entries.file(desk, entry, [activity])

        done = [sharing.repeat(desk, issue), sharing.repeat(desk, issue)]

        [announced] = [
            canonical.read(row["body"].encode())
            for row in desk.connection.execute(
                "select body from activity where type = 'Announce' and actor = :group",
                {"group": f"g/{other.config.slug}"},
            )
            if carrier["id"] in row["body"]
        ]
    assert activity["assemblyPost"] == carrier["id"]
    assert done == [True, False]
    assert announced["object"] == carrier["id"]


@pytest.mark.parametrize(
    ("actor", "post"),
    [
        (None, "http://evil.example/n/1"),
        ("http://127.0.0.1:8003/g/mill", None),
        (None, "no address"),
    ],
)
def test_nobody_makes_us_repeat_what_is_not_the_assemblys_own(
    together: Three, actor: str | None, post: str | None
) -> None:
    ours, other, _ = together.houses
    issue = raises(ours)
    activity, entry = brought(ours, issue)
    forged = {
        **activity,
        "actor": actor or activity["actor"],
        "assemblyPost": post or activity["assemblyPost"],
    }
    with other.desk() as desk:
        entries.file(desk, entry, [forged])

        done = sharing.repeat(desk, issue)

        assert told_elsewhere.to_repeat(desk.connection, issue, at=NOON) is None
    assert not done
