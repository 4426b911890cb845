"""Sign-ups and operators."""

from itertools import count

from sqlalchemy import select

from control.console.models import Operator
from control.console.services import ensure_operator
from control.signup.models import Signup
from control.signup.rules import NewSignup
from control.signup.services import Visitor, submit_signup
from kit import ids
from kit.db import control_session
from kit.security import hash_password

PASSWORD = "Blue-kettle-91"
OPERATOR_EMAIL = "ops@example.com"
_numbers = count(1)


def new_signup(**changes) -> NewSignup:
    number = next(_numbers)
    values = {
        "company": "广州山海通信有限公司",
        "address": f"shanhai{number}",
        "contact_name": "李山海",
        "username": f"shanhai_{number}",
        "email": f"li{number}@shanhai.example.com",
        "phone": f"139{number:08}",
        "password_hash": hash_password(PASSWORD),
        "purpose": "resell",
        "contact_role": "owner",
        "service_type": "self_service",
        "locale": "zh_Hans_CN",
    }
    return NewSignup(**(values | changes))


def make_signup(*, ip_address: str | None = None, **changes) -> Signup:
    return submit_signup(
        new_signup(**changes), submission=ids.secret(), ip_address=ip_address, by=Visitor()
    )


def make_operator(*, email: str = OPERATOR_EMAIL, password: str = PASSWORD) -> Operator:
    ensure_operator(email=email, password=password, name="平台小李")
    return control_session().scalars(select(Operator).where(Operator.email == email)).one()
