"""What a message names: numbers, addresses, dates, amounts, products, places."""
