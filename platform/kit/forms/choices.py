"""Fields that offer values; a value that was not offered is refused."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import wtforms
from wtforms import ValidationError

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

    def _options(self) -> list[tuple[str, str]]:
        given = self.offered() if callable(self.offered) else self.offered
        known = [(str(value), str(text)) for value, text in given]
        return known if self.radio else [("", str(self.empty)), *known]

    def refill(self, choices: Offered) -> None:
        """Offer other values in this request."""
        self.offered = choices
        self.choices = self._options()

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        self.data = typed or None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        if self.data is None:
            return
        if str(self.data) not in {value for value, _text in self._options()}:
            raise ValidationError(_("This choice does not exist any more."))


class ChoicesField(Options, wtforms.SelectMultipleField):
    """Any number of the offered values."""

    def __init__(
        self, label: object = None, choices: Offered = (), *, picker: bool = True, **options: Any
    ) -> None:
        self.offered = choices
        keywords = dict(options.pop("render_kw", None) or {})
        if picker:
            keywords["data-picker"] = True
        options["render_kw"] = keywords
        super().__init__(label, choices=self._options(), validate_choice=False, **options)

    def _options(self) -> list[tuple[str, str]]:
        given = self.offered() if callable(self.offered) else self.offered
        return [(str(value), str(text)) for value, text in given]

    def refill(self, choices: Offered) -> None:
        """Offer other values in this request."""
        self.offered = choices
        self.choices = self._options()

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        known = {value for value, _text in self._options()}
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
