"""Functions that a model may call: only those on the list, only with arguments that fit, and so many times at most."""

from lessons_lib.apps.tools.mcp import serve
from lessons_lib.apps.tools.tool import Tool, ToolError
from lessons_lib.apps.tools.toolbox import Result, Toolbox
from lessons_lib.apps.tools.use import Used, use_tools

__all__ = ["Result", "Tool", "ToolError", "Toolbox", "Used", "serve", "use_tools"]
