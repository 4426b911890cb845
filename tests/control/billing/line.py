"""Stripe on one end, our inbox on the other, and what is bought over it."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from control.billing.models import BillingAccount, PlanPrice
from control.billing.online.checkout import begin_checkout
from control.billing.online.inbox import take_in
from kit import audit, clock
from kit.db import control_session
from kit.payments import Notice
from tests.stripe_server import Account


class Line:
    """What Stripe says is brought here by hand; `told` are the events that were brought."""

    def __init__(
        self, stripe: Account, work: Callable[[], object], told: Iterable[str] = ()
    ) -> None:
        self.stripe = stripe
        self.work = work
        self.told = set(told)
        self._heard: list[Notice] = []

    def news(self) -> list[Notice]:
        """Return the events that were not brought yet, oldest first."""
        if self._heard:
            # Whoever asks for what is newer than something is told it oldest first.
            newer = {"limit": 100, "ending_before": self._heard[-1].id}
            found = list(self.stripe.client.v1.events.list(newer).auto_paging_iter())
        else:
            found = list(self.stripe.client.v1.events.list({"limit": 100}).auto_paging_iter())[::-1]
        self._heard += [self.notice(one) for one in found]
        return [one for one in self._heard if one.id not in self.told]

    @staticmethod
    def notice(event) -> Notice:
        body = event.to_dict()
        about = body["data"]["object"]
        return Notice(
            event.id, event.type, event.created, about["object"], about.get("id", ""), body=body
        )

    def bring(self, notices: list[Notice] | None = None) -> None:
        """Deliver what is new (or what is given) and do the work it makes."""
        for one in self.news() if notices is None else notices:
            take_in(one, way="webhook")
            self.told.add(one.id)
        self.work()

    def pass_days(self, days: float) -> None:
        """Let time go by on both ends; nothing is delivered."""
        self.stripe.knob("clock/advance", seconds=int(days * 86_400))
        clock.advance(timedelta(days=days))


def purchase(
    line: Line, account: BillingAccount, price: PlanPrice, *, extra_seats: int = 0, **page: str
) -> None:
    """Buy a plan on the Checkout page, and hear of it."""
    url = begin_checkout(
        account,
        price,
        extra_seats=extra_seats,
        submission=f"buy-{price.public_id}",
        back_url="http://acme.localhost/settings/billing",
        by=audit.SYSTEM,
    )
    session = url.rstrip("/").rsplit("/", 1)[-1].split("#")[0]
    line.stripe.knob(f"checkout/{session}/complete", **page)
    line.bring()
    control_session().expire_all()
