"""What the conversations tell about the assistant and its articles."""
