"""A form that was refused is shown again as it was filled in: nobody types it twice.

Secrets are left out, and whether somebody is sure: that is asked each time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Final

Values = Mapping[str, Sequence[str]]
"""What was sent, by the name of the field, in its order."""

NOT_TYPED: Final = {"file", "password", "submit", "button", "reset", "image"}
ASKED_EACH_TIME: Final = {"sure", "agreed"}
WRONG: Final = "refused-why"
"""The id of the sentence beside a field that was refused."""


@dataclass(slots=True, kw_only=True)
class _Field:
    """A field in a page: where its tag stands, and where its text or options do.

    ``legend`` is where that of the choice ends which it belongs to; 0 where there is
    none.
    """

    tag: str
    at: int
    raw: str
    attributes: dict[str, str | None]
    options: list["_Field"] = field(default_factory=list)
    ends: int = 0
    legend: int = 0

    @property
    def name(self) -> str:
        return self.attributes.get("name") or ""

    @property
    def kind(self) -> str:
        return (self.attributes.get("type") or "text") if self.tag == "input" else ""

    @property
    def value(self) -> str | None:
        return self.attributes.get("value")

    def may_be_filled(self) -> bool:
        classes = (self.attributes.get("class") or "").split()
        secret = "code" in classes or "data-secret" in self.attributes
        return not secret and self.name not in ASKED_EACH_TIME


@dataclass(slots=True, kw_only=True)
class _Form:
    is_it: bool
    fields: list[_Field] = field(default_factory=list)
    within: list[_Field] = field(default_factory=list)

    def unlike(self, values: Values) -> int:
        """How many of its hidden fields say something else than what was sent."""
        return sum(
            each.kind == "hidden" and each.value not in values.get(each.name, ())
            for each in self.fields
        )


class _Forms(HTMLParser):
    """Find the forms of a page, and which of them are sent to one address."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self._action = action
        self._form: _Form | None = None
        self._legend = 0
        self._closed: list[_Field] = []
        # Lines as the parser counts them, whatever else people wrote to end one.
        self._lines = [0]
        for line in page.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(page)
        self.close()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        raw = self.get_starttag_text() or ""
        one = _Field(
            tag=tag, at=self._here(), raw=raw, attributes=dict(attributes), ends=0
        )
        if tag == "details":
            self._closed.append(one)
        elif tag == "form":
            is_it = one.attributes.get("action") == self._action
            self._form = _Form(is_it=is_it, within=[*self._closed])
            self.forms.append(self._form)
        elif self._form is None or "disabled" in one.attributes:
            return
        elif tag in ("input", "select", "textarea"):
            one.legend = self._legend
            self._form.fields.append(one)
        elif tag == "button" and one.attributes.get("formaction") == self._action:
            self._form.is_it = True
        elif tag == "option":
            self._form.fields[-1].options.append(one)

    def handle_endtag(self, tag: str) -> None:
        if tag == "details" and self._closed:
            self._closed.pop()
        elif tag == "form":
            self._form = None
        elif tag == "legend":
            self._legend = self._here() + len("</legend>")
        elif tag == "fieldset":
            self._legend = 0
        elif tag == "textarea" and self._form is not None:
            self._form.fields[-1].ends = self._here()


def refill(
    page: str, *, action: str, values: Values, field: str = "", why: str = ""
) -> str:
    """Fill a form of a page in with what was sent, and open what it stands in.

    Args:
        page: the page as it is shown again.
        action: where the form is sent; of several, the one whose hidden fields agree.
        values: what may be shown again.
        field: the name of the field that was refused; empty where it was none, or more
            than one.
        why: the sentence that stands beside that field, in the reader's language.
    """
    forms = [each for each in _Forms(page, action).forms if each.is_it]
    if not forms:
        return page
    form = min(forms, key=lambda each: each.unlike(values))
    changes = [
        (each.at, each.at + len(each.raw), _with(each.raw, " open"))
        for each in form.within
        if "open" not in each.attributes
    ]
    nth: Counter[str] = Counter()
    changes += _refused(form, field, why)
    for each in form.fields:
        if each.kind in ("checkbox", "radio"):
            if each.may_be_filled():
                chosen = (each.value or "on") in values.get(each.name, ())
                changes.append(_marked(each, "checked", marked=chosen))
            continue
        place, given = nth[each.name], values.get(each.name, ())
        nth[each.name] += 1
        if place < len(given) and each.may_be_filled():
            changes += _filled(each, given[place])
    # Of two for one tag the later has what the earlier says.
    at = {(start, end): new for start, end, new in changes}
    for (start, end), new in sorted(at.items(), reverse=True):
        page = page[:start] + new + page[end:]
    return page


def _refused(form: _Form, field: str, why: str) -> list[tuple[int, int, str]]:
    """Put the sentence beside the field, which says that it is wrong and is gone to.

    A field in several places, such as a list of clauses, is told of above alone.
    """
    wrong = [each for each in form.fields if each.name == field and field]
    if not wrong:
        return []
    first, says = wrong[0], f'<span class="wrong" id="{WRONG}">{escape(why)}</span>'
    if first.kind in ("checkbox", "radio"):
        return [(first.legend, first.legend, says)] if first.legend else []
    if len(wrong) > 1 or first.kind == "hidden":
        return []
    described = first.attributes.get("aria-describedby") or ""
    first.attributes |= {
        "aria-invalid": "true",
        "aria-describedby": f"{WRONG} {described}".strip(),
        "autofocus": None,
    }
    end = first.at + len(first.raw)
    return [
        (first.at, first.at, says),
        (first.at, end, _tag(first.tag, first.attributes)),
    ]


def _filled(each: _Field, value: str) -> list[tuple[int, int, str]]:
    start = each.at + len(each.raw)
    if each.tag == "textarea":
        # A browser leaves out the first line end within.
        return [(start, each.ends, f"\n{escape(value)}")]
    if each.tag == "select":
        if all(option.value != value for option in each.options):
            return []
        return [
            _marked(option, "selected", marked=option.value == value)
            for option in each.options
        ]
    if each.kind in NOT_TYPED or each.kind == "hidden":
        return []
    kept = {name: said for name, said in each.attributes.items() if name != "value"}
    return [(each.at, start, _tag("input", {**kept, "value": value}))]


def _marked(each: _Field, word: str, *, marked: bool) -> tuple[int, int, str]:
    kept = {name: said for name, said in each.attributes.items() if name != word}
    if marked:
        kept[word] = None
    return each.at, each.at + len(each.raw), _tag(each.tag, kept)


def _tag(tag: str, attributes: Mapping[str, str | None]) -> str:
    said = (
        name if value is None else f'{name}="{escape(value)}"'
        for name, value in attributes.items()
    )
    return f"<{' '.join((tag, *said))}>"


def _with(raw: str, word: str) -> str:
    return f"{raw[:-1]}{word}>"
