"""What can change of the ways into an account, in the words of the mail about it."""

from enum import StrEnum

from kit.i18n import lazy_gettext as _l


class Change(StrEnum):
    """What changed."""

    PASSWORD = "password"  # noqa: S105 - a word, no password
    PASSWORD_SET = "password_set"  # noqa: S105 - a word, no password
    APP_ADDED = "app_added"
    SECOND_STEP_REMOVED = "second_step_removed"
    CODES = "codes"
    BY_CODE = "by_code"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_SUSPECTED = "passkey_suspected"
    EMAIL = "email"
    PHONE = "phone"
    ANSWERS = "answers"
    WAY_BACK = "way_back"


WORDS = {
    Change.PASSWORD: _l("The password was changed."),
    Change.PASSWORD_SET: _l("An administrator set a new password."),
    Change.APP_ADDED: _l("An authenticator app was set up."),
    Change.SECOND_STEP_REMOVED: _l("The second step was switched off."),
    Change.CODES: _l("New recovery codes were made."),
    Change.BY_CODE: _l("Codes by SMS or e-mail were chosen as second step."),
    Change.PASSKEY_ADDED: _l("A passkey was added."),
    Change.PASSKEY_REMOVED: _l("A passkey was removed."),
    Change.PASSKEY_SUSPECTED: _l("A copy of a passkey was used; it opens nothing any more."),
    Change.EMAIL: _l("The e-mail address was changed."),
    Change.PHONE: _l("The mobile number was changed."),
    Change.ANSWERS: _l("The security questions were changed."),
    Change.WAY_BACK: _l(
        "The platform operator mailed the company a link that sets a new password for you and "
        "takes off the second step."
    ),
}
