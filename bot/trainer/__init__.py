"""For trainers: training, evaluation; library first, then command and page."""
