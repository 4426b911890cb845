"""Forms of people, roles, passwords, records and the company."""

from tenants.accounts.forms.company import ProfileForm, SecurityForm
from tenants.accounts.forms.door import (
    CodeForm,
    ForgotForm,
    LoginForm,
    NewPasskeyForm,
    NewPasswordForm,
    PasskeyForm,
    ResetForm,
    StepForm,
)
from tenants.accounts.forms.own import (
    ChangePasswordForm,
    OwnDetailsForm,
    OwnPasswordForm,
    PreferencesForm,
    ProveForm,
    QuestionsForm,
)
from tenants.accounts.forms.people import (
    EditUserForm,
    InviteForm,
    MoveUnitForm,
    NewUnitForm,
    NewUserForm,
    RoleForm,
    SetPasswordForm,
    UnitForm,
)
from tenants.accounts.forms.records import CeilingForm, ReasonForm, RevealForm, ShareForm

__all__ = [
    "CeilingForm",
    "ChangePasswordForm",
    "CodeForm",
    "EditUserForm",
    "ForgotForm",
    "InviteForm",
    "LoginForm",
    "MoveUnitForm",
    "NewPasskeyForm",
    "NewPasswordForm",
    "NewUnitForm",
    "NewUserForm",
    "OwnDetailsForm",
    "OwnPasswordForm",
    "PasskeyForm",
    "PreferencesForm",
    "ProfileForm",
    "ProveForm",
    "QuestionsForm",
    "ReasonForm",
    "ResetForm",
    "RevealForm",
    "RoleForm",
    "SecurityForm",
    "SetPasswordForm",
    "ShareForm",
    "StepForm",
    "UnitForm",
]
