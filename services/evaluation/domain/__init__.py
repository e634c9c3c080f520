"""Evaluation's pure rules: what is heard of a project, the scheme, the formulas, the score."""
