"""The console's routes: thin shells over the functions beside this package."""
