"""From the bot to a person and back: context, outbox, signed webhooks, the way back."""
