"""Balances by channel, recording a payout, and the payouts with their proofs."""

from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Column, Filter, Grouping, Listing, RowAction, Tag, go, page
from kit.web.stored import head_of, send_stored
from tenants.accounts import room
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import current_session, reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.accounts.services import prove
from tenants.channels.kinds import CHANNEL
from tenants.channels.labels import STATE_COLOURS, STATES
from tenants.channels.models import Channel, ChannelState
from tenants.channels.queries import reached, reached_ids
from tenants.settlement import access, queries, services
from tenants.settlement.forms import PayForm
from tenants.settlement.labels import METHODS
from tenants.settlement.models import Payout
from tenants.settlement.proofs import kind_of, store_proof
from tenants.settlement.views.blueprint import blueprint, offer

BALANCES = Listing(
    name="balances",
    columns=[
        Column("name", _l("Channel")),
        Column("depth", _l("Depth"), kind="number", hidden=True),
        Column(
            "state",
            _l("State"),
            kind="tag",
            tags={state: Tag(STATES[state], STATE_COLOURS[state]) for state in ChannelState},
        ),
        Column("pending", _l("Pending settlement"), kind="money"),
        Column("payable", _l("Payable"), kind="money"),
        Column("paid", _l("Paid out"), kind="money"),
    ],
    filters=[
        Filter.text("name", _l("Channel"), column=Channel.name, match="contains"),
        Filter.choice("state", _l("State"), list(STATES.items()), column=Channel.state),
    ],
    default_sort="id",
    actions=[
        RowAction(
            _l("Record a payout"),
            lambda row: url_for("settlement.pay", public_id=row.public_id),
            drawer=True,
            visible=lambda row: row.payable > 0 and _may_pay(),
        )
    ],
    empty_title=_l("No channel has earned anything yet"),
    empty_hint=_l("Balances appear when orders of a channel reach a milestone."),
    empty_icon="wallet",
)
PAYOUTS = Listing(
    name="payouts",
    columns=[
        Column("paid_on", _l("Paid on"), kind="date"),
        Column("channel", _l("Channel"), value="channel.name"),
        Column(
            "amount",
            _l("Amount"),
            kind="money",
            currency=lambda payout: payout.currency,
            total=Payout.amount,
            total_currency=Payout.currency,
        ),
        Column("method", _l("Paid by"), kind="tag", tags=METHODS),
        Column("reference", _l("Transaction number"), copy=True, text=True),
        Column("remark", _l("Remark"), hidden=True, wrap=True),
        Column("actor_name", _l("By")),
        Column("created_at", _l("Recorded at"), kind="datetime"),
    ],
    filters=[
        Filter.look_up(
            "channel",
            _l("Channel"),
            CHANNEL,
            apply=lambda statement, value: statement.where(
                Payout.channel_id == access.channel(value, reach()).id
            ),
        ),
        Filter.date_range("paid", _l("Paid on"), column=Payout.paid_on),
    ],
    groupings=[
        Grouping("method", _l("Paid by"), Payout.method, names=METHODS),
        Grouping.by_month("month", _l("Month"), Payout.paid_on),
    ],
    actions=[
        RowAction(
            _l("Proof"),
            lambda payout: url_for("settlement.proof", public_id=payout.public_id),
            visible=lambda payout: payout.proof_key is not None,
        )
    ],
    identity=Payout.id,
    key_column=Payout.public_id,
    empty_title=_l("Nothing was paid out yet"),
    empty_hint=_l("Settle commission first, then record payouts under Balances."),
    empty_icon="cash",
)


def _may_pay() -> bool:
    return signed_in_user().can(Permission.Settlement.PAY)


def _balances(person: User, _args: Any) -> Select[Any]:
    return queries.balances_of_all().where(reached(reach_of(person, Permission.Settlement.VIEW)))


def _payouts(person: User, _args: Any) -> Select[Any]:
    within = reached_ids(reach_of(person, Permission.Settlement.VIEW))
    return queries.payouts().where(Payout.channel_id.in_(within))


BALANCES_SOURCE = offer(BALANCES, _l("Balances of channels"), _balances)
PAYOUTS_SOURCE = offer(PAYOUTS, _l("Payouts"), _payouts)


@blueprint.get("/balances/")
@requires(Permission.Settlement.VIEW)
def balances() -> BaseResponse:
    return BALANCES.respond(
        BALANCES_SOURCE.statement(signed_in_user(), request.args),
        session(),
        "settlement/balances.html",
    )


@blueprint.route("/balances/<public_id>/pay", methods=["GET", "POST"])
@requires(Permission.Settlement.PAY)
def pay(public_id: str) -> BaseResponse:
    channel = access.channel(public_id, reach())
    form = PayForm()
    if form.validate_on_submit():
        made = form.attempt(lambda: _pay(channel, form))
        if made is not None:
            return go(
                url_for("settlement.payouts"),
                _("The payout to %(channel)s is recorded.", channel=channel.name),
            )
    return page(
        "settlement/pay.html",
        http_status=form.status,
        form=form,
        channel=channel,
        balances=queries.balances(channel),
    )


def _pay(channel: Channel, form: PayForm) -> Payout:
    prove(current_session(), form.password.data)
    proof: FileStorage | None = form.proof.data or None
    key = store_proof(proof.stream) if proof is not None else None
    try:
        payout = services.pay(
            channel,
            **form.typed("amount", "method", "reference", "paid_on"),
            proof_key=key,
            proof_name=(proof.filename or "")[:200] if proof is not None else "",
            remark=form.remark.data or "",
            key=form.submission.data,
            by=signed_in_user(),
        )
    except Refused:
        _drop(key)
        raise
    if payout.proof_key != key:
        # A double click: the first submission's file is the one that is kept.
        _drop(key)
    return payout


def _drop(key: str | None) -> None:
    if key is not None:
        room.discard(key)


@blueprint.get("/payouts/")
@requires(Permission.Settlement.VIEW)
def payouts() -> BaseResponse:
    return PAYOUTS.respond(
        PAYOUTS_SOURCE.statement(signed_in_user(), request.args),
        session(),
        "settlement/payouts.html",
    )


@blueprint.get("/payouts/<public_id>/proof")
@requires(Permission.Settlement.VIEW)
def proof(public_id: str) -> Response:
    payout = access.payout(public_id, reach())
    if payout.proof_key is None:
        raise Missing(public_id)
    kind = kind_of(head_of(payout.proof_key))
    response = send_stored(
        payout.proof_key,
        mimetype=kind or "application/octet-stream",
        as_attachment=True,
        download_name=payout.proof_name or payout.public_id,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
