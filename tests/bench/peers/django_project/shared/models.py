"""The tenants of the benchmark."""

from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):
    """A tenant: its schema is made when it is saved."""

    auto_create_schema = True


class Domain(DomainMixin):
    """A tenant's host."""
