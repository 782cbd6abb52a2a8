"""One file a version, in order: `0001_baseline.py`, `0002_...`."""
