"""On the public site: what it costs, and the door at which Stripe rings."""

import structlog
from flask import Response, request

from control.billing.features import FEATURES, Feature
from control.billing.labels import COUNTED, amount_of_limit, intervals
from control.billing.limits import read_limits
from control.billing.online.inbox import take_in
from control.billing.online.taxes import rates_now
from control.billing.plans import offered_versions, sold_currencies
from control.billing.schedule import schedule_now
from control.billing.seller import seller_now
from control.signup.realm import SITE
from kit.payments import Forged, has_stripe, read_event
from kit.security import RealmBlueprint, public
from kit.settings import get_settings
from kit.web import csrf, page

_log = structlog.get_logger("control.billing")
LONGEST = 1_000_000

blueprint = RealmBlueprint("offers", __name__, realm=SITE, template_folder="templates")
blueprints = (blueprint,)


@blueprint.get("/prices")
@public
def prices() -> Response:
    """Show what is offered: prices by currency and interval, limits, features (B036)."""
    versions = offered_versions()
    currencies = sold_currencies()
    asked = request.args.get("currency", "")
    currency = asked if asked in currencies else ("CNY" if "CNY" in currencies else "")
    if not currency and currencies:
        currency = currencies[0]
    return page(
        "offers/prices.html",
        versions=versions,
        limits={one.id: read_limits(one.limits) for one in versions},
        counted=COUNTED,
        amount_of_limit=amount_of_limit,
        features=FEATURES,
        feature_codes=list(Feature),
        currencies=currencies,
        currency=currency,
        intervals=intervals(),
        dunning=schedule_now(),
        rate=rates_now().get(currency),
        has_stripe=has_stripe(),
        seller=seller_now(),
        closing_days=get_settings().closing_days,
    )


@blueprint.post("/webhooks/stripe")
@public
def stripe_webhook() -> Response:
    """Enter what Stripe says and answer at once; what it means is found out in the background.

    Anything that Stripe did not sign is answered 400 and leaves no trace but a line in the log.
    """
    if get_settings().stripe_webhook_secret is None:
        return Response(status=404)
    if (request.content_length or 0) > LONGEST:
        return Response(status=413)
    try:
        notice = read_event(request.get_data(cache=False), request.headers.get("Stripe-Signature"))
    except Forged as reason:
        _log.warning("webhook.forged", why=str(reason))
        return Response(status=400)
    take_in(notice, way="webhook")
    return Response(status=200)


# Whoever is not Stripe has no signature; no cookie is looked at.
csrf.exempt(stripe_webhook)
