"""Trained models: what is known of each, which one is live, shipping and going back."""

from bot.trainer.models.live import Server, Shipped, go_back, history, live, previous, ship, working
from bot.trainer.models.notes import Notes, read_notes
from bot.trainer.models.registry import Model, find_model, list_models

__all__ = [
    "Model",
    "Notes",
    "Server",
    "Shipped",
    "find_model",
    "go_back",
    "history",
    "list_models",
    "live",
    "previous",
    "read_notes",
    "ship",
    "working",
]
