"""Tests of the annual review."""
