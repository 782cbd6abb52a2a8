"""Files that customers and agents send: taken in, kept, and handed out by links that lapse."""
