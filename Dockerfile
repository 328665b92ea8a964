# The server in a container: the model and the compiled code are inside, so that it starts without a network.
#
#     docker build -t lessons-server .
#     docker run -p 127.0.0.1:8000:8000 -v "$PWD/keys.txt:/keys.txt:ro" lessons-server
#
# Whoever reaches it needs a key: keys.txt holds one a line.
FROM python:3.11-slim-bookworm AS build
WORKDIR /course
COPY pyproject.toml README.md LICENSE ./
COPY lessons_lib lessons_lib
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu \
    && /venv/bin/pip install --no-cache-dir ".[serve]"

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 server
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /home/server
RUN python -m lessons_lib.assets fetch smollm2-135m-instruct \
    && python -c "from lessons_lib.generation.compiled.step import warm_up; warm_up()"
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["python", "-m", "lessons_lib.apps.server", "smollm2-135m-instruct", "--bits", "8", "--host", "0.0.0.0", "--keys", "/keys.txt"]
