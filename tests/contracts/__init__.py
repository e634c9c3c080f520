"""What one service publishes, the others can read."""
