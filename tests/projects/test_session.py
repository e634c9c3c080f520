"""A session ends once."""

from services.projects.domain.session import SESSION, EndSession, SessionEnded, SessionEndedAlready
from shared.domain import By
from tests.projects.people import BRANCH, LI
from tests.support.given import given

END = EndSession(By(LI, "member", BRANCH), "session-1", LI, "signed_out")
ENDED = SessionEnded("session-1", LI, "signed_out")


def test_a_session_ends_once() -> None:
    given(SESSION).when(END).then(ENDED)
    given(SESSION, ENDED).when(END).then_refused(SessionEndedAlready)
