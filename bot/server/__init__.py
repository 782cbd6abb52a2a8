"""The processes of the public side: Rasa with the channels and pages, and the action server."""
