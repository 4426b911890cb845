"""Find products from everywhere, and let them carry what any record may have."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.catalogue import access, queries, services
from tenants.catalogue.models import Product
from tenants.records.kinds import Bin, Binned, RecordKind, deleted_by, register, register_bin


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
RECORD = register(
    RecordKind(
        finder=FINDER,
        # Products have no owner: whoever sees one sees all.
        fetch=lambda public_id, _reach: access.product_or_deleted(public_id),
        edit=Permission.Product.EDIT,
    )
)


def _deleted(_person: User | None) -> Binned:
    return select(
        Product.id,
        Product.public_id,
        Product.name,
        Product.deleted_at,
        deleted_by(Product.public_id, "product:deleted"),
    ).where(Product.deleted_at.is_not(None))


BIN = register_bin(
    Bin(
        code=FINDER.kind,
        label=FINDER.label,
        icon=FINDER.icon,
        permission=Permission.Product.EDIT,
        deleted=_deleted,
        fetch=lambda public_id, _person: access.product_or_deleted(public_id),
        restore=lambda row, by: services.restore_product(row, by=by),
        purge=lambda row, by: services.purge_product(row, by=by),
    )
)
