"""Understanding: plain classes, and in `components.py` the thin Rasa adapters round them."""
