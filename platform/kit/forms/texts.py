"""Fields for text: cleaned, bounded, and never carrying what cannot be seen."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import phonenumbers
import wtforms
from email_validator import EmailNotValidError, validate_email
from wtforms import ValidationError, validators

from kit.forms import clean
from kit.i18n import gettext as _

DEFAULT_LENGTH = 200
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")


class Filled:
    """Something was sent; blanks alone are nothing, a zero is something."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, _form: object, field: Any) -> None:
        sent = field.raw_data[0] if field.raw_data else ""
        if not (sent.strip() if isinstance(sent, str) else sent):
            # What the field itself found wrong with nothing is beside the point.
            field.errors = []
            raise validators.StopValidation(_("Please fill this in."))


def make_optional(field: Any) -> None:
    """Let a field of a form be empty that otherwise may not."""
    rest = [one for one in field.validators if not isinstance(one, Filled)]
    field.validators = [validators.Optional(), *rest]
    field.flags.required = False


class Options:
    """What every field of ours takes besides WTForms' own arguments.

    `help` is shown under the field, `wide` gives it the whole row, `personal` keeps it out of
    drafts, `readonly` shows it grey and ignores what is sent, `suffix` stands behind the input.
    `only_when` names another field and the values of it with which this one is asked at all; with
    others it is hidden, holds nothing, and is not checked.
    """

    help: object
    wide: bool
    personal: bool
    readonly: bool
    suffix: object
    data: Any
    errors: Any
    stored: Any
    """The value that the record holds, beside what was typed."""
    only_when: tuple[str, Sequence[str]] | None
    is_idle: bool = False
    """Whether it is not asked, as `only_when` says."""
    theirs: str | None = None
    """What somebody else made of it meanwhile, as the browser would send it (a JSON list)."""

    def __init__(
        self,
        label: object = None,
        validators_: Sequence[Any] = (),
        *,
        required: bool = True,
        help: object = "",  # noqa: A002 - the word people know
        wide: bool = False,
        personal: bool = False,
        readonly: bool = False,
        suffix: object = "",
        only_when: tuple[str, Sequence[str]] | None = None,
        **options: Any,
    ) -> None:
        self.help, self.wide, self.personal, self.only_when = help, wide, personal, only_when
        self.readonly, self.suffix = readonly, suffix
        first = Filled() if required and not readonly else validators.Optional()
        given = (*options.pop("validators", ()), *validators_)
        super().__init__(label, validators=[first, *given], **options)  # type: ignore[call-arg]

    def validate(self, form: Any, *rest: Any) -> bool:
        """Check what was typed, unless this field is not asked: then there is nothing."""
        if self.is_idle:
            self.data = [] if isinstance(self.data, list) else None
            self.errors = ()
            return True
        checked: bool = super().validate(form, *rest)  # type: ignore[misc]
        return checked

    def process(self, formdata: Any, *rest: Any, **more: Any) -> None:
        super().process(None, *rest, **more)  # type: ignore[misc]
        self.stored = self.data
        # A read-only field says what the system knows; a forged value must not replace it.
        if formdata is not None and not self.readonly:
            super().process(formdata, *rest, **more)  # type: ignore[misc]


class TextField(Options, wtforms.StringField):
    """One line of text: trimmed, in NFC, at most `length` characters, nothing invisible."""

    lines = False

    def __init__(
        self,
        label: object = None,
        validators_: Sequence[Any] = (),
        *,
        length: int = DEFAULT_LENGTH,
        at_least: int = 0,
        **options: Any,
    ) -> None:
        self.length, self.at_least = length, at_least
        keywords = {"maxlength": length, **(options.pop("render_kw", None) or {})}
        super().__init__(label, validators_, render_kw=keywords, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = clean.normalise(valuelist[0], lines=self.lines)

    def _value(self) -> str:
        # Refused text is shown again; what HTML cannot hold is shown as a mark.
        return clean.visible(str(self.data or ""))

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        text = self.data or ""
        name = self.label.text
        if clean.has_control(text, lines=self.lines):
            raise ValidationError(_("%(field)s contains invisible control characters.", field=name))
        if clean.has_bidi_override(text):
            raise ValidationError(
                _("%(field)s contains characters that reverse the reading order.", field=name)
            )
        if len(text) > self.length:
            raise ValidationError(
                _("%(field)s: at most %(count)s characters.", field=name, count=self.length)
            )
        if text and len(text) < self.at_least:
            raise ValidationError(
                _("%(field)s: at least %(count)s characters.", field=name, count=self.at_least)
            )


class TextAreaField(TextField):
    """Several lines of text; wide and growing."""

    widget = wtforms.widgets.TextArea()
    lines = True

    def __init__(
        self, label: object = None, validators_: Sequence[Any] = (), **options: Any
    ) -> None:
        options.setdefault("length", 2_000)
        options.setdefault("wide", True)
        options["render_kw"] = {"rows": 3, **(options.get("render_kw") or {})}
        super().__init__(label, validators_, **options)


class SearchField(TextField):
    """A text that looks something up."""

    widget = wtforms.widgets.SearchInput()


class PasswordField(TextField):
    """A secret: shown as dots, never sent back, never kept in a draft, never trimmed."""

    widget = wtforms.widgets.PasswordInput()

    def __init__(
        self, label: object = None, validators_: Sequence[Any] = (), **options: Any
    ) -> None:
        options.setdefault("personal", True)
        options.setdefault("length", 128)
        options["render_kw"] = {
            "autocomplete": "current-password",
            **(options.get("render_kw") or {}),
        }
        super().__init__(label, validators_, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0]


class EmailField(TextField):
    """An e-mail address, with its domain in lower case."""

    widget = wtforms.widgets.EmailInput()

    def __init__(
        self, label: object = None, validators_: Sequence[Any] = (), **options: Any
    ) -> None:
        options.setdefault("length", 254)
        options["render_kw"] = {"autocomplete": "email", **(options.get("render_kw") or {})}
        super().__init__(label, validators_, **options)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        try:
            self.data = validate_email(self.data, check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError(_("This is not an e-mail address.")) from None


class PhoneField(TextField):
    """A telephone number; the data is E.164 (+8613800138000), China unless it says otherwise."""

    widget = wtforms.widgets.TelInput()

    def __init__(
        self,
        label: object = None,
        validators_: Sequence[Any] = (),
        *,
        region: str = "CN",
        mobile: bool = False,
        **options: Any,
    ) -> None:
        self.region, self.mobile = region, mobile
        options.setdefault("length", 30)
        options.setdefault("personal", True)
        options["render_kw"] = {
            "autocomplete": "tel",
            "inputmode": "tel",
            **(options.get("render_kw") or {}),
        }
        super().__init__(label, validators_, **options)

    def _value(self) -> str:
        text = super()._value()
        return text.removeprefix("+86") if self.region == "CN" else text

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data:
            self.data = self._e164(self.data)

    def _e164(self, text: str) -> str:
        digits = "".join(text.split()).replace("-", "")
        if self.region == "CN" and _CHINESE_MOBILE.fullmatch(digits):
            # The library lags behind newly opened prefixes; eleven digits from 13 on are mobiles.
            return f"+86{digits}"
        try:
            number = phonenumbers.parse(digits, self.region)
        except phonenumbers.NumberParseException:
            raise ValidationError(_("This is not a telephone number.")) from None
        kind = phonenumbers.number_type(number)
        mobiles = {
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        }
        if not phonenumbers.is_valid_number(number):
            raise ValidationError(_("This is not a telephone number."))
        if self.mobile and kind not in mobiles:
            raise ValidationError(_("This is not a mobile number: it has 11 digits."))
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
