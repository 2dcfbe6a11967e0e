# docker build -t openproctor . && docker run -p 7860:7860 -v openproctor:/data openproctor
#
# Everything a candidate or proctor needs is in the image: nothing is fetched when it runs.

FROM python:3.11-slim-bookworm AS installed
COPY requirements.txt /tmp/
RUN python -m venv /opt/openproctor \
    && /opt/openproctor/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && find /opt/openproctor -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.11-slim-bookworm
# 1000: what Hugging Face runs a Space as
RUN useradd --uid 1000 --create-home --shell /usr/sbin/nologin openproctor \
    && install --directory --owner=openproctor /data
COPY --from=installed /opt/openproctor /opt/openproctor
WORKDIR /app
COPY app.py ./
COPY .streamlit/config.toml .streamlit/
COPY pages pages
COPY proctoring proctoring
USER openproctor
ENV PATH=/opt/openproctor/bin:$PATH PYTHONUNBUFFERED=1 OPENPROCTOR_DATA_DIR=/data
EXPOSE 7860
VOLUME /data
HEALTHCHECK --start-period=60s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/api/health', timeout=5)"]
CMD ["streamlit", "run", "app.py", "--server.port", "7860", "--server.address", "0.0.0.0"]
