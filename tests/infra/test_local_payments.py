"""The Stripe-compatible server beside the application, on a machine without a key of Stripe's."""

from pathlib import Path

from infra.local.environment import load_secrets
from infra.local.payments import stripe_program, stripe_settings
from infra.stripe_server.server import StripeServer

HERE = {"BASE_DOMAIN": "localhost:8000", "DATABASE_URL": "postgresql://secret"}


def test_it_leads_the_application_to_the_server(tmp_path):
    made = stripe_settings(HERE, tmp_path)
    known = load_secrets(tmp_path)
    assert made["STRIPE_KEY"] == known.stripe_key
    assert made["STRIPE_KEY"].startswith("sk_test_")
    assert made["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert made["STRIPE_API_BASE"].startswith("http://127.0.0.1:")
    (program,) = stripe_program(HERE | made, tmp_path)
    command = " ".join(str(word) for word in program.command)
    assert "http://localhost:8000/webhooks/stripe" in command
    # Others see the list of processes; and what it need not know it is not told.
    assert known.stripe_key not in command
    assert known.stripe_webhook_secret not in command
    assert "DATABASE_URL" not in program.environment
    assert program.environment["STRIPE_KEY"] == known.stripe_key


def test_a_month_that_goes_by_there_goes_by_here(tmp_path):
    made = stripe_settings(HERE, tmp_path)
    (program,) = stripe_program(HERE | made, tmp_path)
    assert made["CLOCK_FILE"] == program.command[program.command.index("--clock") + 1]
    written = Path(made["CLOCK_FILE"])
    server = StripeServer(clock_file=written)
    answer = server.app.test_client().post(
        "/_admin/clock/advance",
        json={"seconds": 2_592_000},
        headers={"Authorization": f"Bearer {made['STRIPE_KEY']}"},
    )
    assert (answer.status_code, written.read_text()) == (200, "2592000")


def test_a_key_of_stripes_is_left_alone(tmp_path):
    given = HERE | {"STRIPE_KEY": "sk_test_from_stripe", "STRIPE_API_BASE": "http://127.0.0.1:1"}
    assert stripe_settings(given, tmp_path) == {}
    assert stripe_program(given, tmp_path) == []
