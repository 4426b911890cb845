"""Forms of people, roles, passwords, records and the company."""

from tenants.accounts.forms.company import ProfileForm, SecurityForm
from tenants.accounts.forms.door import CodeForm, ForgotForm, LoginForm, NewPasswordForm, StepForm
from tenants.accounts.forms.own import (
    ChangePasswordForm,
    OwnDetailsForm,
    OwnPasswordForm,
    ProveForm,
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
    "NewPasswordForm",
    "NewUnitForm",
    "NewUserForm",
    "OwnDetailsForm",
    "OwnPasswordForm",
    "ProfileForm",
    "ProveForm",
    "ReasonForm",
    "RevealForm",
    "RoleForm",
    "SecurityForm",
    "SetPasswordForm",
    "ShareForm",
    "StepForm",
    "UnitForm",
]
