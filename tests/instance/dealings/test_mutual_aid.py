"""Flood week over real processes: four pumps are needed, B has three and C has one.

No money is named anywhere, and what is sent twice is one thing.
"""

import re

from activitypub import canonical
from instance import config, node
from instance.store import posts
from tests.instance.neighbours import Neighbours
from tests.instance.serving import Serving, until
from tests.instance.web.visitor import ONCE, Visitor, found

ADDRESS = re.compile(r'id="its-address" readonly value="([^"]+)"')
ELSEWHERE = re.compile(r'href="(/library/elsewhere/\w+)"')
FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)


def test_four_pumps_are_found_in_two_places_delivered_confirmed_and_thanked(
    neighbours: Neighbours,
) -> None:
    a, b, c = neighbours.members
    need = a.send(
        "/aid",
        on="/aid/new",
        purpose="request",
        title="Water pumps",
        quantity="4",
        unit="one",
        place="Quay Lane",
        theme="flood",
        more="The cellars are full.",
    )
    there = {each: arrived(each, "Water pumps") for each in (b, c)}
    assert "Quay Lane" in b.see("/aid?theme=flood")

    b.send(f"{there[b]}/offer", on=there[b], quantity="3")
    c.send(f"{there[c]}/offer", on=there[c], quantity="1")
    until(lambda: a.open(need).count('value="accept"') == 2)
    assert "@clerk@" not in a.see(need), "an assembly that we know has a name"
    for _ in range(2):
        a.send(form(a, need, "/answer"), on=need, answer="accept")

    assert "No more answers are taken" in a.see(need)
    until(lambda: "Agreed" in b.see(there[b]) and "Agreed" in c.see(there[c]))
    until(lambda: "No more answers are taken" in b.see(there[b]))
    assert "Bring what was agreed, and say so" in b.see("/today")

    for each in (b, c):
        on_with(each, there[each], "delivered")
    until(lambda: a.see(need).count("Delivered, not confirmed yet") == 2)
    assert "Bring what was agreed" not in b.see("/today")
    assert "Say whether it has come" in a.see("/today")
    for _ in range(2):
        on_with(a, need, "confirmed")
    until(lambda: "Delivered, and confirmed" in b.see(there[b]))
    until(lambda: "Delivered, and confirmed" in c.see(there[c]))
    assert a.see(need).count("Delivered, and confirmed") == 2

    a.send(form(a, need, "/thanks"), on=need, words="Your pumps saved the school.")

    assert any(
        "Your pumps saved the school." in each for each in said(neighbours.nodes[0])
    )
    everything = " ".join(said(neighbours.nodes[0]) + said(neighbours.nodes[1]))
    assert not {"price", "currency", "reciprocal"} & {*everything.lower().split('"')}


def test_what_is_more_than_is_left_is_refused_at_both_ends(
    neighbours: Neighbours,
) -> None:
    a, b, _ = neighbours.members
    need = a.send(
        "/aid",
        on="/aid/new",
        purpose="request",
        title="Sandbags",
        quantity="40",
        unit="one",
    )
    there = arrived(b, "Sandbags")

    says = b.send(f"{there}/offer", on=there, status=409, quantity="41")

    assert "This is more than is left: 40." in says
    assert "Who answered" not in a.see(need)


def test_two_are_introduced_over_the_network_and_write_to_each_other(
    neighbours: Neighbours,
) -> None:
    a, b, c = neighbours.members
    one = b.send("/meet", on="/meet", once="1" * 28, whose="member", about="Damp homes")
    two = c.send("/meet", on="/meet", once="2" * 28, whose="assembly", about="Mould")
    until(lambda: a.open("/meet").count('<option value="') >= 6)
    marks = re.findall(r'<option value="([0-9a-f]{32})"', a.open("/meet"))

    a.send(
        "/meet/introductions",
        on="/meet",
        once="3" * 28,
        one=marks[0],
        other=marks[1],
        words="You should talk.",
    )
    for member, page, words in ((b, one, "I am Bea."), (c, two, "We are the mill.")):
        until(lambda member=member, page=page: "You should talk." in member.see(page))
        member.send(form(member, page, "/yes"), on=page, words=words)

    until(lambda: "We are the mill." in b.see(one))
    until(lambda: "I am Bea." in c.see(two))
    assert "Both said yes, and have met" in a.see("/meet")


def test_a_game_goes_from_library_to_library_and_keeps_its_credit(
    neighbours: Neighbours,
) -> None:
    a, b, c = neighbours.members
    page = shared(a, "The boat", words="All rock together.", credit="The old ferry")
    until(lambda: len(libraries(b)) == 1)
    [there] = libraries(b)

    copy = b.send(f"{there}/copy", on=there, once=found(ONCE, b.open(there)))
    b.send(
        copy,
        on=copy,
        kind="game",
        title="The boat",
        words="All rock, and hum.",
        minutes="8",
        credit="The old ferry",
        told="everyone",
    )

    assert "The old ferry" in b.see(copy)
    until(lambda: len(libraries(c)) == 2)
    second = next(each for each in libraries(c) if "and hum" in c.see(each))
    # Whom it came from stands there by address, and by name.
    address = address_of(a, page)
    assert f'href="{address}"' in c.open(second)
    a.send(f"{page}/take-back", on=page)
    until(lambda: libraries(c) == [second] and libraries(b) == [])
    assert "All rock, and hum." in b.see(copy)


def test_a_practice_is_fetched_by_its_address(neighbours: Neighbours) -> None:
    a, b, _ = neighbours.members
    page = shared(a, "The lighthouse", words="One turns, and the others freeze.")
    address = address_of(a, page)

    there = b.send("/library/find", on="/library", address=address)
    lost = b.send("/library/find", on="/library", status=404, address=f"{address}0")

    assert "One turns, and the others freeze." in b.see(there)
    assert "could not be found" in lost


def shared(at: Visitor, title: str, *, words: str, credit: str = "") -> str:
    """Share a game with everybody; return its page."""
    return at.send(
        "/library",
        on="/library",
        once=found(ONCE, at.open("/library")),
        kind="game",
        title=title,
        words=words,
        minutes="8",
        credit=credit,
        told="everyone",
    )


def address_of(at: Visitor, page: str) -> str:
    """Return the address by which another library fetches what is on a page."""
    return found(ADDRESS, at.open(page))


def libraries(at: Visitor) -> list[str]:
    """Return the pages of what others have in their libraries."""
    return ELSEWHERE.findall(at.open("/library"))


def arrived(at: Visitor, title: str) -> str:
    """Wait until a need is listed elsewhere; return the page that shows it there."""
    until(lambda: title in at.see("/aid"))
    html = at.open("/aid")
    return html.split(f"<bdi>{title}")[0].rpartition('href="')[2].partition('"')[0]


def on_with(at: Visitor, page: str, step: str) -> None:
    """Press the button that says how an agreement goes on."""
    at.send(form(at, page, "/step", step), on=page, step=step)


def form(at: Visitor, page: str, ending: str, value: str = "") -> str:
    """Return where the first form of a kind on a page is sent, with such a button."""
    for action, inside in FORM.findall(at.open(page)):
        if action.endswith(ending) and f'value="{value}' in inside:
            return str(action)
    raise AssertionError(f"No such form on {page}.")


def said(serving: Serving) -> list[str]:
    """Return what a node has posted, whole."""
    with node.at_desk(config.read(serving.directory)) as desk:
        rows = posts.newest_objects(desk.connection, most=50)
        return [canonical.read(row["body"].encode()).__repr__() for row in rows]
