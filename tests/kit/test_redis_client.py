"""Redis by URL or through sentinels, and what works go on with after a failover."""

import subprocess
import time

import pytest
import redis

from infra.local.guardian import GUARDIAN
from infra.local.places import free_port
from infra.local.servers import EmbeddedRedis, redis_binary
from kit.errors import Misconfigured
from kit.redis_client import client

PASSWORD = "sesame"


@pytest.mark.parametrize(
    "url",
    ["redis+sentinel://one:26379", "redis+sentinel:///main", "redis+sentinel://one:port/main",
     "redis+sentinel://one/main/many"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused_with_a_sentence(url):
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        client(url)


def test_plain_addresses_are_as_ever():
    made = client("redis://:sesame@cache:6390/3")
    options = made.connection_pool.connection_kwargs
    assert (options["host"], options["port"], options["db"]) == ("cache", 6390, 3)


@pytest.fixture
def cluster(tmp_path):
    """A master, a replica and a sentinel that knows them as `main`."""
    master = EmbeddedRedis(tmp_path / "master", fast=True)
    replica = EmbeddedRedis(tmp_path / "replica", fast=True)
    running: list[subprocess.Popen] = []
    port = free_port()
    try:
        for server in (master, replica):
            server.start()
            with redis.Redis(port=server.port) as own:
                own.config_set("requirepass", PASSWORD)
                own.execute_command("AUTH", PASSWORD)
                own.config_set("masterauth", PASSWORD)
                if server is replica:
                    own.replicaof("127.0.0.1", str(master.port))
        config = tmp_path / "sentinel.conf"
        config.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\n"
            f"sentinel monitor main 127.0.0.1 {master.port} 1\n"
            f"sentinel auth-pass main {PASSWORD}\n"
            "sentinel down-after-milliseconds main 500\n"
            "sentinel failover-timeout main 2000\n",
            encoding="utf-8",
        )
        running.append(GUARDIAN.spawn([redis_binary(), str(config), "--sentinel"]))
        yield master, replica, port
    finally:
        for process in running:
            GUARDIAN.finish(process)
        replica.stop()
        master.stop()


def until(ask, *, seconds=20.0):
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := ask():
                return answer
        except redis.RedisError:
            pass
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def test_the_master_is_found_and_after_its_death_the_next(cluster):
    master, replica, port = cluster
    made = client(f"redis+sentinel://:{PASSWORD}@127.0.0.1:{port}/main/2")
    until(lambda: made.set("bell", "rung"))
    with redis.Redis(port=master.port, password=PASSWORD, db=2) as own:
        assert own.get("bell") == b"rung"
    with redis.Redis(port=port) as sentinel:
        until(lambda: len(sentinel.sentinel_slaves("main")) == 1)
    with redis.Redis(port=replica.port, password=PASSWORD, db=2) as own:
        until(lambda: own.get("bell") == b"rung")
    # No blocking call outlives the master: the worker's own waits end with the connection.
    master.stop()
    until(lambda: made.set("bell", "again"))
    with redis.Redis(port=replica.port, password=PASSWORD, db=2) as own:
        assert own.get("bell") == b"again"
    made.close()
