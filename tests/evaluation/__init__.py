"""Evaluation: readings, schemes, formulas, scores."""
