"""Generation: choosing tokens, remembering what was read, and the loop that turns a prompt into text."""

from lessons_lib.generation.batch import generate_batch
from lessons_lib.generation.beam import Beam, beam_search
from lessons_lib.generation.chat import Chat
from lessons_lib.generation.constraint import Constraint, ConstraintError, choice, json_schema, regex
from lessons_lib.generation.drafts import ModelDraft, NGramDraft
from lessons_lib.generation.engine import Answer, Engine, EngineFull, EngineStopped, Handle
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.loop import generate, stream
from lessons_lib.generation.prompt_cache import PromptCache
from lessons_lib.generation.request import Request, Token
from lessons_lib.generation.runner import Runner
from lessons_lib.generation.sampling import LogitsError, Sampler, SamplerSettings, softmax
from lessons_lib.generation.speculative import Speculation, speculate
from lessons_lib.generation.stop_strings import StopStrings

__all__ = [
    "Answer",
    "Beam",
    "Chat",
    "Constraint",
    "ConstraintError",
    "Engine",
    "EngineFull",
    "EngineStopped",
    "Handle",
    "KVCache",
    "LogitsError",
    "ModelDraft",
    "NGramDraft",
    "PromptCache",
    "Request",
    "Runner",
    "Sampler",
    "SamplerSettings",
    "Speculation",
    "StopStrings",
    "Token",
    "beam_search",
    "choice",
    "generate",
    "generate_batch",
    "json_schema",
    "regex",
    "softmax",
    "speculate",
    "stream",
]
