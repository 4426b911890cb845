"""Fields that offer values; a value that was not offered is refused."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import wtforms
from wtforms import ValidationError
from wtforms.fields import SelectChoice

from kit.forms.texts import Options
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

Offered = Iterable[tuple[Any, object]] | Callable[[], Iterable[tuple[Any, object]]]


class ChoiceField(Options, wtforms.SelectField):
    """One of the offered values. Optional ones start with an empty choice, whose data is None."""

    def __init__(
        self,
        label: object = None,
        choices: Offered = (),
        *,
        required: bool = True,
        picker: bool = False,
        radio: bool = False,
        empty: object = _l("Please choose"),
        **options: Any,
    ) -> None:
        self.offered, self.empty, self.radio = choices, empty, radio
        keywords = dict(options.pop("render_kw", None) or {})
        if picker:
            keywords["data-picker"] = True
        options["render_kw"] = keywords
        super().__init__(
            label, required=required, choices=self._options(), validate_choice=False, **options
        )

    @property
    def value(self) -> str:
        """What was chosen, after validation of a required field."""
        assert self.data is not None
        return str(self.data)

    def _options(self) -> list[SelectChoice]:
        known = _read(self.offered)
        return known if self.radio else [SelectChoice("", str(self.empty)), *known]

    def refill(self, choices: Offered) -> None:
        """Offer other values in this request."""
        self.offered = choices
        self.choices = self._options()

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0] or None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        if self.data is None:
            return
        if str(self.data) not in {choice.value for choice in self.choices}:
            raise ValidationError(_("This choice does not exist any more."))


class ChoicesField(Options, wtforms.SelectMultipleField):
    """Any number of the offered values."""

    def __init__(
        self, label: object = None, choices: Offered = (), *, picker: bool = True, **options: Any
    ) -> None:
        keywords = dict(options.pop("render_kw", None) or {})
        if picker:
            keywords["data-picker"] = True
        options["render_kw"] = keywords
        super().__init__(label, choices=_read(choices), validate_choice=False, **options)

    def refill(self, choices: Offered) -> None:
        """Offer other values in this request."""
        self.choices = _read(choices)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        known = {choice.value for choice in self.choices}
        if any(str(value) not in known for value in self.data or ()):
            raise ValidationError(_("This choice does not exist any more."))


class CheckField(Options, wtforms.BooleanField):
    """Yes or no. `required` means that it must be ticked, as for an agreement."""

    def __init__(
        self,
        label: object = None,
        validators_: Sequence[Any] = (),
        *,
        required: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(label, validators_, required=required, **options)


def _read(offered: Offered) -> list[SelectChoice]:
    given = offered() if callable(offered) else offered
    return [SelectChoice(str(value), str(text)) for value, text in given]
