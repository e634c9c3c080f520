"""All that evaluation decides on: whoever reads its ledgers knows the events of these."""

from __future__ import annotations

from typing import Any

from services.evaluation.domain.appeal import APPEAL
from services.evaluation.domain.detached import DETACHED
from services.evaluation.domain.issuing import APPRAISAL
from services.evaluation.domain.project_score import PROJECT_SCORE
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.mark import REVIEW_SCORE
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.pool import POOL
from services.evaluation.domain.review.unsealing import UNSEALING
from services.evaluation.domain.review.veto import VETO
from shared.domain import Decider
from shared.look import LOOK

DECIDERS: tuple[Decider[Any, Any, Any], ...] = (
    PROJECT_SCORE,
    DETACHED,
    APPEAL,
    APPRAISAL,
    CYCLE,
    PANEL,
    POOL,
    VETO,
    UNSEALING,
    REVIEW_SCORE,
    LOOK,
)
