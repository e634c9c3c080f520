"""What evaluation answers over HTTP."""
