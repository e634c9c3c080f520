"""The view `reviews`: of every cycle how far it is, of every project in one its place and award."""

from __future__ import annotations

from services.evaluation.review.view.applying import EVENTS, apply, keys
from services.evaluation.review.view.tables import metadata
from shared.codec import Schema
from shared.projections import View

REVIEWS = View("reviews", 3, metadata, Schema(EVENTS), ("projects", "evaluation"), keys, apply)
