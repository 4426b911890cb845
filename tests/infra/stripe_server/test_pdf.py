"""A PDF of an invoice says Chinese words where the machine has a font for them."""

import pytest

from infra.stripe_server.pages import pdf

INVOICE = {
    "object": "invoice",
    "number": "A-1",
    "currency": "cny",
    "created": 1_760_000_000,
    "customer_name": "深圳山海通信有限公司",
    "customer_tax_ids": [{"type": "cn_tin", "value": "91440300MA5FMX2P1H"}],
    "lines": {"data": [{"description": "1 × 团队版", "amount": 29_900}]},
    "total_taxes": [{"amount": 1_692}],
    "total": 29_900,
}


@pytest.fixture(autouse=True)
def fresh():
    pdf.font.cache_clear()
    yield
    pdf.font.cache_clear()


def test_chinese_words_are_written_with_a_font_that_has_them():
    if pdf.font() is None:
        pytest.skip("this machine has no font with Chinese characters")
    # Letters of an embedded font are told by their number: none of them is a question mark.
    assert b"/Type0" in pdf.document(INVOICE)


def test_without_one_it_is_written_all_the_same(monkeypatch):
    monkeypatch.setattr(pdf, "_PLACES", ())
    monkeypatch.delenv("PDF_FONT", raising=False)
    assert b"/Helvetica" in pdf.document(INVOICE)
