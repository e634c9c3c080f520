"""A project as people see it, folded from its stream: one piece of code for now and for any past moment."""

from services.projects.projections.page.dated import LISTED, Dated, archive_due, colours, open_ones
from services.projects.projections.page.fold import page, page_of
from services.projects.projections.page.outlook import open_dates
from services.projects.projections.page.shape import Page

__all__ = ["LISTED", "Dated", "Page", "archive_due", "colours", "open_dates", "open_ones", "page", "page_of"]
