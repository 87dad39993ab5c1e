"""A page is read as a browser reads it, and a form sent as a browser sends it."""

from instance.demo.page import Page

HTML = """
<html><head><title>A title is no text</title></head><body>
<nav><a href="/issues">Issues</a></nav>
<main><h1>Votes &amp; <bdi>more</bdi></h1>
<div role="alert"><p>This was <strong>not</strong> done.</p></div>
<form method="post" action="/ballots/7/count">
<input type="hidden" name="token" value="t">
<input type="hidden" name="channel" value="hands">
<input name="count_for" value="">
<button name="give" value="yes">Give</button>
<button name="give" value="no">Take</button>
</form>
<form method="post" action="/ballots/7/count">
<input type="hidden" name="token" value="t">
<input type="hidden" name="channel" value="paper">
<textarea name="note">
as it was</textarea>
<label for="a">Ada Byron</label><input type="radio" id="a" name="who" value="m1">
<label for="b">Ben</label><input type="radio" id="b" name="who" value="m2" checked>
<select name="role"><option value="">None</option>
<option value="r1">Clerk</option></select>
<select name="first"><option>One</option><option>Two</option></select>
<input type="checkbox" name="slip" value="1">
<input type="checkbox" name="slip" value="2">
<input type="checkbox" name="slip" value="3" disabled>
<input type="file" name="file"><input type="submit" name="go" value="Go">
</form>
<p>See <a href="../confirm/3">the act</a>.</p></main>
<footer>Not the main part</footer></body></html>
"""
PAGE = Page("http://127.0.0.1:1/ballots/7", HTML)
HANDS, PAPER = PAGE.forms_to("/ballots/7/count")


def test_a_person_reads_the_main_part_of_a_page() -> None:
    assert PAGE.text.split("\n")[0] == "Votes & more"
    assert "Not the main part" not in PAGE.text
    assert "A title" not in PAGE.text
    assert PAGE.alert == "This was not done."


def test_links_lead_where_they_lead_from_this_page() -> None:
    assert PAGE.paths("/confirm/") == ["/confirm/3"]
    assert PAGE.link("/confirm/", says="act") == "/confirm/3"
    assert PAGE.link("/confirm/", says="nothing") is None


def test_what_is_not_filled_in_is_sent_as_it_stood() -> None:
    assert PAPER.filled({}) == [
        ("token", "t"),
        ("channel", "paper"),
        ("note", "as it was"),
        ("who", "m2"),
        ("role", ""),
        ("first", "One"),
    ]


def test_a_choice_is_made_by_its_label_or_its_value() -> None:
    sent = PAPER.filled({"who": "Ada Byron", "role": "r1", "slip": ["2", "1"]})

    assert sent is not None
    assert ("who", "m1") in sent
    assert ("role", "r1") in sent
    assert [value for name, value in sent if name == "slip"] == ["2", "1"]


def test_what_a_form_does_not_offer_cannot_be_sent_with_it() -> None:
    assert PAPER.filled({"who": "Mallory"}) is None
    assert PAPER.filled({"slip": ["3"]}) is None
    assert PAPER.filled({"count_for": "7"}) is None
    assert PAPER.filled({"channel": "hands"}) is None


def test_a_button_that_says_something_is_pressed_by_naming_it() -> None:
    sent = HANDS.filled({"give": "no", "count_for": "7"})

    assert sent == [
        ("give", "no"),
        ("token", "t"),
        ("channel", "hands"),
        ("count_for", "7"),
    ]
