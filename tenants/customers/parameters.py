"""What a workspace sets about its customers."""

from kit.i18n import lazy_gettext as _l
from tenants.setup import parameters
from tenants.setup.parameters import Parameter

_HELP = _l("Nothing is sent to customers in the quiet hours; it leaves when they end.")

QUIET_SINCE = parameters.declare(
    Parameter(
        "customers.quiet_since",
        _l("Customers"),
        _l("Quiet hours begin at"),
        21,
        help=_HELP,
        unit=_l("o'clock"),
        at_least=0,
        at_most=23,
    )
)
QUIET_UNTIL = parameters.declare(
    Parameter(
        "customers.quiet_until",
        _l("Customers"),
        _l("Quiet hours end at"),
        8,
        help=_l("The same hour as they begin: there are none."),
        unit=_l("o'clock"),
        at_least=0,
        at_most=23,
    )
)
