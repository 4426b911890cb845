"""Putting a product on the shelf where somebody has to agree to it first (D136).

Without a flow for this kind of document, or with one that is switched off, it is one press.
"""

from flask import url_for

from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.tenancy import current
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.accounts.models import User
from tenants.approvals.kinds import Document, Fact, Kind, Outcome, register
from tenants.approvals.models import Approval
from tenants.approvals.services import submit
from tenants.catalogue import queries, services
from tenants.catalogue.labels import KINDS
from tenants.catalogue.models import Product


def _show(public_id: str) -> Document | None:
    product = queries.find_product(public_id)
    if product is None or product.deleted_at is not None:
        return None
    return Document(
        title=product.name,
        amount=product.retail_amount,
        currency=current().currency,
        # The version is no condition for a step: it tells that something was changed meanwhile.
        facts={
            "carrier": product.carrier,
            "kind": product.kind,
            "version": str(product.version),
        },
    )


def _put_on_shelf(outcome: Outcome) -> None:
    product = queries.find_product(outcome.document_id)
    if product is None:
        raise Refused(_("This product is no longer there."))
    product = services.lock(product)
    if str(product.version) != outcome.document.facts["version"]:
        raise Refused(_("%(name)s has been changed meanwhile.", name=product.name))
    services.put_on_shelf(product, by=outcome.by)


def _leave_as_it_is(outcome: Outcome) -> None:
    """Do nothing: a product that nobody agreed to never was on the shelf."""
    del outcome


ON_SHELF = register(
    Kind(
        code="product:on_shelf",
        label=_l("Product on the shelf"),
        show=_show,
        url=lambda public_id: url_for("products.show", public_id=public_id),
        on_approved=_put_on_shelf,
        on_rejected=_leave_as_it_is,
        facts=(
            Fact("carrier", _l("Carrier"), list(CARRIER_LABELS.items())),
            Fact("kind", _l("Kind of product"), list(KINDS.items())),
        ),
    )
)


def offer_product(product: Product, *, by: User) -> Approval | None:
    """Put a product on the shelf, or send it for approval where a flow asks for that.

    Returns the approval that it waits for now, None when it is on the shelf.
    """
    approval = submit(ON_SHELF, product.public_id, by=by)
    if approval is None:
        services.put_on_shelf(product, by=by)
    return approval
