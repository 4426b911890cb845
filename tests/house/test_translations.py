"""The catalogues are in step with the code and Chinese is complete."""

from infra.translations import extract, problems


def test_the_catalogues_are_in_step():
    assert not problems()


def test_messages_are_found_in_code_and_templates():
    assert len(list(extract())) > 300
