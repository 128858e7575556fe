"""Plain helpers every room may use: errors, events, pages, moments. No Django, no word of the domain."""
