"""All that evaluation offers over HTTP, in the order in which addresses are tried."""

from __future__ import annotations

from services.evaluation.api import (
    appeals,
    distribution,
    dossiers,
    looks,
    replaying,
    score_acts,
    scores,
    unit_dossiers,
    what_if,
    what_ifs,
    withdrawing,
)
from services.evaluation.api.appraisal import issued, marks
from services.evaluation.api.appraisal import table as appraisal
from services.evaluation.api.review import (
    boards,
    cycle_acts,
    cycles,
    dissolving_acts,
    joining_acts,
    opening_acts,
    other_acts,
    panel_acts,
    queue,
    runs,
    stages,
    unsealing_acts,
    unsealings,
)
from services.evaluation.api.review import dossiers as review_dossiers
from services.evaluation.api.suspicions import far, files, forms, moved

ROUTERS = (
    distribution.router,
    scores.router,
    appeals.router,
    score_acts.router,
    marks.router,
    replaying.router,
    what_if.router,
    what_ifs.router,
    moved.router,
    files.router,
    forms.router,
    appraisal.router,
    issued.router,
    dossiers.router,
    unit_dossiers.router,
    withdrawing.router,
    looks.router,
    cycles.router,
    boards.router,
    queue.router,
    runs.router,
    review_dossiers.router,
    stages.router,
    cycle_acts.router,
    dissolving_acts.router,
    opening_acts.router,
    joining_acts.router,
    panel_acts.router,
    other_acts.router,
    unsealings.router,
    unsealing_acts.router,
    far.router,
)
