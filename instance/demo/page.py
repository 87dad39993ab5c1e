"""A page is read as a browser reads it: its words, its links, its forms."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

UNSEEN: Final = frozenset({"script", "style", "template", "title"})
BLOCKS: Final = frozenset(
    {
        *("address", "article", "blockquote", "dd", "div", "dl", "dt", "fieldset"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "header", "legend"),
        *("li", "main", "nav", "ol", "p", "pre", "section", "summary", "table"),
        *("td", "th", "tr", "ul", "option", "button", "label", "br"),
    }
)


@dataclass(slots=True)
class Field:
    """A field of a form. ``options`` are what it offers, by value, with their labels;
    empty where anything may be written. ``value`` is what stands in it already.
    """

    kind: str
    value: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    def offers(self, value: str) -> str | None:
        """Return what is sent if this is chosen, by value or label; None if it is not
        offered.
        """
        if self.kind == "hidden":
            return value if value in self.value else None
        if not self.options or value in self.options:
            return value
        return next(
            (each for each, label in self.options.items() if label == value), None
        )


@dataclass(slots=True)
class Form:
    action: str
    method: str = "get"
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(
        self, given: Mapping[str, str | list[str]]
    ) -> list[tuple[str, str]] | None:
        """Return what is sent when these fields are filled in; None if they cannot be.

        Fields that are not named keep what stands in them. A button that says
        something is pressed by naming what it says.
        """
        sent = [each for each in self.buttons if given.get(each[0]) == each[1]]
        pressed = {name for name, _ in sent}
        for name, known in self.fields.items():
            if known.kind == "file":
                continue
            wanted = given.get(name, known.value)
            for value in [wanted] if isinstance(wanted, str) else wanted:
                offered = known.offers(value)
                if offered is None:
                    return None
                sent.append((name, offered))
        return None if given.keys() - self.fields.keys() - pressed else sent


class Page:
    """A page that was opened. It is read when somebody looks at it."""

    def __init__(self, url: str, html: str, *, status: int = 200) -> None:
        self.url = url
        self.html = html
        self.status = status

    @functools.cached_property
    def _read(self) -> "_Reader":
        reader = _Reader(self.url)
        reader.feed(self.html)
        reader.close()
        return reader

    @property
    def text(self) -> str:
        """What a person reads in the main part of the page, line by line."""
        return _tidy(self._read.main or self._read.everything)

    @property
    def alert(self) -> str:
        """What the page says before all else, such as why something was refused."""
        return _tidy(self._read.alert)

    @property
    def forms(self) -> list[Form]:
        return self._read.forms

    @property
    def links(self) -> list[tuple[str, str]]:
        """Where its links lead, with their words."""
        return self._read.links

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def forms_to(self, action: str) -> Iterator[Form]:
        return (form for form in self.forms if urlsplit(form.action).path == action)

    def paths(self, start: str) -> list[str]:
        """Return the paths that links lead to and that begin so, each once."""
        paths = (urlsplit(href).path for href, _ in self.links)
        return list(dict.fromkeys(path for path in paths if path.startswith(start)))

    def link(self, start: str, *, says: str = "") -> str | None:
        """Return the first link to a path that starts so, with these words in it."""
        return next(
            (
                urlsplit(href).path
                for href, text in self.links
                if urlsplit(href).path.startswith(start) and says in text
            ),
            None,
        )


def _tidy(words: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(words).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.everything: list[str] = []
        self.main: list[str] = []
        self.alert: list[str] = []
        self._url = url
        self._unseen = 0
        self._in_main = False
        self._in_alert: list[str] = []
        self._form: Form | None = None
        self._labels: dict[str, list[str]] = {}
        self._label_for: list[str] = []
        self._link: tuple[str, list[str]] | None = None
        self._text_field: Field | None = None
        self._select: Field | None = None
        self._option: tuple[str | None, list[str], bool] | None = None
        self._boxes: list[tuple[Field, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in BLOCKS:
            self._say("\n")
        self._unseen += tag in UNSEEN
        self._in_main |= tag == "main"
        # What is inside an alert counts until the element that began it ends.
        if attributes.get("role") == "alert" or tag in self._in_alert[:1]:
            self._in_alert.append(tag)
        match tag:
            case "form":
                self._form = Form(
                    action=urljoin(self._url, attributes.get("action", "")),
                    method=attributes.get("method", "get").lower(),
                )
                self.forms.append(self._form)
            case "a" if "href" in attributes:
                self._link = (urljoin(self._url, attributes["href"]), [])
            case "label":
                self._label_for = self._labels.setdefault(attributes.get("for", ""), [])
            case "input":
                self._input(attributes)
            case "textarea" if self._form is not None:
                self._text_field = self._field(attributes, "textarea")
                self._text_field.value.append("")
            case "select" if self._form is not None:
                self._select = self._field(attributes, "select")
            case "button" if self._form is not None and attributes.get("name"):
                pressed = attributes["name"], attributes.get("value", "")
                self._form.buttons.append(pressed)
            case "option":
                self._end_option()
                value = attributes.get("value")
                self._option = (value, [], "selected" in attributes)
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._say("\n")
        self._unseen -= tag in UNSEEN
        self._in_main &= tag != "main"
        if tag in self._in_alert[:1]:
            self._in_alert.pop()
        match tag:
            case "form":
                self._form = None
            case "a" if self._link is not None:
                href, words = self._link
                self.links.append((href, " ".join("".join(words).split())))
                self._link = None
            case "label":
                self._label_for = []
            case "textarea" if self._text_field is not None:
                # The first line end belongs to the HTML and not to the text.
                text = self._text_field.value.pop().removeprefix("\n")
                self._text_field.value.append(text)
                self._text_field = None
            case "option" | "select":
                self._end_option()
                if tag == "select":
                    self._end_select()
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._text_field is not None:
            self._text_field.value[-1] += data
            return
        self._label_for.append(data)
        if self._option is not None:
            self._option[1].append(data)
            return
        if self._link is not None:
            self._link[1].append(data)
        self._say(" ".join(data.split("\n")))

    def close(self) -> None:
        super().close()
        # A label may stand before or after its box, so boxes get theirs at the end.
        for known, value, id in self._boxes:
            known.options[value] = " ".join("".join(self._labels.get(id, [])).split())

    def _say(self, words: str) -> None:
        self.everything.append(words)
        if self._in_main:
            self.main.append(words)
        if self._in_alert:
            self.alert.append(words)

    def _field(self, attributes: Mapping[str, str], kind: str) -> Field:
        assert self._form is not None
        name = attributes.get("name", "")
        if not name:
            return Field(kind=kind)
        return self._form.fields.setdefault(name, Field(kind=kind))

    def _input(self, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("type", "text").lower()
        if self._form is None or "disabled" in attributes:
            return
        if kind in ("submit", "button", "image", "reset"):
            return
        known = self._field(attributes, kind)
        value = attributes.get("value", "")
        if kind in ("checkbox", "radio"):
            chosen = attributes.get("value", "on")
            known.options[chosen] = ""
            self._boxes.append((known, chosen, attributes.get("id", "")))
            if "checked" in attributes:
                known.value.append(chosen)
        elif kind != "file":
            known.value.append(value)

    def _end_option(self) -> None:
        if self._option is not None and self._select is not None:
            stated, words, selected = self._option
            label = " ".join("".join(words).split())
            value = label if stated is None else stated
            self._select.options[value] = label
            if selected:
                self._select.value.append(value)
        self._option = None

    def _end_select(self) -> None:
        # A browser sends the first option of a list in which none is chosen.
        if self._select is not None and not self._select.value:
            self._select.value.extend(list(self._select.options)[:1])
        self._select = None
