"""The blueprints that the pages of this module hang on."""

from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE


def _blueprint(name: str, prefix: str) -> RealmBlueprint:
    return RealmBlueprint(
        name, __name__, realm=OFFICE, url_prefix=prefix, template_folder="../templates"
    )


records = _blueprint("records", "/records")
tag_settings = _blueprint("tags", "/settings/tags")
library = _blueprint("documents", "/documents")
files = _blueprint("files", "/files")
bin_ = _blueprint("recycle_bin", "/recycle-bin")
