"""Helpdesks that handoffs go to: one module a product, all with the same contract."""
