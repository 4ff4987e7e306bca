"""The pages and the browser side. Uses the public API alone."""
