import base64

import pytest

from infra.local.environment import (
    application_settings,
    load_secrets,
    names_own_databases,
    without_privileges,
)
from infra.local.servers import EmbeddedPostgres


def settings(tmp_path, given=None, *, embedded=True):
    return application_settings(
        given=given or {},
        folder=tmp_path,
        port=8123,
        redis_url="redis://127.0.0.1:1/0",
        postgres=EmbeddedPostgres(tmp_path / "postgres") if embedded else None,
    )


def test_secrets_are_made_once_and_kept_private(tmp_path):
    made = load_secrets(tmp_path)
    assert load_secrets(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    version, _, key = made.master_keys.partition(":")
    assert version == "1"
    assert len(base64.b64decode(key)) == 32


def test_an_older_secrets_file_is_completed(tmp_path):
    (tmp_path / "secrets.json").write_text('{"secret_key": "kept"}')
    made = load_secrets(tmp_path)
    assert made.secret_key == "kept"
    assert made.operator_password
    assert load_secrets(tmp_path) == made


def test_settings_are_complete(tmp_path):
    complete = settings(tmp_path)
    assert complete["BASE_DOMAIN"] == "localhost:8123"
    assert complete["ENVIRONMENT"] == "development"
    assert complete["DATABASE_URL"].startswith("postgresql://simtree_app:")
    assert complete["MIGRATOR_DATABASE_URL"].startswith("postgresql://simtree_migrator:")
    assert complete["SUPERUSER_DATABASE_URL"].startswith("postgresql://postgres@/")
    assert {"SECRET_KEY", "MASTER_KEYS", "DATA_DIR", "MAIL_URL", "SMS_URL"} <= set(complete)


def test_what_the_caller_set_is_kept(tmp_path):
    given = {"MAIL_URL": "smtp://mail", "BASE_DOMAIN": "sim.example", "DATABASE_URL": "theirs"}
    complete = settings(tmp_path, given, embedded=False)
    assert complete["MAIL_URL"] == "smtp://mail"
    assert complete["BASE_DOMAIN"] == "sim.example"
    assert complete["DATABASE_URL"] == "theirs"
    assert "SUPERUSER_DATABASE_URL" not in complete


def test_ordinary_processes_get_no_privileged_address(tmp_path):
    complete = settings(tmp_path)
    plain = without_privileges(complete)
    assert set(complete) - set(plain) == {
        "SUPERUSER_DATABASE_URL",
        "MIGRATOR_DATABASE_URL",
        "BACKUP_DATABASE_URL",
        "SIMTREE_APP_PASSWORD",
        "SIMTREE_MIGRATOR_PASSWORD",
        "SIMTREE_BACKUP_PASSWORD",
    }
    kept = without_privileges(complete, keep="MIGRATOR_DATABASE_URL")
    assert set(kept) - set(plain) == {"MIGRATOR_DATABASE_URL"}


def test_half_a_database_is_refused():
    assert names_own_databases({"DATABASE_URL": "a", "MIGRATOR_DATABASE_URL": "b"})
    assert not names_own_databases({})
    with pytest.raises(SystemExit, match="together"):
        names_own_databases({"DATABASE_URL": "a"})
