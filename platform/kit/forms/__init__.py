"""Forms: what people type, cleaned and checked, with errors in their language."""

from kit.forms.base import Form
from kit.forms.choices import CheckField, ChoiceField, ChoicesField
from kit.forms.dates import DateField, DateTimeField, TimeField
from kit.forms.files import FileField
from kit.forms.hidden import HiddenTextField
from kit.forms.lines import Line, LinesField
from kit.forms.look_ups import LookUpField, LookUpsField
from kit.forms.numbers import IntegerField, MoneyField, PercentField
from kit.forms.selected import SelectedField
from kit.forms.texts import (
    EmailField,
    PasswordField,
    PhoneField,
    SearchField,
    TextAreaField,
    TextField,
    make_optional,
)

__all__ = [
    "CheckField",
    "ChoiceField",
    "ChoicesField",
    "DateField",
    "DateTimeField",
    "EmailField",
    "FileField",
    "Form",
    "HiddenTextField",
    "IntegerField",
    "Line",
    "LinesField",
    "LookUpField",
    "LookUpsField",
    "MoneyField",
    "PasswordField",
    "PercentField",
    "PhoneField",
    "SearchField",
    "SelectedField",
    "TextAreaField",
    "TextField",
    "TimeField",
    "make_optional",
]
