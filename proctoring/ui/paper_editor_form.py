"""The fields of one question in the editor."""

from __future__ import annotations

import streamlit as st

from proctoring.paper.limits import (
    LONGEST_ALT,
    LONGEST_QUESTION,
    LONGEST_TEXT,
    LONGEST_UNIT,
    MOST_CHOICES,
)
from proctoring.paper.writing import Document

NAMES = {
    "single": "Single choice",
    "multiple": "Multiple choice",
    "short": "Short text",
    "long": "Long text",
    "number": "Number",
    "code": "Code",
}
_LINES = "One a line."


def ask_fields(question: Document, key: str) -> Document | None:
    """The question as it was changed, once the button is pressed."""
    with st.form(f"{key}-form"):
        text = st.text_area(
            "Question, in Markdown", question.get("question", ""), max_chars=LONGEST_QUESTION
        )
        fields = {"question": text.strip()} | _of_kind(question)
        left, middle, right = st.columns(3)
        fields["points"] = left.text_input("Points", question.get("points", "1"))
        fields["minutes"] = middle.text_input(
            "Minutes for it alone",
            question.get("minutes", ""),
            help="Empty: none. Its time runs from when the candidate opens it, not before.",
        )
        if question["kind"] not in ("long", "code"):
            fields["penalty"] = right.text_input(
                "Points a wrong answer costs", question.get("penalty", "")
            )
        is_required = st.checkbox("It should be answered", question.get("required") == "true")
        fields["required"] = "true" if is_required else ""
        images = _ask_images(question)
        if not st.form_submit_button("Take it over", type="primary"):
            return None
    changed = {name: question[name] for name in ("kind", "id") if name in question}
    changed |= {name: value for name, value in fields.items() if value not in ("", [])}
    return changed | ({"images": images} if images else {})


def _of_kind(question: Document) -> Document:
    match question["kind"]:
        case "single" | "multiple":
            return _ask_choices(question)
        case "short":
            return _ask_short(question)
        case "number":
            return _ask_number(question)
        case "code":
            return _ask_code(question)
        case _:
            return _ask_long(question)


def _ask_choices(question: Document) -> Document:
    choices, right = question.get("choices", []), question.get("answer", [])
    given = st.text_area("Choices", "\n".join(choices), help=f"{_LINES} Up to {MOST_CHOICES}.")
    is_single = question["kind"] == "single"
    answer = st.text_area(
        "The right one" if is_single else "The right ones",
        "\n".join(right),
        height=68 if is_single else 100,
        help="Written as it is among the choices." if is_single else f"{_LINES} Written alike.",
    )
    is_shuffled = st.checkbox(
        "Shuffle them for each candidate", question.get("shuffle_choices") != "false"
    )
    fields: Document = {
        "choices": _lines(given),
        "answer": _lines(answer),
        "shuffle_choices": "true" if is_shuffled else "false",
    }
    if not is_single:
        counts_each = st.checkbox(
            "Every choice counts by itself",
            question.get("marking") == "each",
            help="Otherwise all right ones and no other give the points, or there are none.",
        )
        fields["marking"] = "each" if counts_each else "all"
    return fields


def _ask_short(question: Document) -> Document:
    answer = st.text_area(
        "What is right", "\n".join(question.get("answer", [])), help=f"{_LINES} Each is right."
    )
    is_exact = st.checkbox("Capitals matter", question.get("case_sensitive") == "true")
    longest = _ask_longest(question)
    return {
        "answer": _lines(answer),
        "case_sensitive": "true" if is_exact else "",
        "longest": longest,
    }


def _ask_number(question: Document) -> Document:
    left, middle, right = st.columns(3)
    return {
        "answer": left.text_input("What is right", question.get("answer", "")).strip(),
        "tolerance": middle.text_input(
            "Tolerance", question.get("tolerance", ""), placeholder="0.01 or 2 %"
        ).strip(),
        "unit": right.text_input("Unit", question.get("unit", ""), max_chars=LONGEST_UNIT).strip(),
    }


def _ask_long(question: Document) -> Document:
    return {"guide": _ask_guide(question), "longest": _ask_longest(question)}


def _ask_code(question: Document) -> Document:
    language = st.text_input("Language", question.get("language", ""), max_chars=LONGEST_UNIT)
    start = st.text_area("What stands there at first", question.get("start", ""))
    return {
        "language": language.strip(),
        "start": start.rstrip(),
        "guide": _ask_guide(question),
        "longest": _ask_longest(question),
    }


def _ask_guide(question: Document) -> str:
    guide = st.text_area(
        "For whoever marks it",
        question.get("guide", ""),
        max_chars=LONGEST_QUESTION,
        help="Candidates never see it.",
    )
    return guide.strip()


def _ask_longest(question: Document) -> str:
    longest = st.text_input(
        "Characters at most",
        question.get("longest", ""),
        help=f"Up to {LONGEST_TEXT:,}. Empty: as usual for this kind.",
    )
    return longest.strip()


def _ask_images(question: Document) -> list[Document]:
    """Those that are there can be described anew, or taken out; new ones come with a file."""
    kept = []
    for number, image in enumerate(question.get("images", []), 1):
        alt = st.text_input(
            f"What picture {number} shows", image["alt"], max_chars=LONGEST_ALT
        ).strip()
        if not st.checkbox(f"Take picture {number} out"):
            kept.append({"file": image["file"], "alt": alt})
    return kept


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
