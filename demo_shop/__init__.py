"""Nordlys, the demo shop: a small order system with real orders, and the shop's web page.

It stands for the order system of whoever uses Svara and knows nothing of the assistant: they meet
over HTTP only (`demo_shop.api` here, `bot.orders` on the other side).
"""
