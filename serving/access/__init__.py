"""Who may do what: tokens, sessions of the page, and the guard in front of every route."""
