"""The catalogues are in step with the code and Chinese is complete."""

import pytest

from infra.translations import extract, problems


@pytest.fixture(scope="module")
def template():
    return extract()


def test_the_catalogues_are_in_step(template):
    assert not problems(template)


def test_messages_are_found_in_code_and_templates(template):
    assert len(list(template)) > 300
