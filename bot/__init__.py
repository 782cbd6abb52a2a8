"""What Svara adds to Rasa."""
