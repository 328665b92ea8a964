"""Render a chat template in Jinja's sandbox. Run as a script, this is the child process for unknown templates.

The sandbox keeps a template from Python's inner parts; it does not stop endless loops or giant strings. The limits that
the child sets on itself do.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

CPU_SECONDS = 2
MEMORY_BYTES = 512 * 2**20
MOST_CHARACTERS = 16 * 2**20


def render(source: str, variants: list[dict[str, Any]]) -> list[str]:
    """Render one template with several sets of variables.

    Raises:
        ValueError: The template is malformed, refuses the messages, or fails.
    """
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    try:
        template = environment.from_string(source)
        return [template.render(variables) for variables in variants]
    except Exception as error:  # a template can fail in any way that Python can
        reason = str(error) or type(error).__name__
        raise ValueError(f"chat template: {reason}") from error


def _raise(message: str) -> None:
    raise TemplateError(message)


def _to_json(value: Any, indent: int | None = None) -> str:
    # Jinja's own filter escapes for HTML, which a prompt is not.
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _limit_self() -> None:
    try:
        import resource
    except ImportError:  # Windows: only the parent's clock limits the child
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    limits = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_CORE: 0}
    for name, limit in limits.items():
        with suppress(ValueError, OSError):  # a tighter limit is in force, or the system (macOS, memory) has none
            resource.setrlimit(name, (limit, limit))


def _main() -> None:
    job = json.load(sys.stdin)
    _limit_self()
    try:
        texts = render(job["source"], job["variants"])
        size = sum(map(len, texts))
        if size > MOST_CHARACTERS:
            raise ValueError(f"chat template: got {size} characters, allowed at most {MOST_CHARACTERS}")
        answer = {"texts": texts}
    except ValueError as error:
        answer = {"error": str(error)[:1000]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main()
