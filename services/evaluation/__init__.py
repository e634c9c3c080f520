"""Evaluation: scores of running projects, fixed at their end, each point with where it comes from."""
