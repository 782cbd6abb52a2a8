"""How messages come in and go out: one way in (`intake`), one way out (`hub`), thin channels."""
