"""Lines of a form: the parts of one record, entered below each other and saved together (E033)."""

from collections.abc import Sequence
from typing import Any

import wtforms
from wtforms import Field, FormField

from kit.forms.translating import CatalogueTranslations
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

BLANK = "__line__"
"""Stands in the names of the line that the browser copies when one is added."""


class Line(wtforms.Form):
    """The fields of one line."""

    class Meta:
        def get_translations(self, _form: object) -> CatalogueTranslations:
            return CatalogueTranslations()


class LinesField(wtforms.FieldList):
    """At least one line, and at most so many; what is sent beyond that is refused, not cut off."""

    # What the form's templates and checks ask of every field.
    wide, personal, readonly, is_idle, suffix = True, False, False, False, ""
    only_when = theirs = None

    def __init__(
        self,
        label: object = None,
        *,
        line: type[Line],
        at_most: int = 50,
        add: object = _l("Add a line"),
        help: object = "",  # noqa: A002 - the word people know
        **options: Any,
    ) -> None:
        self.at_most, self.add, self.help = at_most, add, help
        self.line = line
        self._own: list[str] = []
        self._is_too_long = False
        super().__init__(FormField(line), label, min_entries=1, max_entries=at_most, **options)

    @property
    def lines(self) -> list[Line]:
        """The lines, each a small form."""
        return [entry.form for entry in self.entries]

    @property
    def blank(self) -> Line:
        """The line that is copied when one is added."""
        blank = self.line(prefix=f"{self.name}-{BLANK}-")
        for name, field in blank._fields.items():
            offered = self.lines[0]._fields[name]
            if hasattr(offered, "choices"):
                field.choices = offered.choices
        return blank

    def refill(self, name: str, choices: Any) -> None:
        """Offer other values in one field of every line."""
        for line in self.lines:
            line[name].refill(choices)

    def process(self, formdata: Any, *rest: Any, **more: Any) -> None:
        sent = set(self._extract_indices(self.name, formdata)) if formdata else set()
        self._is_too_long = len(sent) > self.at_most
        super().process(formdata, *rest, **more)

    def validate(self, form: Any, extra_validators: Sequence[Any] = ()) -> bool:  # noqa: ARG002
        self._own = []
        for entry in self.entries:
            entry.validate(form)
        if self._is_too_long:
            self._own = [str(_("At most %(count)s lines.", count=self.at_most))]
        return not self.errors

    @property
    def sentences(self) -> list[str]:
        """What is wrong with the lines as a whole."""
        return self._own

    @property
    def errors(self) -> list[Any]:
        return [*self._own, *(entry.errors for entry in self.entries if entry.errors)]

    @errors.setter
    def errors(self, given: Sequence[Any]) -> None:
        # WTForms empties them before it validates.
        self._own = [str(one) for one in given if not isinstance(one, dict)]

    @property
    def first_error(self) -> str:
        """The id of the first field at fault."""
        faulty = (str(one.id) for line in self.lines for one in line if one.errors)
        return next(faulty, str(self.id))

    def find(self, name: str) -> Field | None:
        """Return the field that a refusal names: `lines-2-number`, or `number` of the only line."""
        if name.startswith(f"{self.name}-"):
            place, _dash, inner = name.removeprefix(f"{self.name}-").partition("-")
            line = self.lines[int(place)]
        elif len(self.entries) == 1:
            line, inner = self.lines[0], name
        else:
            return None
        return line._fields.get(inner)
