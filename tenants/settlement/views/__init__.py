"""The back office's pages of settlement."""

from tenants.settlement.views import journals, lines, payouts, runs
from tenants.settlement.views.blueprint import blueprint

blueprints = (blueprint,)

__all__ = ["blueprints", "journals", "lines", "payouts", "runs"]
