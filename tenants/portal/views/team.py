"""My team: sub-agents, their share, their people; only below the viewer's own channel."""

from flask import url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from kit import clock
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.qr import qr_data_url
from kit.security import requires
from kit.web import go, page
from tenants.catalogue import access as products
from tenants.catalogue import queries as catalogue
from tenants.catalogue import services as catalogue_services
from tenants.channels import access, queries, services
from tenants.channels.labels import percent
from tenants.channels.models import Channel, ChannelKind
from tenants.channels.permissions import PortalPermission
from tenants.portal.forms import AddChildForm, ChildShareForm, InviteForm, ReasonForm, ShareForm
from tenants.portal.surface import blueprint, viewer
from tenants.settlement.labels import milestone_word


def _member(public_id: str) -> Channel:
    """Return a channel strictly below the viewer's own; Missing for any other."""
    found = access.own_subtree_channel(viewer(), public_id)
    if found.id == viewer().channel_id:
        raise Missing(public_id)
    return found


def _child(public_id: str) -> Channel:
    """Return a direct sub-agent: shares are set by the parent and nobody else."""
    found = _member(public_id)
    if found.parent_id != viewer().channel_id:
        raise Missing(public_id)
    return found


@blueprint.get("/team/")
@requires(PortalPermission.TEAM)
def team() -> BaseResponse:
    own = viewer().channel
    return page(
        "portal/team.html",
        own=own,
        # Along the path, so that everybody stands below his upline.
        nodes=sorted(queries.team(own), key=lambda node: node.channel.ancestor_ids),
        can_grow=own.depth < queries.max_depth(),
    )


@blueprint.route("/team/new", methods=["GET", "POST"])
@requires(PortalPermission.TEAM)
def add_member() -> BaseResponse:
    form = AddChildForm()
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_channel(
                name=form.name.data,
                kind=ChannelKind.AGENT,
                contact_name=form.contact_name.data,
                contact_phone=form.contact_phone.data,
                parent=viewer().channel,
                share=form.share.value,
                by=current_user,
            )
        )
        if added is not None:
            return go(
                url_for("portal.invite", public_id=added.public_id),
                _("%(name)s has been added. Now invite its owner.", name=added.name),
            )
    return page(
        "portal/form.html",
        form=form,
        title=_("New sub-agent"),
        back=url_for("portal.team"),
        http_status=form.status,
    )


@blueprint.get("/team/<public_id>")
@requires(PortalPermission.TEAM)
def member(public_id: str) -> BaseResponse:
    found = _member(public_id)
    return page(
        "portal/member.html",
        percent=percent,
        channel=found,
        people=queries.people(found),
        is_child=found.parent_id == viewer().channel_id,
        back=url_for("portal.team"),
    )


@blueprint.route("/team/<public_id>/invite", methods=["GET", "POST"])
@requires(PortalPermission.TEAM)
def invite(public_id: str) -> BaseResponse:
    channel = _member(public_id)
    form = InviteForm()
    link = ""
    if form.validate_on_submit():
        made = form.attempt(
            lambda: services.invite(
                channel, role=form.role.value, name=form.name.data, by=current_user
            )
        )
        if made is not None:
            link = url_for("portal_join.show", token=made[1], _external=True)
    return page(
        "portal/invite.html",
        channel=channel,
        form=form,
        link=link,
        qr=qr_data_url(link) if link else "",
        back=url_for("portal.member", public_id=public_id),
        http_status=form.status,
    )


@blueprint.route("/team/<public_id>/share", methods=["GET", "POST"])
@requires(PortalPermission.TEAM)
def share(public_id: str) -> BaseResponse:
    child = _child(public_id)
    form = ShareForm(share=child.share)
    back = url_for("portal.shares", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(lambda: services.set_share(child, share=form.share.value, by=current_user))
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "portal/form.html",
        form=form,
        title=_("Share of %(name)s", name=child.name),
        back=back,
        http_status=form.status,
    )


@blueprint.get("/team/<public_id>/shares")
@requires(PortalPermission.TEAM)
def shares(public_id: str) -> BaseResponse:
    """Show what a sub-agent gets of each product, beside what I get."""
    child = _child(public_id)
    chain = queries.chain(child)
    offered = catalogue.sellable_products(child)
    return page(
        "portal/shares.html",
        percent=percent,
        channel=child,
        rates=[
            (product, catalogue.rates_for(product, chain, clock.today())) for product in offered
        ],
        milestone_word=milestone_word,
        back=url_for("portal.member", public_id=public_id),
    )


@blueprint.route(
    "/team/<public_id>/shares/<product_id>/<milestone>/<int:month>", methods=["GET", "POST"]
)
@requires(PortalPermission.TEAM)
def set_share(public_id: str, product_id: str, milestone: str, month: int) -> BaseResponse:
    child = _child(public_id)
    product = products.sellable(product_id, channel=viewer().channel)
    rate = next(
        (
            each
            for each in catalogue.rates_for(product, queries.chain(child), clock.today())
            if each.milestone == milestone and each.month == month
        ),
        None,
    )
    if rate is None:
        raise Missing(product_id)
    form = ChildShareForm(amount=rate.amounts[-1])
    back = url_for("portal.shares", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: catalogue_services.set_child_share(
                product,
                child,
                milestone=milestone,
                month=month,
                amount=form.amount.value,
                by=current_user,
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "portal/form.html",
        form=form,
        title=product.name,
        hint_amount=rate.amounts[-2],
        back=back,
        http_status=form.status,
    )


@blueprint.route("/team/<public_id>/freeze", methods=["GET", "POST"])
@requires(PortalPermission.TEAM)
def freeze(public_id: str) -> BaseResponse:
    child = _child(public_id)
    form = ReasonForm()
    back = url_for("portal.member", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.freeze_channel(child, reason=form.reason.data, by=current_user)
        )
        if not form.refused:
            return go(back, _("%(name)s is frozen.", name=child.name))
    return page(
        "portal/form.html",
        form=form,
        title=_("Freeze %(name)s", name=child.name),
        back=back,
        danger=True,
        submit=_("Freeze"),
        http_status=form.status,
    )


@blueprint.post("/team/<public_id>/unfreeze")
@requires(PortalPermission.TEAM)
def unfreeze(public_id: str) -> BaseResponse:
    child = _child(public_id)
    services.unfreeze_channel(child, by=current_user)
    return go(
        url_for("portal.member", public_id=public_id), _("%(name)s works again.", name=child.name)
    )
