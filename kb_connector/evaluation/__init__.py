"""How good the search is on questions whose right article is known."""
