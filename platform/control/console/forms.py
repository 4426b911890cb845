"""The forms of the console."""

from collections.abc import Sequence
from typing import Any

from wtforms import ValidationError

from control.moving.plan import COPY, REPLICATION
from control.workspaces.models import Workspace
from kit.forms import ChoiceField, Form, PasswordField, TextAreaField, TextField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

_NEW_PASSWORD = {"autocomplete": "new-password"}


class LoginForm(Form):
    """An operator's e-mail address and password."""

    email = TextField(
        _l("E-mail address"),
        length=254,
        render_kw={"autocomplete": "username", "type": "email", "autofocus": True},
    )
    password = PasswordField(_l("Password"))


class PasswordForm(Form):
    """The old password and, twice, the new one."""

    old = PasswordField(_l("Old password"))
    password = PasswordField(
        _l("New password"),
        help=_l("At least 8 characters, of three kinds: lower case, upper case, digits, others."),
        render_kw=_NEW_PASSWORD,
    )
    confirm = PasswordField(_l("New password again"), render_kw=_NEW_PASSWORD)

    def validate_confirm(self, field: PasswordField) -> None:
        """Refuse two different new passwords."""
        if field.data != self.password.data:
            raise ValidationError(_("The two passwords differ."))


class ReasonForm(Form):
    """Why a workspace is shut or opened, and its address typed once more."""

    reason = TextAreaField(_l("Reason"), length=500)
    confirm = TextField(
        _l("The workspace's address, to confirm"),
        length=30,
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def __init__(self, workspace: Workspace, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.workspace = workspace

    def validate_confirm(self, field: TextField) -> None:
        """Refuse another workspace's address."""
        if field.data != self.workspace.address:
            raise ValidationError(_("Type %(address)s to confirm.", address=self.workspace.address))


MOVE_METHODS = (
    (
        REPLICATION,
        _l("Follow by replication: closed for a few seconds at the end"),
    ),
    (COPY, _l("Copy: closed for as long as the copy takes")),
)


class MoveForm(Form):
    """Where a workspace moves to, and how."""

    target = ChoiceField(_l("To cell"))
    method = ChoiceField(_l("Way"), MOVE_METHODS, radio=True, default=REPLICATION)

    def __init__(self, cells: Sequence[str], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.target.refill([(cell, cell) for cell in cells])
