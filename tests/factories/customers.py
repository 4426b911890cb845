"""Customers for tests; identity numbers are made up, in an area that is not assigned."""

from itertools import count
from typing import Any

import stdnum.cn.ric
import stdnum.cn.uscc

from kit import audit
from tenants.customers import services
from tenants.customers.models import Customer
from tenants.customers.services import NewCustomer

_numbers = count(1)


def resident_id(*, born: str = "19900307", order: int | None = None) -> str:
    """A resident number with a right check digit in the unassigned area 999999."""
    body = f"999999{born}{next(_numbers) % 1000 if order is None else order:03}"
    return body + stdnum.cn.ric.calc_check_digit(body + "0")


def licence() -> str:
    body = f"91110000{next(_numbers):09}"
    return body + stdnum.cn.uscc.calc_check_digit(body)


def new_customer(**changed: Any) -> NewCustomer:
    number = next(_numbers)
    values: dict[str, Any] = {
        "name": "周小满",
        "phone": f"137001{number:05}",
        "document_kind": "resident_id",
        "document": resident_id(),
        "province": "广东",
        "city": "深圳",
        "address": "深圳市南山区科技路 1 号",
    }
    return NewCustomer(**(values | changed))


def make_customer(*, by: Any = audit.SYSTEM, **changed: Any) -> Customer:
    (made,) = services.add_customers([new_customer(**changed)], by=by, same_phone_confirmed=True)
    return made
