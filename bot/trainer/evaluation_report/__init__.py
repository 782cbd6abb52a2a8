"""A report that a trainer can read: scores with their uncertainty, pictures, learning curves."""
