"""What the lesson and its exercises share: prompts whose answer the model knows."""

# 40 countries, each one token with its space, whose capital SmolLM2 says or begins to say behind `prompt`.
_NAMES = (
    "France Italy Germany England Japan China Egypt Greece Austria Hungary Portugal Ireland Sweden Norway "
    "Finland Denmark Belgium Iran Syria Cuba Peru Chile Kenya Ukraine Romania Bulgaria Canada Argentina "
    "Ethiopia Afghanistan Nepal Israel Jordan Indonesia Philippines Scotland Wales Iceland Jamaica Estonia"
)
COUNTRIES = _NAMES.split()
COUNTRY = 3  # its place in the prompt


def prompt(country: str) -> str:
    """Eight tokens."""
    return f"The capital of {country} is the city of"
