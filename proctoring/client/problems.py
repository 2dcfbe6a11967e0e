"""What the server answers when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx


class ApiProblem(Exception):
    """`detail` is a sentence that says what to do."""

    def __init__(self, status: int, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)


def problem_of(answer: httpx.Response) -> ApiProblem:
    try:
        said = answer.json()
        return ApiProblem(answer.status_code, str(said["detail"]), said.get("errors", ()))
    except (ValueError, KeyError, TypeError):  # a proxy's own page
        return ApiProblem(answer.status_code, answer.reason_phrase)
