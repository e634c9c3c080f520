"""The suspicions that evaluation finds: lists, their files, and the audit form."""
