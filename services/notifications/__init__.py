"""Notifications: who is told what, kept as obligations that arise once and close by the act itself."""
