"""Forms of one's own account."""

from kit.forms import (
    ChoiceField,
    EmailField,
    Form,
    PasswordField,
    PhoneField,
    TextField,
)
from kit.i18n import LANGUAGES
from kit.i18n import lazy_gettext as _l
from kit.web.desk import DENSITIES
from tenants.accounts.forms.door import NewPasswordForm
from tenants.accounts.labels import FILE_FORMATS, TIME_DISPLAYS
from tenants.accounts.questions import QUESTIONS


class ChangePasswordForm(NewPasswordForm):
    """Change one's own password."""

    old = PasswordField(_l("Present password"))


class ProveForm(Form):
    """Enter the password again."""

    password = PasswordField(_l("Password"), render_kw={"autofocus": True})


class OwnDetailsForm(Form):
    """Change one's own details."""

    username = TextField(_l("Username"), readonly=True, required=False)
    name = TextField(_l("Name"), length=60)
    email = EmailField(
        _l("E-mail"),
        required=False,
        help=_l("It resets your password. A new one counts once you followed the link we send."),
    )
    phone = PhoneField(
        _l("Mobile number"), mobile=True, required=False, help=_l("For log-in and codes by SMS.")
    )
    password = PasswordField(
        _l("Password"),
        required=False,
        help=_l("Needed when the e-mail or the mobile number changes."),
    )


class PreferencesForm(Form):
    """How one likes one's pages."""

    language = ChoiceField(
        _l("Language"),
        list(LANGUAGES.items()),
        required=False,
        empty=_l("That of the company"),
        help=_l("The switch at the top changes it in this browser only."),
    )
    density = ChoiceField(
        _l("Rows of lists"),
        list(DENSITIES.items()),
        radio=True,
        required=False,
        default="",
        help=_l("A list that you arranged yourself stays as it is."),
    )
    time_display = ChoiceField(_l("Times"), list(TIME_DISPLAYS.items()), radio=True)
    file_format = ChoiceField(
        _l("Files of exports"),
        list(FILE_FORMATS.items()),
        radio=True,
        help=_l("What an export offers first. Imports read both."),
    )


class OwnPasswordForm(Form):
    """Enter the own password before something is done to somebody else."""

    own = PasswordField(
        _l("Your own password"), help=_l("So that nobody does this at a screen you left.")
    )


class QuestionsForm(Form):
    """Three security questions and their answers."""

    first_question = ChoiceField(_l("First question"), list(QUESTIONS.items()))
    first_answer = TextField(_l("Your answer"), length=100, personal=True)
    second_question = ChoiceField(_l("Second question"), list(QUESTIONS.items()))
    second_answer = TextField(_l("Your answer"), length=100, personal=True)
    third_question = ChoiceField(_l("Third question"), list(QUESTIONS.items()))
    third_answer = TextField(_l("Your answer"), length=100, personal=True)
    own = PasswordField(_l("Your own password"))
