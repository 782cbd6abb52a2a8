"""A website as a source: fetching it carefully, finding its pages, reading their main text."""
