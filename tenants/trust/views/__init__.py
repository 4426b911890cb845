"""Pages of support access and verification."""

from tenants.trust.views import door, support, verification

blueprints = (support.blueprint, verification.blueprint)

__all__ = ["blueprints", "door", "support", "verification"]
