"""Custom actions of the assistant: one file a topic, each a thin shell over a library."""
