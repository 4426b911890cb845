"""Verbs on channels, their grades, their people, and the log-in to the portal."""

from tenants.channels.services.codes import reset_password, send_login_code, sign_in_by_code
from tenants.channels.services.freezing import (
    freeze_channel,
    freeze_person,
    refuse_if_frozen,
    unfreeze_channel,
    unfreeze_person,
)
from tenants.channels.services.grades import add_grade, delete_grade, edit_grade
from tenants.channels.services.invitations import (
    accept_invitation,
    find_invited,
    invite,
    revoke_invitation,
    token_of,
)
from tenants.channels.services.moving import move_channel
from tenants.channels.services.sessions import (
    end_sessions,
    person_behind,
    set_password,
    sign_in,
    sign_out,
)
from tenants.channels.services.tree import (
    add_channel,
    delete_channel,
    edit_channel,
    lock,
    purge_channel,
    restore_channel,
    set_share,
)

__all__ = [
    "accept_invitation",
    "add_channel",
    "add_grade",
    "delete_channel",
    "delete_grade",
    "edit_channel",
    "edit_grade",
    "end_sessions",
    "find_invited",
    "freeze_channel",
    "freeze_person",
    "invite",
    "lock",
    "move_channel",
    "person_behind",
    "purge_channel",
    "refuse_if_frozen",
    "reset_password",
    "restore_channel",
    "revoke_invitation",
    "send_login_code",
    "set_password",
    "set_share",
    "sign_in",
    "sign_in_by_code",
    "sign_out",
    "token_of",
    "unfreeze_channel",
    "unfreeze_person",
]
