"""Fetch products and rates with the right to them."""

from kit.errors import Missing
from tenants.catalogue import queries
from tenants.catalogue.models import Product, Rate
from tenants.channels.models import Channel


def product(public_id: str) -> Product:
    """Return a live product for the back office."""
    found = product_or_deleted(public_id)
    if found.deleted_at is not None:
        raise Missing(public_id)
    return found


def product_or_deleted(public_id: str) -> Product:
    """Return a product for the back office, even from the recycle bin."""
    found = queries.find_product(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def rate(product: Product, public_id: str) -> Rate:
    """Return a rate of a product."""
    found = queries.find_rate(public_id)
    if found is None or found.product_id != product.id:
        raise Missing(public_id)
    return found


def sellable(public_id: str, *, channel: Channel | None) -> Product:
    """Return a product that a channel may sell now; Missing for any other."""
    found = queries.find_product(public_id)
    if found is None or not queries.is_sellable(found, channel):
        raise Missing(public_id)
    return found
