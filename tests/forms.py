"""The forms of a page, read from its HTML, and what people can send with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_BUTTONS = frozenset({"submit", "button", "reset", "image"})
_TEXTS = frozenset({"text", "search", "tel", "email", "password", "url", "textarea"})


@dataclass(slots=True)
class Control:
    """A field of a form: `kind` is the class of ours that shows it, else what HTML calls it."""

    name: str
    kind: str
    is_open: bool = True
    is_faulty: bool = False
    longest: int = 0
    values: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        """Whether any words can be typed into it."""
        return self.kind in _TEXTS | {
            *("textfield", "textareafield", "searchfield", "passwordfield", "emailfield"),
            "phonefield",
        }


@dataclass(slots=True)
class PageForm:
    """A form that posts: where to, whether it is one of ours (`data-form`), and its fields."""

    action: str
    is_ours: bool
    controls: dict[str, Control] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Control]:
        """Return the open fields of some kinds."""
        return [one for one in self.controls.values() if one.is_open and one.kind in kinds]

    @property
    def texts(self) -> list[Control]:
        """Return the open fields for words."""
        return [one for one in self.controls.values() if one.is_open and one.is_text]

    def filled(self, examples: Mapping[str, str]) -> dict[str, object]:
        """Return what a browser would send, with an example or a choice in what is empty."""
        sent: dict[str, object] = {}
        for one in self.controls.values():
            empty = not any(one.values)
            if one.kind in {"hidden", "readonly"} or not empty:
                if one.values:
                    sent[one.name] = one.values if len(one.values) > 1 else one.values[0]
            elif one.is_open and (real := [each for each in one.choices if each]):
                sent[one.name] = real[0]
            elif one.is_open and one.kind in examples:
                sent[one.name] = examples[one.kind]
        return sent


def forms_of(html: str) -> list[PageForm]:
    """Return the forms of a page that post, in its order."""
    reader = _Reader()
    reader.feed(html)
    return [one for one in reader.forms if one.controls]


def faulty(html: str) -> set[str]:
    """Return the names of the fields beside which a page shows an error."""
    return {one.name for form in forms_of(html) for one in form.controls.values() if one.is_faulty}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        # The fields that are open around what is read: their class, hidden, at fault.
        self._stack: list[tuple[str, str, bool, bool]] = []
        self._select: Control | None = None
        self._area: Control | None = None
        self._blank = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            posts = found.get("method", "get").casefold() == "post"
            self._form = PageForm(found.get("action", ""), "data-form" in found) if posts else None
            if self._form:
                self.forms.append(self._form)
        if tag not in _VOID:
            self._open(tag, found)
        if self._form is not None and not self._blank:
            self._read(tag, found)

    def _open(self, tag: str, found: Mapping[str, str]) -> None:
        around = self._stack[-1] if self._stack else ("", "", False, False)
        classes = found.get("class", "").split()
        kind, hidden, wrong = around[1:]
        if tag == "div" and "field" in classes:
            kind = next((one[6:] for one in classes if one.startswith("field-")), "")
            hidden, wrong = "hidden" in found, "has-error" in classes
        if tag == "template":
            self._blank += 1
        self._stack.append((tag, kind, hidden, wrong))

    def _read(self, tag: str, found: Mapping[str, str]) -> None:
        name = found.get("name", "")
        if tag == "option" and self._select is not None:
            value = found.get("value", "")
            self._select.choices.append(value)
            if "selected" in found:
                self._select.values.append(value)
        if name and tag in {"input", "select", "textarea"}:
            self._control(tag, name, found)

    def _control(self, tag: str, name: str, found: Mapping[str, str]) -> None:
        kind = found.get("type", "text") if tag == "input" else tag
        if kind in _BUTTONS or "disabled" in found:
            return
        of_ours, hidden, wrong = self._stack[-1][1:] if self._stack else ("", False, False)
        if kind != "hidden" and "readonly" in found:
            kind = "readonly"
        elif kind not in {"hidden", "file"} and of_ours:
            kind = of_ours
        assert self._form is not None
        control = self._form.controls.setdefault(name, Control(name, kind))
        control.is_open = not hidden and kind not in {"hidden", "readonly"}
        control.is_faulty = control.is_faulty or wrong or found.get("aria-invalid") == "true"
        control.longest = int(found.get("maxlength") or 0)
        value = found.get("value", "on" if found.get("type") in {"checkbox", "radio"} else "")
        if found.get("type") in {"checkbox", "radio"}:
            control.choices.append(value)
            if "checked" in found:
                control.values.append(value)
        elif tag == "input":
            control.values.append(value)
        elif tag == "select":
            self._select = control
        else:
            self._area = control
            control.values.append("")

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.values[-1] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        while self._stack:
            last = self._stack.pop()[0]
            if last == "template":
                self._blank -= 1
            if last == tag:
                break
