"""The entry of every page run: configuration and navigation.

The pages are named here, so Streamlit lists none by itself, and hidden: each is reached by
its own link, and nobody is offered a way to a page that is not theirs.
"""

import streamlit as st

from proctoring.ui import MARK, apply_style

page = st.navigation(
    [
        st.Page("home.py", title="New exam", default=True),
        st.Page("candidate.py", title="Exam", url_path="exam", visibility="hidden"),
        st.Page("proctor.py", title="Desk", url_path="desk", visibility="hidden"),
        st.Page("review.py", title="Review", url_path="review", visibility="hidden"),
        st.Page("manage.py", title="Manage", url_path="manage", visibility="hidden"),
        st.Page("policy.py", title="Policy", url_path="policy", visibility="hidden"),
        st.Page("office.py", title="Your exams", url_path="office", visibility="hidden"),
    ],
    position="hidden",
)
st.set_page_config(
    page_title=f"{page.title} · OpenProctor",
    page_icon=str(MARK),
    layout="centered" if page.url_path == "exam" else "wide",
)
apply_style()
page.run()
