"""The back office's pages of settlement."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.timeline import describe_export
from tenants.settlement.views import journals, lines, payouts, runs
from tenants.settlement.views.blueprint import EXPORTED, blueprint

blueprints = (blueprint,)
describe_export(
    EXPORTED,
    _l("Settlement data exported"),
    lines.LISTING,
    payouts.BALANCES,
    payouts.PAYOUTS,
    runs.RUNS,
    journals.JOURNALS_LIST,
)

__all__ = ["blueprints", "journals", "lines", "payouts", "runs"]
