"""Words for the choices of a sign-up and the steps of its build."""

from control.signup.models import ContactRole, Purpose, ServiceType
from kit.i18n import lazy_gettext as _l

PURPOSES = {
    Purpose.RESELL: _l("Resell number cards through channels"),
    Purpose.OPERATE: _l("Operate numbers of our own"),
    Purpose.ENTERPRISE: _l("Manage our company's numbers"),
    Purpose.TRY: _l("Have a look first"),
}
CONTACT_ROLES = {
    ContactRole.OWNER: _l("Owner or manager"),
    ContactRole.OPERATIONS: _l("Operations staff"),
    ContactRole.FINANCE: _l("Finance staff"),
    ContactRole.TECHNICAL: _l("Technical staff"),
}
SERVICE_TYPES = {
    ServiceType.SELF_SERVICE: _l("We set it up ourselves"),
    ServiceType.GUIDED: _l("Help with setting up"),
    ServiceType.MIGRATION: _l("Bring data from another system"),
}
STEPS = (
    _l("Your request is in the queue"),
    _l("A database schema of its own is made"),
    _l("Roles and your account are set up"),
    _l("The doors are opened"),
)
