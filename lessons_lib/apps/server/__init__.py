"""A server with OpenAI's paths: `python -m lessons_lib.apps.server MODEL`. It needs starlette and uvicorn."""
