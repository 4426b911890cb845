"""What races of every module start from."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.racing import Racecourse, on_the_course, racing_app


@pytest.fixture(scope="module")
def race_app(worker_id: str, data_dir: str) -> Iterator[Flask]:
    """An application whose commits last."""
    with racing_app(worker_id, data_dir) as made:
        yield made


@pytest.fixture
def at_once(race_app: Flask) -> Iterator[Racecourse]:
    """Let verbs start together in the workspace that is open."""
    with on_the_course(race_app) as course:
        yield course
