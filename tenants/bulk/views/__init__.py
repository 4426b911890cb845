"""Pages of files in and out."""

from tenants.bulk import jobs as _jobs
from tenants.bulk import kinds
from tenants.bulk.views import exports, many
from tenants.bulk.views import mapping as _mapping
from tenants.bulk.views import rows as _rows
from tenants.bulk.views import runs as _runs
from tenants.bulk.views import templates as _templates
from tenants.bulk.views.blueprint import blueprint

__all__ = ["_jobs", "_mapping", "_rows", "_runs", "_templates", "blueprints", "kinds"]

blueprints = (blueprint, exports.blueprint, many.blueprint)
