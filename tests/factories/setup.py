"""What a workspace sets up, for tests."""

import io
from typing import Any

from PIL import Image

from kit import ids
from tenants.setup import services
from tenants.setup.models import Article, Feedback
from tests.factories import accounts


def make_article(**more: Any) -> Article:
    values: dict[str, Any] = {
        "title": "我们怎样开卡",
        "body": "先**核对**证件。",
        "pages": ["orders.index"],
        "is_question": False,
        "is_active": True,
    }
    return services.add_article(**values | more, by=accounts.owner())


def picture() -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "#aa3300").save(stream, "PNG")
    stream.seek(0)
    return stream


def make_report(by: Any = None, **more: Any) -> Feedback:
    values: dict[str, Any] = {
        "submission": ids.secret(),
        "kind": "problem",
        "title": "打不开订单",
        "body": "点了没有反应。",
        "page": "/orders/",
        "file": None,
        "file_name": "",
    }
    return services.send_feedback(**values | more, by=by or accounts.owner())
