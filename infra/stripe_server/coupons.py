"""Coupons, the promotion codes people type, and the discounts that come of them."""

import secrets
import string
from typing import Any

from stripe._coupon_service import CouponService
from stripe._promotion_code_service import PromotionCodeService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.times import moved
from infra.stripe_server.world import World

KIND = "coupon"
CODE = "promotion_code"
DISCOUNT = "discount"


@route(CouponService.create)
def create(world: World, params: Body) -> Body:
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if (percent is None) == (amount is None):
        raise refuse("You must pass exactly one of `percent_off` and `amount_off`.")
    if percent is not None and not 0 < percent <= 100:
        raise refuse("Invalid percent_off: must be between 0 and 100.", param="percent_off")
    if amount is not None and not params.get("currency"):
        raise refuse("You must pass currency when passing amount_off.", param="currency")
    duration = params.get("duration", "once")
    if duration == "repeating" and not params.get("duration_in_months"):
        raise refuse("You must pass duration_in_months.", param="duration_in_months")
    if world.find(KIND, params.get("id")):
        raise refuse("Coupon already exists.", param="id", code="resource_already_exists")
    coupon = world.add(
        KIND,
        "",
        **{
            "id": "".join(secrets.choice(string.ascii_letters) for _ in range(8)),
            "amount_off": None, "currency": None, "duration": duration,
            "duration_in_months": None, "max_redemptions": None, "name": None,
            "percent_off": None, "redeem_by": None, "times_redeemed": 0, "valid": True,
        } | params,
    )  # fmt: skip
    world.emit("coupon.created", coupon)
    return coupon


