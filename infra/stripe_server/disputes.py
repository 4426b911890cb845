"""Disputes: a card's holder objects; we answer, and win or lose."""

from stripe._dispute_service import DisputeService

from infra.stripe_server import balance
from infra.stripe_server.changes import merged
from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.times import later
from infra.stripe_server.world import World

KIND = "dispute"
FEE = 1_500
_OVER = frozenset({"won", "lost", "warning_closed"})


def open_dispute(world: World, charge: Body, *, reason: str = "general") -> Body:
    """Let the holder object to a charge: the money goes back for the time being."""
    with world.changing("charge.updated", charge):
        charge["disputed"] = True
    dispute = world.add(
        KIND,
        "du",
        amount=charge["amount"] - charge["amount_refunded"],
        charge=charge["id"],
        created=world.now(charge),
        currency=charge["currency"],
        customer=charge["customer"],
        enhanced_eligibility_types=[],
        evidence={},
        evidence_details={
            "due_by": later(world.now(charge), days=9), "enhanced_eligibility": {},
            "has_evidence": False, "past_due": False, "submission_count": 0,
        },
        is_charge_refundable=False,
        payment_intent=charge["payment_intent"],
        payment_method_details={"type": "card", "card": {
            "brand": "visa", "case_type": "chargeback", "network_reason_code": "83"}},
        reason=reason,
        status="needs_response",
    )  # fmt: skip
    movement = balance.book(world, "dispute", dispute, -dispute["amount"], fee=FEE)
    dispute["balance_transactions"] = [movement]
    world.emit("charge.dispute.created", dispute)
    world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(world: World, dispute: Body, *, won: bool) -> Body:
    """End a dispute; what was taken comes back when we win."""
    if dispute["status"] in _OVER:
        raise refuse(f"This dispute is already closed: {dispute['status']}.")
    dispute["status"] = "won" if won else "lost"
    if won:
        back = balance.book(world, "dispute_reversal", dispute, dispute["amount"])
        dispute["balance_transactions"] = [*dispute["balance_transactions"], back]
        # Stripe's documentation does not say whether a charge forgets that it was disputed.
        if not world.setting("keeps_disputed", default=False):
            charge = world.get("charge", dispute["charge"])
            with world.changing("charge.updated", charge):
                charge["disputed"] = False
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)
    return dispute


@route(DisputeService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(DisputeService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    dispute = world.get(KIND, known_as)
    if dispute["status"] in _OVER:
        raise refuse(f"This dispute is already closed: {dispute['status']}.")
    evidence = params.get("evidence") or {}
    with world.changing("charge.dispute.updated", dispute):
        dispute["metadata"] = merged(dispute["metadata"], params.get("metadata"))
        dispute["evidence"] = dispute["evidence"] | evidence
        dispute["evidence_details"]["has_evidence"] = bool(dispute["evidence"])
        if evidence and params.get("submit", True):
            dispute["status"] = "under_review"
            dispute["evidence_details"]["submission_count"] += 1
    # As Stripe's test mode does: these words decide.
    text = evidence.get("uncategorized_text", "")
    if text in {"winning_evidence", "losing_evidence"}:
        close(world, dispute, won=text == "winning_evidence")
    return dispute


@route(DisputeService.close)
def accept(world: World, params: Body, known_as: str) -> Body:
    del params
    return close(world, world.get(KIND, known_as), won=False)


@route(DisputeService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/disputes", params)
