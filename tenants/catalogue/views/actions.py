"""What is done to a product with one press: shelf, recycle bin."""

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import requires
from kit.web import back_url, done, go
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.catalogue import access, services, shelf
from tenants.catalogue.views.blueprint import blueprint


@blueprint.post("/<public_id>/put-on-shelf")
@requires(Permission.Product.EDIT)
def put_on_shelf(public_id: str) -> BaseResponse:
    product = access.product(public_id)
    back = back_url(url_for("products.index"))
    if shelf.offer_product(product, by=signed_in_user()) is not None:
        sentence = _("%(name)s has been submitted for approval.", name=product.name)
        return go(back, sentence, level="info")
    return go(back, _("%(name)s is on the shelf.", name=product.name))


@blueprint.post("/<public_id>/take-off-shelf")
@requires(Permission.Product.EDIT)
def take_off_shelf(public_id: str) -> BaseResponse:
    product = access.product(public_id)
    services.take_off_shelf(product, by=signed_in_user())
    return go(
        back_url(url_for("products.index")), _("%(name)s is off the shelf.", name=product.name)
    )


@blueprint.post("/<public_id>/delete")
@requires(Permission.Product.EDIT)
def delete(public_id: str) -> BaseResponse:
    product = access.product(public_id)
    services.delete_product(product, by=signed_in_user())
    return done(_("%(name)s has been deleted.", name=product.name), url=url_for("products.index"))


@blueprint.post("/<public_id>/restore")
@requires(Permission.Product.EDIT)
def restore(public_id: str) -> BaseResponse:
    product = access.product_or_deleted(public_id)
    services.restore_product(product, by=signed_in_user())
    return go(
        url_for("products.show", public_id=public_id),
        _("%(name)s has been restored.", name=product.name),
    )
