"""The ASGI app: Streamlit's pages and the API on one port. `streamlit run app.py` serves it."""

import streamlit as st
from starlette.middleware import Middleware

from proctoring.api import routes
from proctoring.api.frames import frames
from proctoring.api.headers import BodyLimit, SecurityHeaders
from proctoring.server import lifespan, services

app = st.App(
    "pages/_navigation.py",
    lifespan=lifespan,
    routes=routes(services()),
    middleware=[
        Middleware(
            SecurityHeaders,
            is_https=services().settings.public_url.startswith("https://"),
            frames=frames(services()),
        ),
        Middleware(BodyLimit),
    ],
)
