"""The forms of the console."""

from collections.abc import Sequence
from typing import Any

from wtforms import ValidationError

from control.moving.plan import COPY, REPLICATION
from control.verification.labels import VERIFICATION_FIELDS
from control.workspaces.models import Workspace
from kit.forms import (
    ChoiceField,
    FileField,
    Form,
    IntegerField,
    PasswordField,
    TextAreaField,
    TextField,
)
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.settings import get_settings

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


class WayBackForm(ReasonForm):
    """The same, and the operator's own password."""

    own = PasswordField(_l("Your own password"), render_kw={"autocomplete": "current-password"})


class ExportForm(Form):
    """How an archive gets to its owner, and a passphrase where it is made here."""

    way = ChoiceField(
        _l("How the owner gets it"),
        (
            ("mail", _l("By a link to the owner's proven mailbox: the owner sets the passphrase")),
            ("here", _l("Made here with a passphrase agreed with the owner, and handed over")),
        ),
        radio=True,
        default="mail",
    )
    passphrase = PasswordField(
        _l("Passphrase of the archive"),
        required=False,
        help=_l("Only where it is made here: at least 12 characters."),
        render_kw=_NEW_PASSWORD,
    )
    again = PasswordField(_l("Passphrase again"), required=False, render_kw=_NEW_PASSWORD)

    def validate_again(self, field: PasswordField) -> None:
        """Refuse two different passphrases."""
        if self.way.data == "here" and field.data != self.passphrase.data:
            raise ValidationError(_("The two passphrases differ."))


class RemarksForm(Form):
    """What is wrong with which field of a verification."""

    legal_name = TextAreaField(VERIFICATION_FIELDS["legal_name"], length=500, required=False)
    credit_code = TextAreaField(VERIFICATION_FIELDS["credit_code"], length=500, required=False)
    representative = TextAreaField(
        VERIFICATION_FIELDS["representative"], length=500, required=False
    )
    document = TextAreaField(VERIFICATION_FIELDS["document"], length=500, required=False)
    licence = TextAreaField(VERIFICATION_FIELDS["licence"], length=500, required=False)
    authorisations = TextAreaField(
        VERIFICATION_FIELDS["authorisations"], length=500, required=False
    )

    @property
    def remarks(self) -> dict[str, str]:
        """What was typed, by field."""
        return {name: self[name].data or "" for name in VERIFICATION_FIELDS}


class RevokeForm(Form):
    """Why a verification is taken back."""

    reason = TextAreaField(_l("Reason"), length=500, help=_l("The workspace is told."))


class RevealForm(Form):
    """Why an operator needs to see a person's data."""

    reason = TextField(
        _l("Reason"), length=200, help=_l("It is logged here and in the workspace's own log.")
    )


def _cells() -> list[tuple[str, str]]:
    return [(name, name) for name in get_settings().cell_urls()]


_LABEL = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class CloneForm(Form):
    """Where a sandbox is made."""

    address = TextField(_l("Address of the sandbox"), length=30, render_kw=_LABEL)
    name = TextField(_l("Workspace name"), length=80, required=False)
    cell = ChoiceField(_l("Cell"), _cells, required=False)


class RestoreForm(Form):
    """An archive, its passphrase, and where it is restored."""

    file = FileField(
        _l("Archive"),
        extensions=("simtree",),
        megabytes=60,
        required=False,
        help=_l("Up to 60 MB. Put a larger one on the server and name it below."),
    )
    on_server = TextField(
        _l("File on the server"),
        length=120,
        required=False,
        help=_l("Its name in the folder archives/brought of the data folder."),
        render_kw=_LABEL,
    )
    passphrase = PasswordField(_l("Passphrase of the archive"), render_kw=_NEW_PASSWORD)
    address = TextField(_l("Address of the new workspace"), length=30, render_kw=_LABEL)
    name = TextField(
        _l("Workspace name"), length=80, required=False, help=_l("Empty: as in the archive.")
    )
    cell = ChoiceField(_l("Cell"), _cells, required=False)


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


class ShareForm(Form):
    """What a workspace may have of the workers; what is left empty is as usual."""

    weight = IntegerField(
        _l("Weight"),
        required=False,
        at_least=1,
        at_most=100,
        help=_l("With 2 it gets two pieces for one of everybody else's."),
    )
    in_flight = IntegerField(
        _l("At once at most"),
        required=False,
        at_least=1,
        at_most=1_000,
        help=_l("Pieces in a queue or at a worker, for each of the three queues."),
    )
    per_minute = IntegerField(_l("A minute at most"), required=False, at_least=1, at_most=1_000_000)
    reason = TextAreaField(_l("Reason"), length=300, required=False)

    def values(self) -> dict[str, Any]:
        """Return what was typed."""
        return {
            "weight": self.weight.data,
            "in_flight": self.in_flight.data,
            "per_minute": self.per_minute.data,
            "reason": self.reason.data or "",
        }
