"""The account's balance: charges come in, refunds, disputes and fees go out."""

from stripe._balance_service import BalanceService
from stripe._balance_transaction_service import BalanceTransactionService

from infra.stripe_server.faults import Body
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.world import World

KIND = "balance_transaction"
FEE_BASIS_POINTS = 290


def book(world: World, kind: str, source: Body, amount: int, *, fee: int | None = None) -> Body:
    """Write down that an amount came in or went out."""
    charged = amount * FEE_BASIS_POINTS // 10_000 if kind == "charge" else (fee or 0)
    details = [{"amount": charged, "application": None, "currency": source["currency"],
                "description": "Stripe processing fees", "type": "stripe_fee"}]  # fmt: skip
    return world.add(
        KIND,
        "txn",
        amount=amount,
        available_on=world.now(source),
        balance_type="payments",
        created=world.now(source),
        currency=source["currency"],
        description=source.get("description"),
        exchange_rate=None,
        fee=charged,
        fee_details=details if charged else [],
        net=amount - charged,
        reporting_category=kind,
        source=source["id"],
        status="available",
        type=kind,
    )


@route(BalanceService.retrieve)
def retrieve(world: World, params: Body) -> Body:
    del params
    sums: dict[str, int] = {}
    for each in world.where(KIND):
        sums[each["currency"]] = sums.get(each["currency"], 0) + each["net"]
    available = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(sums.items())
    ]
    pending = [{"amount": 0, "currency": currency, "source_types": {"card": 0}}
               for currency in sorted(sums)]  # fmt: skip
    return {"object": "balance", "available": available, "pending": pending, "livemode": False}


@route(BalanceTransactionService.retrieve)
def retrieve_transaction(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(BalanceTransactionService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/balance_transactions", params)
