"""Who runs the installation: said by operators, read by buyers on the price page."""

PATH = "/console/billing/seller"
SAID = {
    "name": "号树科技有限公司",
    "since": "2016",
    "registration": "91440300MA5EXAMPL8",
    "contact": "0755-1234567",
    "data_zh": "深圳机房，每日备份。",
    "data_en": "Kept in Shenzhen, backed up every day.",
}


def test_buyers_read_who_stands_behind_it(console, client, logged):
    assert "谁在背后" not in client.at("").get("/prices").text
    refused = client.at("console").submit(PATH, SAID | {"since": "2999"})
    assert refused.status_code == 422
    assert "号树科技有限公司" in refused.text
    assert client.submit(PATH, SAID).status_code == 303
    assert "billing:seller" in logged()
    page = client.at("").get("/prices").text
    for words in ("号树科技有限公司", "2016", "91440300MA5EXAMPL8", "0755-1234567", "每日备份"):
        assert words in page
    client.set_cookie("language", "en", domain="simtree.test")
    assert "backed up every day" in client.get("/prices").text
