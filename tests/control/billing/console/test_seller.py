"""Who runs the installation: said by operators, read by buyers on the price page."""

PATH = "/console/billing/seller"
SAID = {
    "name": "号树科技有限公司",
    "since": "2016",
    "registration": "91440300MA5EXAMPL8",
    "contact": "0755-1234567",
    "data_zh": "深圳机房，每日备份。",
    "data_en": "Shenzhen.",
}


def test_buyers_read_who_stands_behind_it(console, logged):
    refused = console.submit(PATH, SAID | {"since": "2999"})
    assert refused.status_code == 422
    assert "号树科技有限公司" in refused.text
    assert console.submit(PATH, SAID).status_code == 303
    assert "billing:seller" in logged()
    site = console.at("")
    page = site.get("/prices").text
    for words in ("号树科技有限公司", "2016", "91440300MA5EXAMPL8", "0755-1234567", "每日备份"):
        assert words in page
    site.set_cookie("language", "en", domain="simtree.test")
    assert "Shenzhen." in site.get("/prices").text
