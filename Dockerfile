# The web app with its weights and the demo, for docs/deployment.md. Nothing runs as root, and nothing but the app's port is open.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MER_WORKSPACES=/data/workspaces \
    MER_CACHE=/data/cache

WORKDIR /app
COPY requirements.lock requirements-nodeps.txt ./
# pycld2 has no wheel for Linux on arm64; there it is built.
RUN if [ "$(uname -m)" = aarch64 ]; then apt-get update && apt-get install -y --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*; fi
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
# Healthy: the app on 8501, or the HTTP API on 8502 where the image runs that, takes connections.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import socket, sys; sys.exit(all(socket.socket().connect_ex(('127.0.0.1', p)) for p in (8501, 8502)))"]
CMD ["python", "-m", "mer_core.cli", "app", "--headless", "--address", "0.0.0.0"]
