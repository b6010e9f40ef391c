"""What each kind of letter says: built from events and states alone, so that it can be drawn up again."""

from services.documents.letters.acts import act_letter, interview_letter
from services.documents.letters.bulletins import bulletin_letter
from services.documents.letters.cases import case_notice_letter, decision_letter, review_letter
from services.documents.letters.items import dispatch_letter

__all__ = [
    "act_letter",
    "bulletin_letter",
    "case_notice_letter",
    "decision_letter",
    "dispatch_letter",
    "interview_letter",
    "review_letter",
]
