"""The verbs of accounts, one file for each subject."""

from tenants.accounts.services.door_codes import send_code
from tenants.accounts.services.factors import (
    begin_factor,
    choose_codes,
    confirm_factor,
    remove_factor,
    remove_own_factor,
    renew_recovery_codes,
)
from tenants.accounts.services.invitations import (
    accept_invitation,
    invite_again,
    invite_people,
    revoke_invitation,
)
from tenants.accounts.services.log_ins import sign_in
from tenants.accounts.services.mail_links import forget_asked, prove_again
from tenants.accounts.services.passkeys import (
    add_passkey,
    ask_to_enrol,
    ask_to_make,
    ask_to_sign,
    enrol_passkey,
    pass_by_passkey,
    remove_passkey,
    rename_passkey,
)
from tenants.accounts.services.passwords import (
    ask_reset,
    change_password,
    questions_of,
    reset_by_code,
    reset_by_link,
    set_password,
)
from tenants.accounts.services.people import (
    add_user,
    disable_user,
    edit_own_details,
    edit_user,
    enable_user,
    end_all_sessions,
    prove_mail,
)
from tenants.accounts.services.phones import prove_phone, send_phone_code
from tenants.accounts.services.policy import edit_policy
from tenants.accounts.services.preferences import edit_preferences
from tenants.accounts.services.profile import edit_profile, record_export
from tenants.accounts.services.questions import drop_answers, set_answers
from tenants.accounts.services.reveals import (
    begin_task,
    end_task,
    reveal,
    revealed_today,
    set_ceiling,
)
from tenants.accounts.services.roles import add_role, delete_role, edit_role
from tenants.accounts.services.second_steps import (
    begin_enrolment,
    cancel_step,
    enrol,
    pass_step,
)
from tenants.accounts.services.sessions import (
    end_session,
    end_sessions,
    has_been_idle,
    has_proved_recently,
    lock_screen,
    prove,
    sign_out,
    touch,
    unlock_screen,
)
from tenants.accounts.services.shares import revoke_share, share_record
from tenants.accounts.services.units import add_unit, delete_unit, edit_unit, move_unit

__all__ = [
    "accept_invitation",
    "add_passkey",
    "add_role",
    "add_unit",
    "add_user",
    "ask_reset",
    "ask_to_enrol",
    "ask_to_make",
    "ask_to_sign",
    "begin_enrolment",
    "begin_factor",
    "begin_task",
    "cancel_step",
    "change_password",
    "choose_codes",
    "confirm_factor",
    "delete_role",
    "delete_unit",
    "disable_user",
    "drop_answers",
    "edit_own_details",
    "edit_policy",
    "edit_preferences",
    "edit_profile",
    "edit_role",
    "edit_unit",
    "edit_user",
    "enable_user",
    "end_all_sessions",
    "end_session",
    "end_sessions",
    "end_task",
    "enrol",
    "enrol_passkey",
    "forget_asked",
    "has_been_idle",
    "has_proved_recently",
    "invite_again",
    "invite_people",
    "lock_screen",
    "move_unit",
    "pass_by_passkey",
    "pass_step",
    "prove",
    "prove_again",
    "prove_mail",
    "prove_phone",
    "questions_of",
    "record_export",
    "remove_factor",
    "remove_own_factor",
    "remove_passkey",
    "rename_passkey",
    "renew_recovery_codes",
    "reset_by_code",
    "reset_by_link",
    "reveal",
    "revealed_today",
    "revoke_invitation",
    "revoke_share",
    "send_code",
    "send_phone_code",
    "set_answers",
    "set_ceiling",
    "set_password",
    "share_record",
    "sign_in",
    "sign_out",
    "touch",
    "unlock_screen",
]
