"""Forms of the setup and the help."""

from typing import Any

from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    FileField,
    Form,
    IntegerField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.setup.dictionary import COLOURS
from tenants.setup.labels import COLOUR_NAMES, DATE_PARTS, FEEDBACK_STATES, RESETS
from tenants.setup.parameters import LONGEST as LONGEST_PARAMETER
from tenants.setup.parameters import AnyParameter
from tenants.setup.services.dictionary import LONGEST
from tenants.setup.services.help import LONGEST_BODY
from tenants.setup.services.numbering import NARROWEST, WIDEST
from tenants.setup.uploads import MEGABYTES


class ValueForm(Form):
    """Words and colour of a value of the dictionary."""

    label_zh = TextField(_l("In Chinese"), length=LONGEST, required=False)
    label_en = TextField(_l("In English"), length=LONGEST, required=False)
    colour = ChoiceField(
        _l("Colour"), [(one, COLOUR_NAMES[one]) for one in COLOURS], required=False
    )


class RuleForm(Form):
    """How the numbers of a kind of document look."""

    prefix = TextField(
        _l("Prefix"),
        length=8,
        required=False,
        help=_l("At most 8 capital letters and digits, a letter first."),
    )
    date_part = ChoiceField(_l("Date"), DATE_PARTS.items())
    width = IntegerField(
        _l("Digits of the counter"),
        at_least=NARROWEST,
        at_most=WIDEST,
        help=_l("A counter that needs more gets more."),
    )
    reset = ChoiceField(_l("Counter begins again"), RESETS.items())


def parameter_form(parameter: AnyParameter, value: object, version: int) -> Form:
    """Return the form that sets a parameter: the field that its type needs."""
    field: Any
    common: dict[str, Any] = {"help": parameter.help, "default": value}
    if isinstance(parameter.default, bool):
        field = CheckField(parameter.label, **common)
    elif isinstance(parameter.default, int):
        field = IntegerField(
            parameter.label,
            at_least=parameter.at_least,
            at_most=parameter.at_most,
            suffix=parameter.unit or None,
            **common,
        )
    elif parameter.choices:
        field = ChoiceField(parameter.label, parameter.choices, **common)
    else:
        field = TextField(parameter.label, length=LONGEST_PARAMETER, required=False, **common)
    made: type[Form] = type("ParameterForm", (Form,), {"value": field})
    return made(obj=_Versioned(version))


class _Versioned:
    """What a parameter's form is filled from besides its default."""

    def __init__(self, version: int) -> None:
        self.version = version


class ArticleForm(Form):
    """An article of the workspace's own."""

    title = TextField(_l("Title"), length=120)
    body = TextAreaField(
        _l("Text"),
        length=LONGEST_BODY,
        wide=True,
        help=_l("Markdown: ## heading, **bold**, - list, [words](address). No HTML."),
        render_kw={"rows": 14},
    )
    pages = ChoicesField(_l("Beside these pages"), required=False, wide=True)
    is_question = CheckField(_l("A frequent question"))
    is_active = CheckField(_l("Shown to everybody"), default=True)


class ContactForm(Form):
    """Whom the workspace's people turn to."""

    name = TextField(_l("Contact"), length=80, required=False)
    phone = TextField(_l("Phone"), length=40, required=False)
    hours = TextField(_l("Hours"), length=80, required=False)
    chat = TextField(
        _l("Chat"), length=80, required=False, help=_l("Such as a WeChat or QQ number.")
    )
    remark = TextAreaField(_l("Remark"), length=300, required=False)
    qr = FileField(
        _l("QR code"),
        extensions=("png", "jpg", "jpeg", "webp"),
        megabytes=MEGABYTES,
        required=False,
    )
    remove_qr = CheckField(_l("Remove the QR code"))
    is_public = CheckField(
        _l("Show it on the log-in page, too"), help=_l("Whoever cannot log in needs it most.")
    )


class FeedbackForm(Form):
    """Tell the administrators of a problem."""

    kind = ChoiceField(_l("What is it"))
    title = TextField(_l("In a few words"), length=120)
    body = TextAreaField(
        _l("What happened"),
        length=5_000,
        wide=True,
        help=_l("What did you do, what came, what did you expect?"),
    )
    page = TextField(_l("Page"), length=300, required=False, readonly=True)
    file = FileField(
        _l("Screenshot or PDF"),
        extensions=("png", "jpg", "jpeg", "webp", "pdf"),
        megabytes=MEGABYTES,
        required=False,
    )


class AnswerForm(Form):
    """Answer a report."""

    state = ChoiceField(_l("State"), FEEDBACK_STATES.items())
    answer = TextAreaField(_l("Reply"), length=5_000, required=False, wide=True)
