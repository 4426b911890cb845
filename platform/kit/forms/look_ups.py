"""Fields for a record among very many: it is searched for, never listed.

What was chosen travels as its public id. A value is refused unless the person of the request may
see that record, whatever was sent.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import wtforms
from wtforms import ValidationError
from wtforms.fields import SelectChoice

from kit.forms import clean
from kit.forms.texts import Options
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

if TYPE_CHECKING:
    from kit.web.finding import Finder

_LONGEST = 64


def _key(sent: str) -> str:
    """Return what was sent as a key that can be looked for; a forged one finds nothing."""
    return clean.visible(sent[:_LONGEST])


class LookUpField(Options, wtforms.SelectField):
    """One record of a kind, found by what is typed; an optional one may stay empty (None).

    `besides` are other values that may always be chosen. `add` names the page on which such a
    record is made, offered to whoever holds `may_add`.
    """

    def __init__(
        self,
        label: object = None,
        *,
        finder: "Finder",
        empty: object = _l("Type to search"),
        besides: Sequence[tuple[str, object]] = (),
        add: str = "",
        may_add: str = "",
        **options: Any,
    ) -> None:
        self.finder, self.empty, self.besides = finder, empty, besides
        self.add, self.may_add = add, may_add
        super().__init__(label, choices=[], validate_choice=False, **options)

    @property
    def value(self) -> str:
        """What was chosen, after validation of a required field."""
        assert self.data is not None
        return str(self.data)

    def process_data(self, value: Any) -> None:
        self.data = str(value) if value else None
        self._offer()

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = _key(valuelist[0]) or None
            self._offer()

    def _offer(self) -> None:
        """Offer nothing but what is chosen; everything else is searched for."""
        besides = [SelectChoice(value, str(label)) for value, label in self.besides]
        is_one = any(choice.value == self.data for choice in besides)
        found = self.finder.recall([self.data]) if self.data and not is_one else ()
        chosen = [SelectChoice(one.key, one.name) for one in found]
        self.choices = [SelectChoice("", str(self.empty)), *besides, *chosen]

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        if self.data is not None and self.data not in {choice.value for choice in self.choices}:
            raise ValidationError(_("This choice does not exist any more."))


class LookUpsField(Options, wtforms.SelectMultipleField):
    """Any number of records of a kind, found by what is typed; their public ids."""

    def __init__(
        self,
        label: object = None,
        *,
        finder: "Finder",
        empty: object = _l("Type to search"),
        **options: Any,
    ) -> None:
        self.finder, self.empty = finder, empty
        super().__init__(label, choices=[], validate_choice=False, **options)

    def process_data(self, value: Any) -> None:
        self.data = [str(one) for one in value or ()]
        self._offer()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [_key(one) for one in valuelist if one]
        self._offer()

    def _offer(self) -> None:
        found = self.finder.recall(self.data) if self.data else ()
        self.choices = [SelectChoice(one.key, one.name) for one in found]

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        known = {choice.value for choice in self.choices}
        if any(one not in known for one in self.data or ()):
            raise ValidationError(_("This choice does not exist any more."))
