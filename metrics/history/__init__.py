"""The past: tiers of buckets, their roll-up, ranges over them, exports."""
