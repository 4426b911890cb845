"""The settings the application reads, as one machine needs them.

Whatever the caller's environment sets already is kept; only the rest is filled in.
Secrets are made once and kept in `var/secrets.json`, readable by their owner alone.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.servers import EmbeddedPostgres, postgres_binary

DATABASE = "simtree"
APP_USER = "simtree_app"
MIGRATOR_USER = "simtree_migrator"
BACKUP_USER = "simtree_backup"

# A super-user's and the migrator's address stay out of every process but the few that
# need them: a hole in the web process must not reach further than its own role.
PRIVILEGED = (
    "SUPERUSER_DATABASE_URL",
    "MIGRATOR_DATABASE_URL",
    "BACKUP_DATABASE_URL",
    "SIMTREE_APP_PASSWORD",
    "SIMTREE_MIGRATOR_PASSWORD",
    "SIMTREE_BACKUP_PASSWORD",
    "SIMTREE_MOVER_PASSWORD",
    "SUPERUSER_CELLS",
    "MIGRATOR_CELLS",
    "MOVER_CELLS",
)
# Who holds the migrator's address of control works in the other cells, too.
_BELONGS_TO = {"MIGRATOR_DATABASE_URL": {"MIGRATOR_DATABASE_URL", "MIGRATOR_CELLS", "MOVER_CELLS"}}


@dataclass(frozen=True)
class Secrets:
    """What has to stay the same from start to start, and known to nobody else."""

    secret_key: str
    master_keys: str
    app_password: str
    migrator_password: str
    backup_password: str
    operator_password: str
    stripe_key: str
    stripe_webhook_secret: str


def load_secrets(folder: Path) -> Secrets:
    """Answer this machine's secrets, made at the first call."""
    path = folder / "secrets.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "master_keys": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "app_password": secrets.token_urlsafe(24),
        "migrator_password": secrets.token_urlsafe(24),
        "backup_password": secrets.token_urlsafe(24),
        "operator_password": secrets.token_urlsafe(12),
        "stripe_key": f"sk_test_{secrets.token_hex(16)}",
        "stripe_webhook_secret": f"whsec_{secrets.token_hex(16)}",
    }
    everything = {**made, **known}
    if everything != known:
        # Complete and private before it has its name: a lost master key loses data.
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(everything, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(path)
    return Secrets(**{name: everything[name] for name in made})


def application_settings(
    *,
    given: Mapping[str, str],
    folder: Path,
    port: int,
    redis_url: str,
    postgres: EmbeddedPostgres | None,
) -> dict[str, str]:
    """Answer the complete environment, the privileged addresses included.

    Without `postgres` the caller's environment must name both databases' addresses.
    """
    known = load_secrets(folder)
    settings = {
        "SECRET_KEY": known.secret_key,
        "MASTER_KEYS": known.master_keys,
        "BASE_DOMAIN": f"localhost:{port}",
        "DATA_DIR": str(folder),
        # Filled beside the demonstration's ninety days: enough to see a sign-up open at once.
        "POOL_TARGET": "4",
        "POOL_BATCH": "2",
        "MAIL_URL": "files:",
        "SMS_URL": "files:",
        "ENVIRONMENT": "development",
        "OPERATOR_EMAIL": "operator@example.com",
        "OPERATOR_PASSWORD": known.operator_password,
        **{name: value for name, value in given.items() if value},
        "REDIS_URL": redis_url,
    }
    if postgres is not None:
        settings |= {
            "DATABASE_URL": postgres.host_url(APP_USER, known.app_password, DATABASE),
            "MIGRATOR_DATABASE_URL": postgres.host_url(
                MIGRATOR_USER, known.migrator_password, DATABASE
            ),
            "BACKUP_DATABASE_URL": postgres.host_url(BACKUP_USER, known.backup_password, DATABASE),
            "POSTGRES_BIN": str(postgres_binary("postgres").parent),
            "SUPERUSER_DATABASE_URL": postgres.url,
            "SIMTREE_APP_PASSWORD": known.app_password,
            "SIMTREE_MIGRATOR_PASSWORD": known.migrator_password,
            "SIMTREE_BACKUP_PASSWORD": known.backup_password,
        }
    return settings


def without_privileges(settings: Mapping[str, str], *, keep: str = "") -> dict[str, str]:
    """Answer the settings without the privileged ones, but for the one that is named."""
    kept = _BELONGS_TO.get(keep, {keep})
    return {
        name: value for name, value in settings.items() if name not in PRIVILEGED or name in kept
    }


def names_own_databases(given: Mapping[str, str] = os.environ) -> bool:
    """Say whether the caller brings a PostgreSQL; half an answer is refused."""
    app, migrator = (bool(given.get(name)) for name in ("DATABASE_URL", "MIGRATOR_DATABASE_URL"))
    if app != migrator:
        raise SystemExit(
            "Set DATABASE_URL and MIGRATOR_DATABASE_URL together, or neither of them: "
            "the application and its migrations log in as two different users."
        )
    return app
