"""Measurements of the running pieces; figures for people, never limits in a test."""
