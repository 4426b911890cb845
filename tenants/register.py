"""Put the tenant plane into the application."""

from flask import Flask

from tenants.accounts import models as _accounts
from tenants.accounts import views as accounts
from tenants.accounts.brand import init_brand
from tenants.approvals import models as _approvals
from tenants.approvals import views as approvals
from tenants.backoffice import favourites, pages, persons, search
from tenants.backoffice import views as backoffice
from tenants.backoffice import workspace as own_workspace
from tenants.billing import jobs as _billing_jobs
from tenants.billing import transfer_views as billing_transfer
from tenants.billing import usage_views as billing_usage
from tenants.billing import views as billing
from tenants.billing.buyer import views as buyer
from tenants.billing.fapiao import views as fapiao
from tenants.bulk import models as _bulk
from tenants.bulk import views as bulk
from tenants.carriers import models as _carriers
from tenants.carriers import views as carriers
from tenants.catalogue import models as _catalogue
from tenants.catalogue import views as catalogue
from tenants.channels import jobs as _channel_jobs
from tenants.channels import models as _channels
from tenants.channels import views as channels
from tenants.customers import jobs as _customer_jobs
from tenants.customers import models as _customers
from tenants.customers import views as customers
from tenants.customers.messages import models as _messages
from tenants.customers.messages import views as customer_messages
from tenants.desk import models as _desk
from tenants.desk import views as desk
from tenants.notices import jobs as _notice_jobs
from tenants.notices import models as _notices
from tenants.notices import views as notices
from tenants.numbers import models as _numbers
from tenants.numbers import views as numbers
from tenants.orders import models as _orders
from tenants.orders import views as orders
from tenants.portal import views as portal
from tenants.records import models as _records
from tenants.records import views as records
from tenants.settlement import jobs as _settlement_jobs
from tenants.settlement import models as _settlement
from tenants.settlement import views as settlement
from tenants.setup import models as _setup
from tenants.setup import views as setup
from tenants.setup.cli import add_audit_commands
from tenants.tasks import jobs as _task_jobs
from tenants.tasks import views as tasks
from tenants.trust import views as trust

MODELS = (
    _accounts,
    _approvals,
    _bulk,
    _carriers,
    _catalogue,
    _channels,
    _customers,
    _messages,
    _notices,
    _desk,
    _numbers,
    _orders,
    _records,
    _settlement,
    _setup,
)

# Imported so that a worker knows them which has served no page.
WORK = (
    _billing_jobs,
    _channel_jobs,
    _customer_jobs,
    _notice_jobs,
    _settlement_jobs,
    _task_jobs,
)


def register_tenants(app: Flask) -> None:
    """Register every module's pages, commands and jobs."""
    init_brand(app)
    for blueprint in (
        *accounts.blueprints,
        *setup.blueprints,
        *billing.blueprints,
        *buyer.blueprints,
        *fapiao.blueprints,
        billing_transfer.blueprint,
        *billing_usage.blueprints,
        *approvals.blueprints,
        *trust.blueprints,
        *notices.blueprints,
        *tasks.blueprints,
        *desk.blueprints,
        *records.blueprints,
        *channels.blueprints,
        *catalogue.blueprints,
        *customers.blueprints,
        *customer_messages.blueprints,
        *numbers.blueprints,
        *orders.blueprints,
        *settlement.blueprints,
        *bulk.blueprints,
        *carriers.blueprints,
        *backoffice.blueprints,
        *search.blueprints,
        *favourites.blueprints,
        *own_workspace.blueprints,
        *persons.blueprints,
        *portal.blueprints,
    ):
        app.register_blueprint(blueprint)
    pages.link_all()
    add_audit_commands(app)
