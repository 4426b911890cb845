"""Find products from everywhere."""

from collections.abc import Collection, Iterable

from flask import url_for

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.permissions import Permission
from tenants.catalogue import queries
from tenants.catalogue.models import Product


def _find(text: str, limit: int) -> Iterable[Found]:
    live = queries.listed_products(deleted=False).where(queries.matches(text))
    return map(_found, session().scalars(live.order_by(Product.id.desc()).limit(limit)))


def _recall(keys: Collection[str]) -> Iterable[Found]:
    chosen = queries.listed_products(deleted=False).where(Product.public_id.in_(keys))
    return map(_found, session().scalars(chosen))


def _found(product: Product) -> Found:
    url = url_for("products.show", public_id=product.public_id)
    return Found(product.public_id, product.name, url, product.code)


FINDER = Finder(
    kind="product",
    label=_l("Products"),
    icon="package",
    permission=Permission.Product.VIEW,
    find=_find,
    recall=_recall,
    endpoint="products.show",
)
