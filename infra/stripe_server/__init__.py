"""A server that speaks Stripe's API, for development and tests, on loopback only.

It has products, prices, customers, subscriptions, invoices, payments, the hosted pages for
Checkout, the customer portal and invoices, and signed webhooks; knobs make it fail as Stripe and
networks do. What a request may say is derived from the installed `stripe` package at run time.

It is not Stripe: no money moves, only test cards exist, and what the application never asks for is
answered with 501. The application never imports it and knows it by its address alone.

Key words: a *world* is what one call sees and changes of an account, all or nothing; a *handler*
answers one route; a *knob* is a fault that a test or a developer asks for; a *step* is something
that time brings about, such as a renewal.
"""
