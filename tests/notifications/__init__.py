"""Notifications: rules, recipients, obligations, the inbox."""
