"""Dialogue policies that Svara adds to Rasa's own."""
