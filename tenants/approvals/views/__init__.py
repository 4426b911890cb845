"""Pages of approvals: the inbox, one approval, one's absences, and the setting up of flows."""

from tenants.approvals.views import absences, flows, inbox, of_record, one
from tenants.approvals.views.blueprint import blueprint, flow_blueprint

blueprints = (blueprint, flow_blueprint)

__all__ = ["absences", "blueprints", "flows", "inbox", "of_record", "one"]
