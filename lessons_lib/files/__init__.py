"""Files that strangers may have written, read with limits and never run; and files that are replaced whole."""

from lessons_lib.files.model_folder import ModelFolder
from lessons_lib.files.replace import replace_file, replace_folder, stepped_aside
from lessons_lib.files.untrusted import read_json, read_text, sha256_of

__all__ = ["ModelFolder", "read_json", "read_text", "replace_file", "replace_folder", "sha256_of", "stepped_aside"]
