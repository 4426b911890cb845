import re
import subprocess
import sys

import pytest

from infra.local import bootstrap
from infra.local.missing_locks import missing
from infra.local.places import ROOT


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment whose packages are never installed; answers its folder and the pip calls."""
    calls = []
    monkeypatch.setattr(bootstrap, "install", lambda _folder, title, *_a, **_k: calls.append(title))
    folder = tmp_path / "venv"
    return folder, calls


def plain_environment(folder):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    # Enough of a pip to be asked for.
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (folder / "lib" / version / "site-packages" / "pip.py").touch()


def test_an_unchanged_environment_is_left_alone(environment, monkeypatch):
    folder, calls = environment
    monkeypatch.setattr(bootstrap, "create", plain_environment)
    bootstrap.make_current(folder)
    assert len(calls) == 2
    bootstrap.make_current(folder)
    assert len(calls) == 2


def test_a_changed_lock_file_installs_again(environment, monkeypatch):
    folder, calls = environment
    plain_environment(folder)
    bootstrap.make_current(folder)
    monkeypatch.setattr(bootstrap, "content_hash", lambda: "another")
    bootstrap.make_current(folder)
    assert len(calls) == 4


def test_an_environment_of_another_python_is_made_anew(environment, monkeypatch):
    folder, _ = environment
    plain_environment(folder)
    settings = folder / "pyvenv.cfg"
    settings.write_text(re.sub(r"(?m)^version.*$", "version = 3.9.1", settings.read_text()))
    created = []
    monkeypatch.setattr(bootstrap, "create", created.append)
    bootstrap.make_current(folder)
    assert created == [folder]


def test_a_folder_with_anything_else_is_not_removed(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(SystemExit, match="not a Python environment"):
        bootstrap.create(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_the_lock_file_names_no_address():
    for name in ("python.txt", "redis.txt"):
        text = (ROOT / "infra" / "locks" / name).read_text(encoding="utf-8")
        assert not re.search(r"https?:|file:|--index-url|--find-links|@ ", text)


def test_the_lock_file_serves_every_supported_machine():
    text = (ROOT / "infra" / "locks" / "python.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE))
    assert missing(locked) == set()
    assert missing(locked - {"async-timeout"}) != set()
