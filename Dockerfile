# The web app with its weights and the demo, for docs/deployment.md. Nothing runs as root, and nothing but the app's port is open.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MER_WORKSPACES=/data/workspaces \
    MER_CACHE=/data/cache

WORKDIR /app
COPY requirements.lock requirements-nodeps.txt ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
RUN python -m pip install --no-cache-dir --no-deps --require-hashes -r requirements-nodeps.txt

COPY streamlit_app.py LICENSE ./
COPY .streamlit .streamlit
COPY pages pages
COPY scripts scripts
COPY mer_core mer_core

RUN useradd --create-home --uid 10001 mer && mkdir -p /data/workspaces /data/cache && chown -R mer /data
USER mer
RUN python scripts/make_demo.py /data/workspaces/demo

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "mer_core.cli", "app", "--headless", "--address", "0.0.0.0"]
