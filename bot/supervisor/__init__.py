"""Starts the processes of `svara up`, keeps them running and ends them with it."""
