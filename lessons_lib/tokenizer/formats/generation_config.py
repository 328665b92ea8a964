"""`generation_config.json`: of all that it suggests, the tokens that end an answer.

Its other values say how its authors would sample: a temperature, filters, lengths. Those are not read. Here a text is
greedy unless the caller says otherwise, and the same call means the same for every model.
"""

from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder

NAME = "generation_config.json"
MOST_ENDS = 1024  # no published model has ten


def generation_ends(folder: ModelFolder, vocab_size: int) -> list[int] | None:
    """Read the ids that end an answer; they take the place of those in `config.json`.

    Args:
        folder: that of a model.
        vocab_size: ids are below it. A -1, which some files hold for "none", names no token.

    Returns:
        The ids, each once; None where there is no such file or it names none.

    Raises:
        CheckpointError: the file is malformed, or holds what is no id of the vocabulary.

    Source: Hugging Face transformers, `GenerationConfig`.
    """
    path, value = folder.path / NAME, folder.json_or_empty(NAME).get("eos_token_id")
    if value is None:
        return None
    ids = value if isinstance(value, list) else [value]
    if len(ids) > MOST_ENDS:
        raise CheckpointError(path, "eos_token_id", f"{len(ids)} ids", f"at most {MOST_ENDS}")
    for i in ids:
        if type(i) is not int or not -1 <= i < vocab_size:
            raise CheckpointError(path, "eos_token_id", repr(i), f"an id below {vocab_size}")
    return list(dict.fromkeys(i for i in ids if i != -1))
