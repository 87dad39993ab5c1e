"""Whoever is refused finds their form as they filled it in."""

from pathlib import Path

from instance.web.refilling import refill
from tests.instance.house import House, a_house, public
from tests.instance.web.asking import asking
from tests.instance.web.browsing import a_browser
from tests.instance.web.evening import an_assembly

PAGE = """<details><summary>More</summary><form method="post" action="/a">
<input type="hidden" name="token" value="new"><input type="hidden" name="of" value="1">
<input id="who" name="who" required value=""><input name="clause"><input name="clause">
<textarea name="why" rows="3">Old &amp; new</textarea>
<select name="far"><option value="">None</option><option value="b" selected>B</option>
<option value="c">C</option></select>
<input type="checkbox" name="step" value="x" checked>
<input type="checkbox" name="step" value="y"><input type="radio" name="r" value="1">
<input type="checkbox" name="sure" value="yes"><input type="password" name="word">
<input class="code" name="code"><input name="key" data-secret></form></details>
<form action="/a"><input type="hidden" name="of" value="2"><input name="who"></form>
<form action="/b"><input name="who"></form>"""


def test_all_that_was_typed_ticked_and_chosen_stands_there_again() -> None:
    sent = {
        "token": ("old",),
        "of": ("1",),
        "who": ('Ada "the first" <a@b>',),
        "clause": ("One", "Two"),
        "why": ("\nIt is damp & cold.",),
        "far": ("c",),
        "step": ("y",),
        "r": ("1",),
    }

    page = refill(PAGE, action="/a", values=sent)

    assert "<details open>" in page
    assert 'value="Ada &quot;the first&quot; &lt;a@b&gt;"' in page
    assert '<input name="clause" value="One"><input name="clause" value="Two">' in page
    assert '<textarea name="why" rows="3">\n\nIt is damp &amp; cold.</textarea>' in page
    assert '<option value="b">B</option>\n<option value="c" selected>' in page
    assert 'name="step" value="x">' in page
    assert 'name="step" value="y" checked>' in page
    assert 'name="r" value="1" checked>' in page
    assert 'name="token" value="new"' in page
    assert page.endswith(PAGE.partition("</details>")[2])


def test_nothing_that_people_wrote_on_the_page_moves_what_is_filled_in() -> None:
    written = "<p>a\u2028b\x85c\rd\x0ce\n\u2029f</p>"

    page = refill(f"{written}{PAGE}", action="/b", values={"who": ("Ben",)})

    assert page == written + PAGE.replace(
        '"/b"><input name="who">', '"/b"><input name="who" value="Ben">'
    )


def test_beside_the_field_that_was_refused_stands_why() -> None:
    why = "“Who” is <empty>."

    line = refill(PAGE, action="/a", values={"of": ("1",)}, field="who", why=why)
    text = refill(PAGE, action="/a", values={"of": ("1",)}, field="why", why=why)

    says = '<span class="wrong" id="refused-why">“Who” is &lt;empty&gt;.</span>'
    told = 'aria-invalid="true" aria-describedby="refused-why" autofocus'
    assert f'{says}<input id="who" name="who" required value="" {told}>' in line
    assert f'{says}<textarea name="why" rows="3" {told}>Old' in text
    assert line.count("aria-invalid") == text.count("aria-invalid") == 1


def test_what_is_typed_again_and_was_refused_is_one_field() -> None:
    sent = {"of": ("1",), "who": ("Ben",)}

    page = refill(PAGE, action="/a", values=sent, field="who", why="No.")

    assert page.count('name="who"') == PAGE.count('name="who"')
    assert '</span><input id="who" name="who" required aria-invalid="true"' in page
    assert 'autofocus value="Ben">' in page


def test_why_a_choice_was_refused_stands_below_its_heading() -> None:
    choice = """<form action="/a"><fieldset><legend>Kind</legend><label>
<input type="radio" name="kind" value="a"> A</label></fieldset>
<input type="checkbox" name="alone"><input name="two"><input name="two"></form>"""

    page = refill(choice, action="/a", values={}, field="kind", why="Choose.")

    assert '</legend><span class="wrong" id="refused-why">Choose.</span>' in page
    for several in ("alone", "two", "elsewhere", ""):
        assert refill(choice, action="/a", values={}, field=several, why="No.") == (
            choice
        )


def test_of_forms_to_one_address_the_one_that_was_sent_is_filled_in() -> None:
    page = refill(PAGE, action="/a", values={"of": ("2",), "who": ("Ben",)})

    assert page.count("Ben") == 1
    assert 'value="2"><input name="who" value="Ben">' in page
    assert "open" not in page


def test_secrets_and_whether_somebody_is_sure_are_asked_each_time() -> None:
    sent = dict.fromkeys(("sure", "word", "code", "key"), ("yes",))

    assert 'yes" checked' not in refill(PAGE, action="/a", values=sent)
    assert refill(PAGE, action="/a", values=sent).count('value="yes"') == 1


async def test_the_founding_asks_for_no_name_that_was_given_at_the_set_up(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    async with a_browser(house, pen=True) as ada:
        await ada.sign_in()
        before = await ada.get("/founding")
        refused = await ada.post(
            "/founding",
            name="The Quay",
            kind="themed",
            teller_1=house.members[0],
            key_1=public(house.tellers[0]),
            teller_2=house.members[1],
            key_2="not a key",
        )

    assert 'id="name" name="name" required maxlength="100" value="Harbour"' in before
    assert refused.status_code == 422
    assert 'value="The Quay"' in refused.text
    assert 'value="themed" required checked' in refused.text
    assert f'value="{house.members[1]}" selected' in refused.text
    assert public(house.tellers[0]) in refused.text
    assert "not a key" not in refused.text.partition("<main")[2]


async def test_an_answer_by_link_keeps_every_field_of_an_answer_that_is_refused(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        http = await asked.stranger()
        link = await asked.link()
        page = (await http.get(link)).text
        fields = {"kind": "partly", "heard": "It leaks.", "plan": "Six houses."}
        token = page.partition('name="token" value="')[2].partition('"')[0]
        once = page.partition('name="once" value="')[2].partition('"')[0]

        refused = await http.post(
            link, data={**fields, "plan_by": "soon", "token": token, "once": once}
        )

    assert refused.status_code == 422
    for said in ('value="partly" required checked', "It leaks.", "Six houses."):
        assert said in refused.text


async def test_what_stands_on_no_page_that_can_be_shown_again_is_handed_back(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        answer = await ada.http.post(
            "/translations",
            data={
                "token": await ada.token("/people"),
                "lang": "fr",
                "words": "Le toit <b> fuit.",
                "of": "unknown",
                "back": "/elsewhere",
            },
        )
        film = await ada.http.post(
            "/translations/signed",
            data={
                "token": await ada.token("/people"),
                "lang": "bfi",
                "address": "ftp://film.example/1",
                "back": "/elsewhere",
            },
        )
        early = await ada.http.post(
            "/translations", data={"token": "stale", "words": "Le toit fuit."}
        )

    assert answer.status_code == 422
    assert 'name="words" rows="4">Le toit &lt;b&gt; fuit.</textarea>' in answer.text
    assert 'type="hidden" name="lang" value="fr"' in answer.text
    assert film.status_code == 422
    assert ">ftp://film.example/1</textarea>" in film.text
    # What another site may have written is not handed to anybody to be sent.
    assert "Le toit fuit." not in early.text
