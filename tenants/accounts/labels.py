"""The words people read for accounts: groups of permissions, and the rows of the audit log."""

from kit.i18n import TimeDisplay
from kit.i18n import lazy_gettext as _l
from kit.security import PasswordPreset
from tenants.accounts import events
from tenants.accounts.kinds import FIELDS as MASKED
from tenants.accounts.models import (
    DataScope,
    FileFormat,
    LogInResult,
    LogInWay,
    Purpose,
    ResetWay,
    RevealWay,
    ShareAccess,
)
from tenants.accounts.permissions import SENTENCES
from tenants.accounts.wording import Detail, describe

GROUPS = {
    "User": _l("People"),
    "Role": _l("Roles"),
    "Unit": _l("Organisation units"),
    "Workspace": _l("Company profile"),
    "Billing": _l("Plan and billing"),
    "Channel": _l("Channels"),
    "Product": _l("Products"),
    "Number": _l("Numbers and SIM cards"),
    "Customer": _l("Customers"),
    "Order": _l("Orders"),
    "Settlement": _l("Settlement"),
    "Approval": _l("Approvals"),
    "Notice": _l("Notices"),
    "Export": _l("Exports"),
    "Desk": _l("Saved views"),
    "Task": _l("Background tasks"),
    "Document": _l("Documents"),
    "Tag": _l("Tags"),
    "Bin": _l("Recycle bin"),
    "Audit": _l("Audit log"),
    "Setup": _l("Basic settings"),
    "Help": _l("Help"),
}

