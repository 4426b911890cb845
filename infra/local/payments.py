"""A server that speaks Stripe's API beside the application, where no key of Stripe's is set."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.environment import load_secrets
from infra.local.places import free_port
from infra.local.supervisor import Program

USUAL_PORT = 12111


def stripe_settings(settings: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Answer what leads the application to the server; nothing where a key is set already."""
    if settings.get("STRIPE_KEY"):
        return {}
    known = load_secrets(folder)
    return {
        "STRIPE_KEY": known.stripe_key,
        "STRIPE_WEBHOOK_SECRET": known.stripe_webhook_secret,
        "STRIPE_API_BASE": f"http://127.0.0.1:{free_port(USUAL_PORT)}",
        # Its developer's page lets a month go by; the application has to grow older with it.
        "CLOCK_FILE": str(folder / "clock"),
    }


def stripe_program(settings: Mapping[str, str], folder: Path) -> list[Program]:
    """Answer the server as a program, where the settings lead to it and not to somebody's own."""
    if settings.get("STRIPE_KEY") != load_secrets(folder).stripe_key:
        return []
    base = settings["STRIPE_API_BASE"]
    command = [
        *(sys.executable, "-m", "infra.stripe_server"),
        *("--port", base.rpartition(":")[2], "--folder", str(folder / "stripe")),
        *("--endpoint", f"http://{settings['BASE_DOMAIN']}/webhooks/stripe"),
        *("--clock", settings["CLOCK_FILE"]),
    ]
    # It needs nothing of the application's.
    environment = {
        name: value
        for name, value in (os.environ | settings).items()
        if name in {"PATH", "HOME", "LANG", "PYTHONUNBUFFERED"} or name.startswith("STRIPE_")
    }
    return [Program("stripe", command, environment, stage=3)]
