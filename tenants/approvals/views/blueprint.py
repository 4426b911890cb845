"""The blueprints that the pages of approvals hang on."""

from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE

blueprint = RealmBlueprint(
    "approvals", __name__, realm=OFFICE, url_prefix="/approvals", template_folder="../templates"
)
flow_blueprint = RealmBlueprint(
    "approval_flows",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/approvals",
    template_folder="../templates",
)
