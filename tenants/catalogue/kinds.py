"""Products as a kind of record."""

from sqlalchemy import Select

from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import RecordKind, register
from tenants.accounts.permissions import Permission
from tenants.catalogue import access, queries, services
from tenants.catalogue.models import Product
from tenants.records.bins import bin_of, register_bin


def _matching(statement: Select[Product], text: str) -> Select[Product]:
    return statement.where(queries.matches(text)).order_by(Product.id.desc())


# Products have no owner: whoever sees one sees all.
PRODUCT = register(
    RecordKind(
        code="product",
        label=_l("Products"),
        one=_l("Product"),
        icon="package",
        model=Product,
        endpoint="products.show",
        view=Permission.Product.VIEW,
        edit=Permission.Product.EDIT,
        rows=lambda: queries.listed_products(deleted=False),
        matching=_matching,
        show=lambda product: (product.name, product.code),
        called=lambda product: product.name,
        fetch=lambda public_id, _reach: access.product_or_deleted(public_id),
    )
)
BIN = register_bin(
    bin_of(
        PRODUCT,
        Permission.Product.EDIT,
        event="product:deleted",
        restore=lambda row, by: services.restore_product(row, by=by),
        purge=lambda row, by: services.purge_product(row, by=by),
    )
)
