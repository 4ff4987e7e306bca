"""What Presence is measured against, each in a folder of its own."""
