"""What other modules tell people of."""

from sqlalchemy import select

from kit import audit
from kit.db import session
from tenants.notices.models import Notice
from tenants.orders import services as orders
from tenants.orders.states import CarrierState
from tests.factories.accounts import make_user, owner
from tests.factories.bulk import checked, confirm, xlsx
from tests.factories.channels import make_channel
from tests.factories.notices import notices_of
from tests.factories.numbers import make_card, make_number
from tests.factories.orders import make_order


def kinds_of(person):
    return [one.kind for one in reversed(notices_of(person))]


def test_an_order_tells_those_it_concerns(in_acme):
    manager, seller, handler = make_user(name="经理"), make_user(), make_user(name="处理人")
    channel = make_channel(manager=manager)
    order = make_order(channel=channel, number=make_number(), card=make_card(), by=seller)
    assert kinds_of(manager) == ["orders:placed"]
    orders.pass_audit(order, by=owner())
    orders.assign_order(order, handler=handler, by=owner())
    orders.hold_order(order, cause="缺照片", by=handler)
    orders.release_order(order, by=owner())
    orders.submit_to_carrier(order, by=handler)
    orders.answer_submission(
        order.items[0], state=CarrierState.FAILED, code="E1", text="证件不清", by=handler
    )
    assert kinds_of(manager)[1:] == ["orders:assigned", "orders:held", "orders:failed"]
    assert kinds_of(seller) == ["orders:assigned", "orders:held", "orders:failed"]
    # Who did it himself is not told of it.
    assert kinds_of(handler) == ["orders:assigned"]
    told = notices_of(seller)[0]
    assert told.values == {"number": order.number, "person": handler.name, "reason": "证件不清"}
    orders.cancel_order(order, reason="客户取消", by=owner())
    assert kinds_of(handler) == ["orders:assigned", "orders:cancelled"]


def test_an_order_that_is_rejected_says_why(in_acme):
    seller = make_user()
    order = make_order(by=seller)
    orders.reject_order(order, reason="信息不符", by=owner())
    assert notices_of(seller)[0].values["reason"] == "信息不符"
    # An own sale that the system placed concerns nobody yet.
    make_order(by=audit.SYSTEM)
    assert kinds_of(seller) == ["orders:rejected"]


def test_who_brought_a_file_hears_what_became_of_it(in_acme):
    boss = owner().id
    sheet = xlsx(
        ["号段", "运营商", "省", "市"],
        ["1390514", "中国移动", "江苏", "扬州"],
        ["x", "中国移动", "江苏", "扬州"],
    )
    confirm(checked(sheet, kind="segments", by=owner()), without_bad=True)
    mine = select(Notice).where(Notice.user_id == boss).order_by(Notice.id)
    told = session().scalars(mine).all()
    assert [one.kind for one in told] == ["imports:checked", "imports:applied"]
    assert [told[0].values[name] for name in ("good", "bad")] == ["1", "1"]
    assert told[1].values["good"] == "1"
    checked(xlsx(["?"], ["1"]), kind="segments", by=owner())
    assert kinds_of(owner())[-1] == "imports:refused"
