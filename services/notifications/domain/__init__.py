"""Notifications' pure rules: what is heard, who it concerns, what it obliges them to, what ends that."""
