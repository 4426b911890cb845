"""Both stores of files: the disk, and a bucket on a real server that speaks S3.

`infra/bin/test` starts the server; S3_SERVER_URL=s3://key:secret@host:port?tls=no names another.
Without one, tests of buckets say so and are skipped.
"""

import os
from collections.abc import Iterator

import pytest

from kit.files.bucket import Bucket
from kit.settings import get_settings


def bucket_url(name: str, *, prefix: str = "") -> str:
    """Return the FILES_URL of a bucket of the test server, made where it is not there yet."""
    server = os.environ.get("S3_SERVER_URL")
    if not server:
        pytest.skip("needs a server that speaks S3: infra/bin/test starts one")
    address, _question, options = server.partition("?")
    client = Bucket.at(f"{address}/{name}?{options}")._client
    if not client.bucket_exists(name):
        client.make_bucket(name)
    return f"{address}/{name}{prefix}?{options}"


@pytest.fixture(params=["disk", "bucket"])
def any_store(
    app, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, worker_id: str
) -> Iterator[str]:
    """The test runs twice: with files on the disk, and with files in a bucket."""
    if request.param == "bucket":
        monkeypatch.setitem(
            os.environ, "FILES_URL", bucket_url(f"simtree-{worker_id}", prefix="/below/here")
        )
        get_settings.cache_clear()
    yield request.param
    monkeypatch.undo()
    get_settings.cache_clear()
