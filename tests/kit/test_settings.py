"""A missing or wrong variable stops the start with a sentence that names it."""

import base64
from collections.abc import Callable, Iterator

import pytest
from pydantic import ValidationError

from kit.errors import Misconfigured
from kit.settings import Settings, get_settings

KEY = base64.b64encode(b"k" * 32).decode()
COMPLETE = {
    "DATABASE_URL": "postgresql://simtree_app:secret@db/simtree",
    "REDIS_URL": "redis://cache/0",
    "SECRET_KEY": "s" * 32,
    "MASTER_KEYS": f"1:{KEY}",
}
Read = Callable[..., Settings]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Read the settings from a complete environment with some variables changed or (None) gone."""

    def do(**changed: str | None) -> Settings:
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in (COMPLETE | changed).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return get_settings()

    yield do
    monkeypatch.undo()
    get_settings.cache_clear()


def test_four_variables_are_enough(read):
    settings = read()
    assert settings.environment == "production"
    assert not settings.is_development
    assert settings.cell_urls() == {"main": COMPLETE["DATABASE_URL"]}
    assert list(settings.master_keys) == [1]


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(read, name, value):
    with pytest.raises(Misconfigured, match=f"^The environment variable {name}: Field required.$"):
        read(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ENVIRONMENT", "staging", "'production', 'development' or 'test'"),
        ("SECRET_KEY", "short", "at least 32"),
        ("CLOCK_FILE", "var/clock", "in production the time is real"),
        ("MASTER_KEYS", KEY, "version:base64"),
        ("MASTER_KEYS", f"one:{KEY}", "version:base64"),
        ("MASTER_KEYS", "1:", "key 1 is not base64 of 32 bytes"),
        ("MASTER_KEYS", "1:not base64!", "key 1 is not base64 of 32 bytes"),
        ("MASTER_KEYS", "1:äöü", "key 1 is not base64 of 32 bytes"),
        ("MASTER_KEYS", f"1:{KEY},2:{KEY[:-4]}", "key 2 is not base64 of 32 bytes"),
        ("MASTER_KEYS", f"1:{base64.b64encode(b'k' * 31).decode()}", "key 1 is not base64 of 32"),
        ("MASTER_KEYS", f"1:{base64.b64encode(b'k' * 33).decode()}", "key 1 is not base64 of 32"),
        ("MASTER_KEYS", f"0:{KEY}", "versions are 1 to 65535"),
        ("MASTER_KEYS", f"65536:{KEY}", "versions are 1 to 65535"),
        ("MASTER_KEYS", f"1:{KEY},1:{KEY}", "version 1 is there twice"),
        ("CELLS", "main=postgresql://", "JSON object"),
        ("CELLS", '["main"]', "dictionary"),
        ("MIGRATOR_CELLS", "{", "JSON object"),
        ("TRUSTED_PROXIES", "6", "less than or equal to 5"),
        ("TRUSTED_PROXIES", "-1", "greater than or equal to 0"),
        ("POOL_SIZE", "0", "greater than or equal to 1"),
        ("POOL_SIZE", "many", "valid integer"),
        ("POOL_OVERFLOW", "-1", "greater than or equal to 0"),
        ("STATEMENT_TIMEOUT_MS", "999", "greater than or equal to 1000"),
        ("CONNECTION_MODULES", "0", "greater than or equal to 1"),
        ("CELL_CAPACITY", "5001", "less than or equal to 5000"),
    ],
)
def test_a_wrong_variable_is_named_with_its_reason(read, name, value, reason):
    with pytest.raises(Misconfigured) as refused:
        read(**{name: value})
    assert str(refused.value).startswith(f"The environment variable {name}")
    assert reason in str(refused.value)
    assert not value or len(value) < 8 or value not in str(refused.value)


def test_settings_are_frozen(read):
    settings = read()
    with pytest.raises(ValidationError, match="frozen"):
        settings.base_domain = "elsewhere"
    assert settings.base_domain == "localhost:8000"


def test_settings_are_read_once(read, monkeypatch):
    settings = read()
    monkeypatch.setenv("BASE_DOMAIN", "elsewhere")
    assert get_settings() is settings


def test_secrets_are_not_shown(read):
    shown = repr(read())
    assert not [value for value in COMPLETE.values() if value in shown]
    assert KEY not in shown


def test_several_master_keys_are_read(read):
    settings = read(MASTER_KEYS=f"1:{KEY}, 12:{KEY}")
    assert sorted(settings.master_keys) == [1, 12]


def test_cells_are_read_from_json(read):
    settings = read(CELLS='{"east": "postgresql://e", "west": "postgresql://w"}')
    assert settings.cell_urls() == {"east": "postgresql://e", "west": "postgresql://w"}


def test_the_migrators_address_is_asked_for_only_where_it_is_needed(read):
    settings = read()
    needed = "^MIGRATOR_DATABASE_URL is needed by this command.$"
    with pytest.raises(Misconfigured, match=needed):
        settings.migrator_url()
    with pytest.raises(Misconfigured, match=needed):
        settings.cell_urls(migrator=True)
    settings = read(MIGRATOR_DATABASE_URL="postgresql://m")
    assert settings.migrator_url() == "postgresql://m"
    assert settings.cell_urls(migrator=True) == {"main": "postgresql://m"}
