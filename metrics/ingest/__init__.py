"""What other hosts and applications push over HTTP: checked as a whole, then stored as a whole."""
