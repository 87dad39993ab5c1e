"""Words become HTML here and nowhere else: ours escaped, others' cleaned.

The elements and classes are those that fediverse servers keep (federation, W21).
"""

import re
from typing import Final

import nh3
from markupsafe import Markup, escape

ELEMENTS: Final = frozenset(
    [
        "p",
        "br",
        "span",
        "a",
        "abbr",
        "del",
        "s",
        "pre",
        "blockquote",
        "code",
        "b",
        "strong",
        "u",
        "sub",
        "sup",
        "i",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "ul",
        "ol",
        "li",
        "ruby",
        "rt",
        "rp",
    ]
)
CLASSES: Final = frozenset(
    ["mention", "hashtag", "u-url", "h-card", "invisible", "ellipsis", "quote-inline"]
)
MOST_HTML: Final = 100_000

_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n")
_BLOCKS: Final = re.compile(
    r"(?=<(?:p|br|div|li|ul|ol|pre|blockquote|h[1-6])\b)", re.IGNORECASE
)


def clean(html: str) -> Markup:
    """Return HTML from elsewhere with everything removed that is not plain text.

    Cleaning twice gives the same. Longer input than `MOST_HTML` is cut first.
    """
    return Markup(_CLEANER.clean(html[:MOST_HTML]))


def _attribute(element: str, attribute: str, value: str) -> str | None:
    """Keep what an attribute says, or nothing of it."""
    match attribute:
        case "class":
            kept = " ".join(word for word in value.split() if word in CLASSES)
            return kept or None
        case "href":
            # An address without a server would lead to one of our own pages.
            return value if _ELSEWHERE.match(value) else None
        case "rel":
            return value
        case _:
            return None


_ELSEWHERE: Final = re.compile("https?://", re.IGNORECASE)
_CLEANER: Final = nh3.Cleaner(
    tags=set(ELEMENTS),
    attributes={"a": {"href", "class"}, "span": {"class"}},
    url_schemes={"http", "https"},
    link_rel="nofollow noopener ugc",
    attribute_filter=_attribute,
)


def paragraphs(text: str) -> Markup:
    """Return our own plain text as paragraphs; a single line end becomes a break."""
    return Markup("").join(
        Markup("<p>{}</p>").format(
            Markup("<br>").join(escape(line) for line in block.strip().split("\n"))
        )
        for block in _PARAGRAPHS.split(text.replace("\r\n", "\n").strip())
        if block.strip()
    )


def plain(html: str) -> str:
    """Return the text of HTML on one line, for titles and lists."""
    apart = _BLOCKS.sub(" ", html[:MOST_HTML])
    return " ".join(nh3.clean(apart, tags=set()).split())
