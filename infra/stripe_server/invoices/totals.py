"""What an invoice comes to: discounts, taxes, the customer's balance; all in minor units."""

from decimal import ROUND_HALF_UP, Decimal

from infra.stripe_server.customers import balance_in
from infra.stripe_server.faults import Body
from infra.stripe_server.world import World


def rounded(value: Decimal) -> int:
    """Return a whole number of minor units, halves away from zero."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def shared(total: int, weights: list[int]) -> list[int]:
    """Split a total by weights; what remains goes to the largest remainders."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: -(total * weights[place] % whole))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def recompute(world: World, invoice: Body) -> Body:
    """Bring an invoice's sums up to date with its lines."""
    lines = invoice["lines"]["data"]
    for line in lines:
        line["invoice"] = invoice["id"]
        line["discount_amounts"], line["taxes"] = [], []
    _discount(world, invoice, lines)
    _tax(world, invoice, lines)
    subtotal = sum(line["amount"] for line in lines)
    off = sum(each["amount"] for line in lines for each in line["discount_amounts"])
    taxes = [each for line in lines for each in line["taxes"]]
    on_top = sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
    within = sum(each["amount"] for each in taxes if each["tax_behavior"] == "inclusive")
    total = subtotal - off + on_top
    invoice |= {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - within,
        "total": total,
        "total_excluding_tax": total - on_top - within,
        "total_discount_amounts": _summed(
            [each for line in lines for each in line["discount_amounts"]], "discount"
        ),
        "total_taxes": _taxes_summed(taxes),
        "total_pretax_credit_amounts": [],
    }
    if invoice["status"] == "draft":
        customer = world.get("customer", invoice["customer"])
        invoice["starting_balance"] = balance_in(customer, invoice["currency"])
    due = max(0, total + invoice["starting_balance"]) if total > 0 else 0
    invoice["amount_due"] = due - invoice["pre_payment_credit_notes_amount"]
    invoice["amount_remaining"] = max(0, invoice["amount_due"] - invoice["amount_paid"])
    return invoice


def applied_balance(invoice: Body) -> int:
    """Return what finalising an invoice does to its customer's balance."""
    starting, total = invoice["starting_balance"], invoice["total"]
    if total <= 0:
        return int(total)
    if starting < 0:
        return int(min(total, -starting))
    return int(-starting)


def _discount(world: World, invoice: Body, lines: list[Body]) -> None:
    for known_as in invoice["discounts"]:
        _take_off(world, known_as, [line for line in lines if line["discountable"]])
    for line in lines:
        for known_as in line["discounts"]:
            _take_off(world, known_as, [line])


def _take_off(world: World, known_as: str, lines: list[Body]) -> None:
    rule = world.get("discount", known_as)["_coupon"]
    open_lines = [(line, left) for line in lines if (left := after_discounts(line)) > 0]
    if rule["percent_off"] is not None:
        percent = Decimal(str(rule["percent_off"]))
        parts = [rounded(left * percent / 100) for _line, left in open_lines]
    else:
        most = min(rule["amount_off"], sum(left for _line, left in open_lines))
        parts = shared(most, [left for _line, left in open_lines])
    for (line, _left), part in zip(open_lines, parts, strict=True):
        line["discount_amounts"].append({"amount": part, "discount": known_as})


def after_discounts(line: Body) -> int:
    """Return what is left of a line's amount."""
    return int(line["amount"] - sum(each["amount"] for each in line["discount_amounts"]))


def _tax(world: World, invoice: Body, lines: list[Body]) -> None:
    customer = world.get("customer", invoice["customer"])
    free = customer["tax_exempt"] in {"exempt", "reverse"}
    default = [each["id"] for each in invoice["default_tax_rates"]]
    for line in lines:
        taxable = after_discounts(line)
        for known_as in line["_tax_rates"] or default:
            rate = world.get("tax_rate", known_as)
            percent = Decimal(str(rate["percentage"]))
            share = percent / (100 + percent) if rate["inclusive"] else percent / 100
            line["taxes"].append({
                "amount": 0 if free else rounded(taxable * share),
                "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
                "tax_rate_details": {"tax_rate": known_as},
                "taxability_reason": "customer_exempt" if free else "standard_rated",
                "taxable_amount": taxable,
                "type": "tax_rate_details",
            })  # fmt: skip


def _summed(parts: list[Body], name: str) -> list[Body]:
    sums: dict[str, int] = {}
    for each in parts:
        sums[each[name]] = sums.get(each[name], 0) + each["amount"]
    return [{"amount": amount, name: known_as} for known_as, amount in sums.items()]


def _taxes_summed(taxes: list[Body]) -> list[Body]:
    found: dict[str, Body] = {}
    for each in taxes:
        known_as = each["tax_rate_details"]["tax_rate"]
        known = found.setdefault(known_as, each | {"amount": 0, "taxable_amount": 0})
        known["amount"] += each["amount"]
        known["taxable_amount"] += each["taxable_amount"]
    return list(found.values())