FIELDS = {
    "username": _l("User name"),
    "name": _l("Name"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "language": _l("Language"),
    "density": _l("Rows of lists"),
    "time_display": _l("Times"),
    "file_format": _l("Files of exports"),
    "roles": _l("Roles"),
    "unit": _l("Organisation unit"),
    "company": _l("Company name"),
    "contact_name": _l("Contact"),
    "contact_phone": _l("Contact phone"),
    "address": _l("Address"),
    "colour": _l("Brand colour"),
    "logo_key": _l("Logo"),
    "max_depth": _l("Levels of channels"),
    "hold_minutes": _l("Minutes a number is held"),
    "preset": _l("Password policy"),
    "passwords_expire": _l("Passwords expire"),
    "mail_codes": _l("Codes by e-mail"),
    "sms_codes": _l("Codes by SMS"),
    "security_questions": _l("Security questions"),
    "passkey_for": _l("Roles that need a passkey"),
    "idle_minutes": _l("Screen lock"),
    "second_step_for": _l("Roles that need a second step"),
}
PRESETS = {
    PasswordPreset.MANUAL: _l(
        "8 characters or more, three of four kinds, a reminder after 60 days"
    ),
    PasswordPreset.ASVS: _l("12 characters or more of any kind, no reminder (ASVS)"),
}
SCOPES = {
    DataScope.ALL: _l("All records"),
    DataScope.UNITS: _l("Chosen units"),
    DataScope.UNIT_BELOW: _l("Own unit and those below"),
    DataScope.UNIT: _l("Own unit"),
    DataScope.CHANNELS: _l("Own channels and those below"),
    DataScope.OWN: _l("Own records"),
}
LEVELS = {1: _l("Headquarters"), 2: _l("Branch"), 3: _l("Outlet")}
LOG_IN_WAYS = {
    LogInWay.PASSWORD: _l("Password"),
    LogInWay.APP: _l("Authenticator app"),
    LogInWay.MAIL: _l("Code by e-mail"),
    LogInWay.LINK: _l("Link by e-mail"),
    LogInWay.SMS: _l("Code by SMS"),
    LogInWay.PASSKEY: _l("Passkey"),
    LogInWay.RECOVERY: _l("Recovery code"),
}
LOG_IN_RESULTS = {
    LogInResult.OPENED: _l("Signed in"),
    LogInResult.SECOND_STEP: _l("Second step asked for"),
    LogInResult.WRONG: _l("Wrong"),
    LogInResult.LOCKED: _l("Account locked"),
    LogInResult.DISABLED: _l("Account disabled"),
}
WAYS = {
    ResetWay.MAIL: _l("By mail"),
    ResetWay.SMS: _l("By SMS"),
}

PURPOSES = {
    Purpose.CONTACT: _l("Contact the customer"),
    Purpose.IDENTITY: _l("Check the identity"),
    Purpose.CARRIER: _l("Submit to the carrier"),
    Purpose.DELIVERY: _l("Delivery"),
    Purpose.COMPLAINT: _l("Complaint or appeal"),
    Purpose.OTHER: _l("Other"),
}
REVEAL_WAYS = {RevealWay.SHOWN: _l("Shown"), RevealWay.CALLED: _l("Called")}
TIME_DISPLAYS = {
    TimeDisplay.MINUTES: "2026-08-01 14:05",
    TimeDisplay.SECONDS: "2026-08-01 14:05:30",
    TimeDisplay.TWELVE_HOURS: _l("2026-08-01 2:05 PM"),
}
FILE_FORMATS = {FileFormat.XLSX: _l("Excel (.xlsx)"), FileFormat.CSV: _l("CSV (.csv)")}
ACCESSES = {ShareAccess.READ: _l("See"), ShareAccess.WRITE: _l("See and change")}

describe(
    {
        events.REVEALED.name: _l("Personal data revealed"),
        events.REVEAL_REFUSED.name: _l("Reveal refused: daily limit"),
        events.REVEAL_TASK_BEGUN.name: _l("Reason for reveals given for some hours"),
        events.REVEAL_TASK_ENDED.name: _l("Reason for reveals withdrawn"),
        events.CEILING_SET.name: _l("Daily limit of reveals set"),
        events.SHARED.name: _l("Record shared"),
        events.UNSHARED.name: _l("Share taken back"),
    },
    details={
        "field": Detail(_l("Field"), MASKED),
        "way": Detail(_l("Way"), REVEAL_WAYS),
        "purpose": Detail(_l("Purpose"), PURPOSES),
        "most": _l("Limit a day"),
        "before": _l("Before"),
        "after": _l("After"),
        "target": _l("Shared with"),
        "access": Detail(_l("Allowed to"), ACCESSES),
        "ends_on": _l("Until"),
    },
)
describe(
    {
        "workspace:seeded": _l("Workspace made"),
        events.SIGNED_IN.name: _l("Signed in"),
        events.SIGNED_OUT.name: _l("Signed out"),
        events.LOCKED.name: _l("Locked after wrong passwords"),
        events.SESSION_ENDED.name: _l("Ended a log-in"),
        events.SESSIONS_ENDED.name: _l("Ended other log-ins"),
        events.PROVED.name: _l("Entered the password again"),
        events.PASSWORD_CHANGED.name: _l("Changed the password"),
        events.PASSWORD_SET.name: _l("Set a first password"),
        events.RESET_ASKED.name: _l("Asked for a new password"),
        events.WAY_BACK_OPENED.name: _l("Platform operator opened a way back in"),
        events.PASSWORD_RESET.name: _l("Reset the password"),
        events.ADDED.name: _l("Person added"),
        events.EDITED.name: _l("Person changed"),
        events.DISABLED.name: _l("Person disabled"),
        events.ENABLED.name: _l("Person enabled"),
        events.ROLE_ADDED.name: _l("Role added"),
        events.ROLE_EDITED.name: _l("Role changed"),
        events.ROLE_DELETED.name: _l("Role deleted"),
        events.UNIT_ADDED.name: _l("Unit added"),
        events.UNIT_EDITED.name: _l("Unit changed"),
        events.UNIT_MOVED.name: _l("Unit moved"),
        events.UNIT_DELETED.name: _l("Unit deleted"),
        events.INVITED.name: _l("Invited"),
        events.INVITATION_REVOKED.name: _l("Invitation revoked"),
        events.INVITATION_ACCEPTED.name: _l("Invitation taken up"),
        events.CODE_TEXTED.name: _l("Code sent by SMS"),
        events.STEP_BY_CODE.name: _l("Codes chosen as second step"),
        events.MAIL_PROVED.name: _l("E-mail address proved"),
        events.MAIL_LINK_SENT.name: _l("Link sent to an e-mail address"),
        events.MAIL_LINK_DROPPED.name: _l("Change of the e-mail address given up"),
        events.PREFERRED.name: _l("Own settings changed"),
        events.PHONE_PROVED.name: _l("Mobile number proved"),
        events.PHONE_CODE_SENT.name: _l("Code sent to a mobile number"),
        events.ANSWERS_SET.name: _l("Security questions answered"),
        events.ANSWERS_DROPPED.name: _l("Answers to security questions deleted"),
        events.PASSKEY_ADDED.name: _l("Passkey added"),
        events.PASSKEY_RENAMED.name: _l("Passkey renamed"),
        events.PASSKEY_REMOVED.name: _l("Passkey removed"),
        events.PASSKEY_SUSPECTED.name: _l("A copy of a passkey was used"),
        events.PROFILE_EDITED.name: _l("Company profile changed"),
        events.FACTOR_ADDED.name: _l("Second step set up"),
        events.FACTOR_REMOVED.name: _l("Second step removed"),
        events.RECOVERY_RENEWED.name: _l("New recovery codes"),
        events.RECOVERY_USED.name: _l("Recovery code used"),
        events.CODE_MAILED.name: _l("Code sent by mail"),
        events.SCREEN_LOCKED.name: _l("Screen locked"),
        events.SCREEN_UNLOCKED.name: _l("Screen unlocked"),
        events.POLICY_EDITED.name: _l("Security rules changed"),
    },
    details={
        "changed": _l("Address changed"),
        "remembered": _l("Stay signed in"),
        "minutes": _l("Minutes"),
        "session": Detail(_l("Log-in"), internal=True),
        "way": Detail(_l("Way"), WAYS),
        "username": _l("User name"),
        "roles": _l("Roles"),
        "fields": Detail(_l("Changed"), FIELDS),
        "permissions": Detail(_l("Permissions"), SENTENCES),
        "added": Detail(_l("Permissions given"), SENTENCES),
        "parent": _l("Above it"),
        "before": _l("Before"),
        "after": _l("After"),
        "scope": Detail(_l("Data scope"), SCOPES),
        "units": _l("Units"),
        "days": _l("Days"),
        "idle": _l("By itself, after a while"),
        "replaced": _l("Instead of another app"),
        "left": _l("Codes left"),
        "preset": Detail(_l("Password policy"), PRESETS),
        "passkey_for": _l("Roles that need a passkey"),
        "second_step_for": _l("Roles that need a second step"),
        "removed": Detail(_l("Permissions taken away"), SENTENCES),
    },
    subjects={
        "User": _l("User"),
        "Role": _l("Role"),
        "Profile": _l("Company"),
        "Unit": _l("Organisation unit"),
        "SecurityPolicy": _l("Security"),
    },
)
