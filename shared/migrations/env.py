"""Alembic's entry: the connection comes from `shared.migrations`, one transaction for all steps."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
