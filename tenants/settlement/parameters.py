"""What a workspace sets about settlement."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.permissions import Permission
from tenants.setup import parameters
from tenants.setup.parameters import Parameter

AT_MONTH_END = parameters.declare(
    Parameter(
        "settlement.at_month_end",
        _l("Settlement"),
        _l("Settle by itself at the end of the month"),
        False,
        help=_l(
            "In the first night of a month, what was due by the last day of the month before "
            "becomes payable. Who may settle is told what was settled."
        ),
        permission=Permission.Settlement.SETTLE,
    )
)
