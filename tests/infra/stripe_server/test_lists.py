"""Pages of objects, and objects inside objects."""

import pytest
import stripe


def test_a_list_is_read_page_by_page_in_both_directions(at_stripe):
    made = [at_stripe.v1.products.create({"name": f"P{number}"}).id for number in range(5)][::-1]
    first = at_stripe.v1.products.list({"limit": 2})
    assert [each.id for each in first.data] == made[:2]
    assert first.has_more
    second = at_stripe.v1.products.list({"limit": 2, "starting_after": made[1]})
    assert [each.id for each in second.data] == made[2:4]
    before = at_stripe.v1.products.list({"limit": 2, "ending_before": made[3]})
    assert [each.id for each in before.data] == made[1:3]
    last = at_stripe.v1.products.list({"limit": 2, "starting_after": made[3]})
    assert ([each.id for each in last.data][:1], last.has_more) == (made[4:], False)
    everything = at_stripe.v1.products.list({"limit": 2}).auto_paging_iter()
    assert [each.id for each in everything][:5] == made


def test_filters_are_the_lists_own_parameters(at_stripe):
    one, other = at_stripe.customer(), at_stripe.customer()
    price = at_stripe.price()
    mine = at_stripe.subscribe(one, price)
    at_stripe.subscribe(other, price)
    found = at_stripe.v1.invoices.list({"customer": one, "status": "paid"})
    assert [each.id for each in found.data] == [mine.latest_invoice.id]
    assert at_stripe.v1.invoices.list({"customer": one, "status": "open"}).data == []
    assert at_stripe.v1.invoices.list({"customer": one, "created": {"lt": 1}}).data == []
    assert len(at_stripe.v1.subscriptions.list({"customer": one, "status": "all"}).data) == 1


def test_of_a_customer_whom_nobody_knows_there_is_no_list(at_stripe):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.invoices.list({"customer": "cus_of_nobody"})
    assert refused.value.code == "resource_missing"


def test_ids_become_objects_where_they_are_expanded(at_stripe):
    customer = at_stripe.customer()
    sub = at_stripe.subscribe(customer, at_stripe.price())
    found = at_stripe.v1.subscriptions.list({
        "customer": customer,
        "expand": ["data.customer", "data.latest_invoice.payments", "data.items.data.price"],
    })  # fmt: skip
    assert found.data[0].customer.id == customer
    assert found.data[0].latest_invoice.payments.data[0].status == "paid"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        at_stripe.v1.subscriptions.retrieve(sub.id, {"expand": ["colour"]})
    assert "cannot be expanded" in refused.value.user_message


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": 101}, {"starting_after": "prod_none"}])
def test_it_refuses_pages_that_are_none(at_stripe, given):
    with pytest.raises(stripe.InvalidRequestError):
        at_stripe.v1.products.list(given)


def test_objects_are_searched_for(at_stripe):
    if at_stripe.account is None:
        pytest.skip("Stripe's own index is up to a minute late")
    for number in range(3):
        at_stripe.v1.customers.create(
            {"email": f"a{number}@x.test", "metadata": {"workspace": "t_1"}, "name": "Ada"}
        )
    query = "metadata['workspace']:'t_1' AND name~'AD'"
    found = at_stripe.v1.customers.search({"query": query, "limit": 2})
    assert [each.email for each in found.auto_paging_iter()] == [
        "a2@x.test", "a1@x.test", "a0@x.test",
    ]  # fmt: skip
    none = at_stripe.v1.customers.search({"query": "email:'nobody@x.test' AND created>1"})
    assert none.data == []
    with pytest.raises(stripe.InvalidRequestError):
        at_stripe.v1.customers.search({"query": "whatever I like"})
