"""The staff's web application: desk, deliveries, conversations."""
