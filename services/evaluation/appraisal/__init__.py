"""Appraisal of secretaries: what it is made of, how it is printed, and how it is issued."""
