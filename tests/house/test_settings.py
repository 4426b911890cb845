"""Settings are read in one place, and each says what it is for."""

from kit.settings import Settings
from tests.house.source import name, python


def test_only_kit_settings_reads_the_environment():
    guilty = [
        name(path)
        for path in python("platform", "tenants", "wsgi.py")
        if name(path) != "platform/kit/settings.py"
        and any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "getenv("))
    ]
    assert not guilty


def test_every_setting_is_documented():
    assert not [
        name
        for name, field in Settings.model_fields.items()
        if not field.description and name != "environment"
    ]
