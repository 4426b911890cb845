"""What a workspace sets about its numbers."""

from kit.i18n import lazy_gettext as _l
from tenants.setup import parameters
from tenants.setup.parameters import Parameter

HOLD_MINUTES = parameters.declare(
    Parameter(
        "numbers.hold_minutes",
        _l("Numbers and SIM cards"),
        _l("A number is held for"),
        30,
        help=_l("How long a number stays with whoever picked it while the order is entered."),
        unit=_l("minutes"),
        at_least=1,
        at_most=24 * 60,
    )
)
AGING_DAYS = parameters.declare(
    Parameter(
        "numbers.aging_days",
        _l("Numbers and SIM cards"),
        _l("A number rests for"),
        90,
        help=_l("How long a number that was given up rests before it can be sold again."),
        unit=_l("days"),
        at_least=1,
        at_most=730,
    )
)
