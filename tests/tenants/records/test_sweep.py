"""What a killed upload left half written goes by itself."""

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from kit import clock, files, ids, jobs
from kit.db import transaction
from kit.jobs.registry import schedules
from kit.settings import get_settings
from tenants.records.jobs import sweep_files
from tests.factories.accounts import run_jobs
from tests.stored import content


def part(schema: str, *, hours: int) -> Path:
    key = ids.new()
    path = get_settings().data_dir / "files" / schema / key[:4] / f"{key}.{ids.new()}.part"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    begun = (clock.now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (begun, begun))
    return path


def test_parts_of_yesterday_go_daily_and_nothing_else(in_acme):
    old, new = part(in_acme.schema, hours=30), part(in_acme.schema, hours=1)
    key = files.store(BytesIO(b"whole")).key
    assert timedelta(days=1) in [one.every for one in schedules() if one.job is sweep_files]
    with transaction():
        jobs.enqueue(sweep_files)
    run_jobs()
    assert (old.exists(), new.exists()) == (False, True)
    assert content(key) == b"whole"
    new.unlink()
