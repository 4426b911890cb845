"""The hosted pages: Checkout, the customer portal, invoices, and the developer's knobs."""

from flask import Blueprint

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static",
                  static_url_path="/_static")  # fmt: skip
