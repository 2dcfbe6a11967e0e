"""A client of the API, for programs in Python: httpx and nothing else of this product.

from proctoring.client import Client

with Client("https://exams.example.org", key) as office:
    meeting = office.create_meeting("Algebra I", opens_at=…, closes_at=…, length_s=5400)
    for incident in office.incidents(meeting.id):
        print(incident.title, incident.occurrences[0].summary)
"""

from proctoring.client.client import Client
from proctoring.client.problems import ApiProblem
from proctoring.client.values import (
    EvidenceRef,
    Incident,
    Invitation,
    Link,
    Meeting,
    Occurrence,
    Participant,
    Webhook,
)
from proctoring.client.webhooks import is_genuine

__all__ = [
    "ApiProblem",
    "Client",
    "EvidenceRef",
    "Incident",
    "Invitation",
    "Link",
    "Meeting",
    "Occurrence",
    "Participant",
    "Webhook",
    "is_genuine",
]
