"""Who may do what: sign-in, the first administrator, tokens, groups. Knows no other app."""
