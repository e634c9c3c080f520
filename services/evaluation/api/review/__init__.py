"""The annual review over HTTP: its cycles, its panels, its jurors' queues."""