@route(CouponService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return _current(world, world.get(KIND, known_as))


@route(CouponService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    coupon = world.get(KIND, known_as)
    with world.changing("coupon.updated", coupon):
        assign(coupon, params)
    return coupon


@route(CouponService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    coupon = world.get(KIND, known_as)
    coupon["valid"] = False
    world.emit("coupon.deleted", coupon)
    # Discounts that were given stay: they keep what they took from it.
    world.add("_deleted_coupon", "", **{**coupon, "object": "_deleted_coupon"})
    return world.remove(coupon)


@route(CouponService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/coupons", params)


def _current(world: World, coupon: Body) -> Body:
    coupon["valid"] = bool(coupon["valid"]) and why_not(world, coupon) is None
    return coupon


def why_not(world: World, coupon: Body) -> str | None:
    """Return why a coupon cannot be redeemed any more."""
    most, until = coupon["max_redemptions"], coupon["redeem_by"]
    used_up = most is not None and coupon["times_redeemed"] >= most
    over = until is not None and until <= world.now()
    return f"Coupon expired: {coupon['id']}" if used_up or over else None


# Promotion codes


@route(PromotionCodeService.create)
def create_code(world: World, params: Body) -> Body:
    coupon = params["promotion"].get("coupon")
    if not coupon:
        raise ApiError("Missing required param: promotion[coupon].", code="parameter_missing",
                       param="promotion[coupon]")  # fmt: skip
    world.get(KIND, coupon, "promotion[coupon]")
    text = params.get("code") or "".join(
        secrets.choice(string.ascii_uppercase + string.digits) for _ in range(8)
    )
    if code_called(world, text, customer=params.get("customer")):
        raise refuse(f"An active promotion code with `code: {text}` already exists.", param="code")
    code = world.add(
        CODE,
        "promo",
        **{
            "active": True, "customer": None, "expires_at": None, "max_redemptions": None,
            "times_redeemed": 0, "metadata": {},
        } | params | {
            "code": text,
            "promotion": {"type": "coupon", "coupon": coupon},
            "restrictions": {"first_time_transaction": False, "minimum_amount": None,
                             "minimum_amount_currency": None} | (params.get("restrictions") or {}),
        },
    )  # fmt: skip
    world.emit("promotion_code.created", code)
    return code


@route(PromotionCodeService.retrieve)
def retrieve_code(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(CODE, known_as)


@route(PromotionCodeService.update)
def update_code(world: World, params: Body, known_as: str) -> Body:
    code = world.get(CODE, known_as)
    with world.changing("promotion_code.updated", code):
        assign(code, params)
    return code


@route(PromotionCodeService.list)
def list_codes(world: World, params: Body) -> Body:
    filters = dict(params)
    if coupon := filters.pop("coupon", None):
        filters["promotion"] = {"coupon": coupon}
    return page(world, CODE, "/v1/promotion_codes", filters)


def code_called(world: World, text: str, *, customer: str | None = None) -> Body | None:
    """Return the active promotion code of a text, whatever its case."""
    for code in world.where(CODE, active=True):
        if code["code"].lower() == text.strip().lower() and code["customer"] in {None, customer}:
            return code
    return None


def check_code(world: World, code: Body, *, customer: str | None, amount: int | None) -> None:
    """Refuse a promotion code that cannot be redeemed by this customer, or not any more."""
    most, until = code["max_redemptions"], code["expires_at"]
    limits = code["restrictions"]
    why = None
    if not code["active"] or (until is not None and until <= world.now()):
        why = "This promotion code has expired."
    elif most is not None and code["times_redeemed"] >= most:
        why = "This promotion code has been used up."
    elif code["customer"] not in {None, customer}:
        why = "This promotion code belongs to another customer."
    elif (
        limits["first_time_transaction"]
        and customer
        and world.where("charge", customer=customer, status="succeeded")
    ):
        why = "This promotion code is for a first payment only."
    elif limits["minimum_amount"] and amount is not None and amount < limits["minimum_amount"]:
        why = "The amount is below this promotion code's minimum."
    if why:
        raise refuse(why, param="promotion_code", code="promotion_code_expired"
                     if "minimum" not in why else None)  # fmt: skip


# Discounts


def redeem(
    world: World,
    wanted: list[Body] | str | None,
    *,
    customer: str | None,
    amount: int | None = None,
    currency: str | None = None,
    **owner: Any,
) -> list[str]:
    """Turn the coupons and codes of a request into discounts and return their ids."""
    made = []
    for place, each in enumerate(wanted if isinstance(wanted, list) else []):
        if kept := each.get("discount"):
            made.append(world.get(DISCOUNT, kept, f"discounts[{place}][discount]")["id"])
            continue
        code, coupon = offer(world, each, f"discounts[{place}]", customer=customer, amount=amount)
        if coupon["currency"] and currency and coupon["currency"] != currency:
            raise refuse(
                f"This coupon is in {coupon['currency']}, not in {currency}.", param="discounts"
            )
        made.append(_give(world, coupon, code, customer=customer, **owner)["id"])
    return made


def offer(
    world: World, wanted: Body, param: str, *, customer: str | None, amount: int | None = None
) -> tuple[Body | None, Body]:
    """Return the code, if one is named, and the coupon of a wanted discount; refused if over."""
    code = None
    if wanted.get("promotion_code"):
        code = world.get(CODE, wanted["promotion_code"], f"{param}[promotion_code]")
        check_code(world, code, customer=customer, amount=amount)
        coupon = world.get(KIND, code["promotion"]["coupon"], f"{param}[promotion_code]")
    else:
        coupon = world.get(KIND, wanted.get("coupon") or "", f"{param}[coupon]")
    if why := why_not(world, coupon):
        raise refuse(why, param=f"{param}[coupon]", code="coupon_expired")
    return code, coupon


def _give(world: World, coupon: Body, code: Body | None, **owner: Any) -> Body:
    coupon["times_redeemed"] += 1
    if code is not None:
        code["times_redeemed"] += 1
    start = world.now(owner)
    months = coupon["duration_in_months"]
    discount = world.add(
        DISCOUNT,
        "di",
        **{"checkout_session": None, "invoice": None, "invoice_item": None, "subscription": None,
           "subscription_item": None} | owner,
        end=moved(start, "month", months) if coupon["duration"] == "repeating" else None,
        promotion_code=code["id"] if code else None,
        source={"type": "coupon", "coupon": coupon["id"]},
        start=start,
        _coupon={name: coupon[name] for name in ("percent_off", "amount_off", "currency",
                                                 "duration")},
    )  # fmt: skip
    if owner.get("customer"):
        world.emit("customer.discount.created", discount)
    return discount
