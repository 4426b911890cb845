"""What the server knows outlives it, where it has a folder; and time goes on without it."""

import stripe

from infra.stripe_server.__main__ import point, running


def client(server, key="sk_test_kept"):
    return stripe.StripeClient(key, base_addresses={"api": server.base_url}, max_network_retries=0)


def test_it_is_all_there_after_a_restart(tmp_path, monkeypatch):
    monkeypatch.setenv("STRIPE_KEY", "sk_test_kept")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_1")
    with running(folder=tmp_path) as server:
        point(server, "http://127.0.0.1:9/webhooks/stripe")
        one = client(server).v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
        gone = client(server).v1.products.create({"name": "gone"})
        client(server).v1.products.delete(gone.id)
    with running(folder=tmp_path) as server:
        point(server, "http://127.0.0.1:9/webhooks/stripe")
        here = client(server).v1
        assert here.customers.retrieve(one.id).name == "Ada"
        assert here.customers.create({"name": "Ada"}, {"idempotency_key": "k"}).id == one.id
        assert here.products.list().data == []
        assert len(here.webhook_endpoints.list().data) == 2
        assert here.events.list().data[-1].type == "customer.created"
    assert (tmp_path.stat().st_mode & 0o077) == 0
