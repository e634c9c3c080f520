"""Rosters as units send them: read, compared with the organisation, given back with what is wrong."""
