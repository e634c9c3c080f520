"""Appraisal of secretaries over HTTP."""
