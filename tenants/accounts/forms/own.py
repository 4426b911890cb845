"""Forms of one's own account."""

from kit.forms import (
    ChoiceField,
    EmailField,
    Form,
    PasswordField,
    PhoneField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.forms.door import NewPasswordForm
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
        _l("E-mail"), required=False, help=_l("Keep it valid: it resets your password.")
    )
    phone = PhoneField(
        _l("Mobile number"), mobile=True, required=False, help=_l("For log-in and codes by SMS.")
    )
    password = PasswordField(
        _l("Password"),
        required=False,
        help=_l("Needed when the e-mail or the mobile number changes."),
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
