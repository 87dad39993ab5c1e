"""Of what others write as HTML nothing is left but text and its plain shape."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance.fediverse import markup

# Each tries to run something, to load something, or to look like a part of our page.
HOSTILE = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=`javascript:alert(1)`>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img onerror=alert(1) src=x>",
    "<math href='javascript:alert(1)'>x</math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<form><button formaction='javascript:alert(1)'>Vote</button></form>",
    "<form action='/ballots/1/vote' method='post'><input name='choice'></form>",
    "<iframe src='https://evil.example/'></iframe>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<object data='data:text/html,x'></object><embed src='x.swf'>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv='refresh' content='0;url=https://evil.example/'>",
    "<link rel='stylesheet' href='https://evil.example/x.css'>",
    "<style>body{display:none}</style>",
    "<p style='position:fixed;inset:0;background:url(https://evil.example/)'>x</p>",
    "<p id='replies' name='replies'>x</p>",
    "<p onclick='alert(1)' onmouseover=alert(1)>x</p>",
    "<p class='badge done'>Passed</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' jav\tascript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='https://evil.example' target='_blank' ping='https://evil.example'>x</a>",
    "<a href='/sign-out'>x</a>",
    "<video src='https://evil.example/1.mp4' autoplay></video>",
    "<audio src='https://evil.example/1.mp3' autoplay></audio>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<input autofocus onfocus=alert(1)>",
    "<table background='javascript:alert(1)'><tr><td>x</td></tr></table>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "</div></main><h1>Another page</h1>",
    "<plaintext><script>alert(1)</script>",
    "<textarea><script>alert(1)</script></textarea>",
    "<select><option><style></select><img src=x onerror=alert(1)>",
    "<a href='https://ok.example/\"onmouseover=\"alert(1)'>x</a>",
    "\x00<script>alert(1)</script>",
    '<p title="</p><script>alert(1)</script>">x</p>',
)


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_is_left_of_what_others_write(html: str) -> None:
    found = parts(str(markup.clean(html)))

    assert found <= ALLOWED


@pytest.mark.parametrize("html", HOSTILE)
def test_what_is_clean_stays_as_it_is(html: str) -> None:
    once = str(markup.clean(html))

    assert str(markup.clean(once)) == once


@given(st.lists(st.sampled_from([*HOSTILE, "<p>", "</p>", "<b>", "x", "&lt;", "'"])))
def test_no_mixture_of_hostile_things_gets_through(pieces: list[str]) -> None:
    once = str(markup.clean("".join(pieces)))

    assert parts(once) <= ALLOWED
    assert str(markup.clean(once)) == once


@given(st.text(max_size=300))
def test_any_text_is_cleaned_to_something_that_stays(text: str) -> None:
    once = str(markup.clean(text))

    assert parts(once) <= ALLOWED
    assert str(markup.clean(once)) == once


def test_a_link_leads_out_without_a_word_about_us() -> None:
    html = markup.clean('<a class="u-url mention dark" href="https://b.example/">B</a>')

    [link] = re.findall("<a [^>]*>", str(html))
    assert 'class="u-url mention"' in link
    assert 'rel="nofollow noopener ugc"' in link


def test_what_people_really_write_stays_readable() -> None:
    written = (
        "<p>Here <em>too</em>.<br>Since <strong>May</strong>:</p>"
        "<ul><li>mould</li></ul><blockquote><p>Damp</p></blockquote>"
        '<pre><code>x &lt; y</code></pre><p><span class="h-card">Sam</span></p>'
    )

    assert str(markup.clean(written)) == written


ALLOWED = {
    *markup.ELEMENTS,
    *("class=" + name for name in markup.CLASSES),
    "href=https",
    "href=http",
    "rel=nofollow noopener ugc",
}


def parts(html: str) -> set[str]:
    """Return the elements that a browser would find, and what their attributes say."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        for name, value in attrs:
            text = value or ""
            if name == "class":
                self.found |= {f"class={word}" for word in text.split()}
            elif name == "href":
                self.found.add(f"href={text.partition('://')[0]}")
            else:
                self.found.add(f"{name}={text}")

    def handle_comment(self, data: str) -> None:
        self.found.add("a comment")

    def handle_decl(self, decl: str) -> None:
        self.found.add("a declaration")

    def unknown_decl(self, data: str) -> None:
        self.found.add("a declaration")

    def handle_pi(self, data: str) -> None:
        self.found.add("an instruction")


def test_what_stood_in_two_paragraphs_is_not_run_together_on_one_line() -> None:
    said = "<p>Are you coming?</p><p>Say so<br>by <b>Mon</b>day.</p>"

    assert markup.plain(said) == "Are you coming? Say so by Monday."
