"""What the trainer's pages show, made of what `bot.trainer` knows."""
