"""An exercise of lesson 19: what a config weighs, and what a token leaves, counted from the published file."""

import json

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson19.dbrx import PUBLISHED, small


def my_count(values):
    C, H, V = values["d_model"], values["n_heads"], values["vocab_size"]
    ffn = values["ffn_config"]
    E, k = ffn["moe_num_experts"], ffn["moe_top_k"]
    kept = 2 * values["attn_config"]["kv_n_heads"] * C // H  # a key and a value for each shared head
    expert = 3 * C * ffn["ffn_hidden_size"]
    attention = C * (C + kept) + C * C
    rest = attention + C * E + 2 * C  # with the router and two norms

    def total(experts):
        return 2 * V * C + C + values["n_layers"] * (rest + experts * expert)

    return total(E), total(k), values["n_layers"] * kept


def _with(values, both=0, layer=0, expert=0, kept=None):
    """The three numbers with so many parameters more altogether, in a layer, and in an expert."""
    all_of_them, met, left = my_count(values)
    ffn, layers = values["ffn_config"], values["n_layers"]
    more = both + layers * layer
    return (
        all_of_them + more + layers * ffn["moe_num_experts"] * expert,
        met + more + layers * ffn["moe_top_k"] * expert,
        left if kept is None else kept,
    )


def count_with_one_table(values):
    """It looks as if the head is missing, or shared with the embedding: `tie_word_embeddings` is false, so both tables
    count."""
    return _with(values, both=-values["vocab_size"] * values["d_model"])


def count_without_tables(values):
    """It looks as if embedding and head are missing: a table of V rows at each end."""
    return _with(values, both=-2 * values["vocab_size"] * values["d_model"])


def count_with_two_matrices(values):
    """It looks as if an expert has two matrices. It has a gate too: three of d_model times ffn_hidden_size."""
    return _with(values, expert=-values["d_model"] * values["ffn_config"]["ffn_hidden_size"])


def count_with_heads_of_their_own(values):
    """It looks as if each query head has keys and values of its own. They have kv_n_heads heads: both the matrices and
    the cache are smaller."""
    C = values["d_model"]
    kept = 2 * values["attn_config"]["kv_n_heads"] * C // values["n_heads"]
    return _with(values, layer=C * (2 * C - kept), kept=values["n_layers"] * 2 * C)


def count_keeping_all_heads(values):
    """The parameters are right. In the cache only the kv_n_heads shared heads are kept, each d_model / n_heads wide."""
    return _with(values, kept=values["n_layers"] * 2 * values["d_model"])


def count_keeping_one_layer(values):
    """The parameters are right. Each layer has a cache of its own: n_layers times as much."""
    return _with(values, kept=my_count(values)[2] // values["n_layers"])


def count_keeping_keys_alone(values):
    """The parameters are right. A token leaves a key and a value in each shared head: twice as much."""
    return _with(values, kept=my_count(values)[2] // 2)


def count_without_norms(values):
    """It looks as if the norms are missing: two a layer and one at the end, each with d_model weights, no biases."""
    return _with(values, both=-values["d_model"], layer=-2 * values["d_model"])


def count_without_the_last_norm(values):
    """It looks as if the norm in front of the head is missing."""
    return _with(values, both=-values["d_model"])


def count_norms_with_biases(values):
    """It looks as if the norms have biases. DBRX's have weights alone."""
    return _with(values, both=values["d_model"], layer=2 * values["d_model"])


def count_without_routers(values):
    """It looks as if the routers are missing: in each layer a row of d_model numbers for each expert."""
    return _with(values, layer=-values["d_model"] * values["ffn_config"]["moe_num_experts"])


def count_routing_to_the_chosen(values):
    """It looks as if a token met only the router's rows of the chosen experts. To choose, all rows are needed."""
    all_of_them, met, left = my_count(values)
    ffn = values["ffn_config"]
    unmet = ffn["moe_num_experts"] - ffn["moe_top_k"]
    return all_of_them, met - values["n_layers"] * values["d_model"] * unmet, left


def count_meeting_one_expert(values):
    """It looks as if a token met one expert. It meets moe_top_k of them."""
    all_of_them, met, left = my_count(values)
    ffn = values["ffn_config"]
    expert = 3 * values["d_model"] * ffn["ffn_hidden_size"]
    return all_of_them, met - values["n_layers"] * (ffn["moe_top_k"] - 1) * expert, left


def count_meeting_all(values):
    """It looks as if a token met all experts: the second number is with moe_top_k of them."""
    all_of_them, _, left = my_count(values)
    return all_of_them, all_of_them, left


def count_without_output(values):
    """It looks as if the output matrix of attention is missing: d_model times d_model in each layer."""
    return _with(values, layer=-(values["d_model"] ** 2))


_OTHER = small(8) | {"d_model": 48, "n_heads": 4, "n_layers": 2}
_OTHER["ffn_config"] = _OTHER["ffn_config"] | {"moe_num_experts": 7, "moe_top_k": 3}

COUNT_IT = Exercise(
    id="count_it",
    title="Count before you download",
    difficulty=2,
    minutes=15,
    kind="transfer",
    contract="my_count(values): a config.json of DBRX as a dict to three whole numbers: all parameters of the model; "
    "those that one token meets (all but the experts that it is not sent to, so with the whole embedding and head); "
    "and how many numbers one token leaves in the caches of all layers together.",
    cases=((small(8),), (_OTHER,), (json.loads(PUBLISHED),)),
    tried="two small configs and the published one: 131,596,523,520 parameters, of which a token meets 36,469,708,800",
    hints=(
        "Two tables of V rows, a norm at the end; in each layer attention, a router, two norms, and the experts.",
        "Keys and values have kv_n_heads heads of d_model / n_heads numbers each. So a token leaves "
        "2 * kv_n_heads * d_model / n_heads numbers in a layer, and the query, key and value matrix has d_model plus "
        "as many rows.",
        "The first two numbers differ in one place: moe_num_experts or moe_top_k experts of three matrices.",
    ),
    solution=my_count,
    mistakes=(
        count_with_one_table,
        count_without_tables,
        count_with_two_matrices,
        count_with_heads_of_their_own,
        count_keeping_all_heads,
        count_keeping_one_layer,
        count_keeping_keys_alone,
        count_without_norms,
        count_without_the_last_norm,
        count_norms_with_biases,
        count_without_routers,
        count_routing_to_the_chosen,
        count_meeting_one_expert,
        count_meeting_all,
        count_without_output,
    ),
)
