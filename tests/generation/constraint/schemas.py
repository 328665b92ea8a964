"""Schemas of our own, each with values that are valid and values that are not: every keyword that is understood, alone,
without a type, beside others, and in shapes that programs ask for."""

TYPES = ["string", "integer", "number", "boolean", "null", "object", "array"]
S, I, N, B, NULL, O, A = ({"type": name} for name in TYPES)  # noqa: E741


def obj(needed=(), **fields):
    """An object of these fields and no others; those that are needed are named, or all by "*"."""
    required = [*fields] if needed == "*" else [*needed]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def arr(items, **words):
    return {"type": "array", "items": items, **words}


def enum(*values):
    return {"enum": [*values]}


def any_of(*parts, **words):
    return {"anyOf": [*parts], **words}


def one_of(*parts, **words):
    return {"oneOf": [*parts], **words}


def all_of(*parts, **words):
    return {"allOf": [*parts], **words}


def text(**words):
    return {"type": "string", **words}


def whole(low=None, high=None):
    return I | ({} if low is None else {"minimum": low}) | ({} if high is None else {"maximum": high})


def form(name):
    return text(format=name)


MONEY = obj("*", amount=N | {"minimum": 0}, currency=enum("EUR", "USD", "SEK"))
ADDRESS = obj(["street", "town"], street=S, number=whole(1, 9999), town=S, code=text(pattern="^[0-9]{5}$"))
PERSON = obj(["name"], name=text(minLength=1), born=form("date"), email=form("email"), address=ADDRESS)
LINE = obj("*", product=S, count=whole(1, 999), price=MONEY)
EURO, BAD_EURO = {"amount": 12.5, "currency": "EUR"}, {"amount": -1, "currency": "EUR"}
HOME = {"street": "Bredgade", "number": 3, "town": "København", "code": "12600"}
TREE = {"$ref": "#/$defs/node", "$defs": {"node": obj(["value"], value=I, children=arr({"$ref": "#/$defs/node"}))}}
LIST = obj(["head"], head=I, tail=any_of({"$ref": "#"}, NULL))
SHAPE = one_of(
    obj("*", kind={"const": "circle"}, radius=N | {"exclusiveMinimum": 0}),
    obj("*", kind={"const": "box"}, width=N, height=N),
)

SCHEMAS = [  # schema, valid, invalid
    # One type, and several.
    (S, ["", "é", '"', "\n"], [1, None, [], {}, True]),
    (I, [0, -3, 10**14], [2.5, "1", None, True]),
    (N, [0, -2.5, 0.125, 12345], ["1", None, False]),
    (B, [True, False], [0, 1, "true", None]),
    (NULL, [None], [0, "", False, [], {}]),
    (O, [{}, {"a": 1, "b": [None]}], [[], "{}", None]),
    (A, [[], [1, "a", None]], [{}, "[]", 1]),
    ({"type": ["string", "null"]}, ["a", None], [1, {}, False]),
    ({"type": ["integer", "boolean"]}, [1, True], [1.5, "a", None]),
    ({"type": ["number", "string", "array"]}, [1.5, "a", []], [{}, None, True]),
    ({"type": ["integer", "number"]}, [1, 1.5], ["1"]),
    ({"type": ["object", "null"], "required": ["a"]}, [{"a": 1}, None], [{}, 0]),
    # No type: a keyword speaks of the values of its own type.
    ({"minimum": 3, "maximum": 5}, [3, 4.5, "a", None, [], {}, True], [2, 5.5]),
    ({"exclusiveMinimum": 0}, [1, 0.5, "0", None], [0, -1]),
    ({"exclusiveMaximum": 10}, [9.5, -100, {}], [10, 11]),
    ({"minLength": 2}, ["ab", 1, None, {}, [1]], ["a", ""]),
    ({"maxLength": 2}, ["ab", "", 100, {"a": "abc"}], ["abc"]),
    ({"pattern": "^a+$"}, ["aa", 1, None, ["b"]], ["b", "ab"]),
    ({"format": "date"}, ["2024-01-31", 3, None, {}], ["2024-13-01", "today"]),
    ({"items": I}, [[1, 2], [], "a", {"0": "a"}, None], [["a"], [1, None]]),
    ({"prefixItems": [I, S]}, [[1, "a"], [1], [], [1, "a", None], {}, 3], [["a"], [1, 2]]),
    ({"minItems": 1}, [[1], "", {}, None], [[]]),
    ({"maxItems": 1}, [[1], [], "ab", {"a": 1, "b": 2}], [[1, 2]]),
    ({"properties": {"a": I}}, [{"a": 1}, {}, {"b": "c"}, [], "a", 7], [{"a": "b"}]),
    ({"required": ["a"]}, [{"a": None}, {"a": 1, "b": 2}, [], "", 0], [{}, {"b": 1}]),
    ({"additionalProperties": I}, [{"a": 1}, {}, "a", ["b"]], [{"a": "b"}]),
    ({"additionalProperties": False}, [{}, [1], "a"], [{"a": 1}]),
    ({"dependentRequired": {"a": ["b"]}}, [{"a": 1, "b": 2}, {"b": 1}, {}, [], 3], [{"a": 1}]),
    ({"minimum": 1, "minLength": 1}, [1, "a", [], None], [0, ""]),
    ({"properties": {"a": {"minimum": 2}}}, [{"a": "b"}, {"a": 2}], [{"a": 1}]),
    ({"properties": {"a": {"minItems": 1}}, "minLength": 1}, ["a", {"a": [1]}, {"a": 0}], ["", {"a": []}]),
    ({"title": "anything but 0", "not": {"const": 0}}, [1, "a", None, [1, [2]], {"a": {"b": 1}}], [0]),
    # Values.
    (enum("red", "green"), ["red", "green"], ["blue", "", None]),
    (enum(1, "1", None, True), [1, "1", None, True], [0, "2", False]),
    (enum([1, 2], {"a": 1}), [[1, 2], {"a": 1}], [[2, 1], {"a": 2}, []]),
    (enum("", "a", "ab"), ["", "a", "ab"], ["b", "abc"]),
    (enum(0, False), [0, False], [1, True, None]),
    (enum("é", "日本", 'q"'), ["é", "日本", 'q"'], ["e", "日"]),
    ({"const": "yes"}, ["yes"], ["no", "", "yes "]),
    ({"const": None}, [None], [0, False, ""]),
    ({"const": 3}, [3], [4, "3", True]),
    ({"const": 2.0}, [2, 2.0], [2.5, "2"]),
    ({"const": [1, {"a": None}]}, [[1, {"a": None}]], [[1], [1, {"a": 0}]]),
    ({"type": "string", "enum": ["a", 1]}, ["a"], [1, "b"]),
    ({"type": "integer", "enum": [1, 2.5, 4]}, [1, 4], [2.5, 3]),
    ({"enum": [1, 5, 9, "a"], "minimum": 4}, [5, 9, "a"], [1, 4]),
    ({"enum": ["a", "abc", 1], "minLength": 2}, ["abc", 1], ["a", "ab"]),
    ({"const": {"a": 1}, "required": ["a"]}, [{"a": 1}], [{"a": 2}, {}]),
    # Numbers within bounds.
    (whole(0, 130), [0, 36, 130], [-1, 131, 1.5]),
    (whole(-5, 5), [-5, 0, 5], [-6, 6]),
    (whole(98, 1002), [98, 100, 999, 1002], [97, 1003, 9]),
    (whole(low=1), [1, 10**6], [0, -1]),
    (whole(high=-1), [-1, -1000], [0, 1]),
    (I | {"exclusiveMinimum": 0, "exclusiveMaximum": 3}, [1, 2], [0, 3]),
    (N | {"minimum": 0, "maximum": 1}, [0, 0.5, 1], [-0.1, 1.1]),
    (N | {"exclusiveMinimum": 0, "exclusiveMaximum": 1}, [0.001, 0.999], [0, 1]),
    (N | {"minimum": -90, "maximum": 90}, [-90, 52.52, 89.999], [-90.5, 91]),
    (N | {"exclusiveMaximum": 0}, [-0.5, -12], [0, 0.5]),
    (N | {"minimum": 2, "exclusiveMinimum": 2}, [2.5, 3], [2, 1]),
    (N | {"minimum": 3.0, "maximum": 4}, [3, 3.25], [2.75, 4.5]),
    ({"type": ["number", "null"], "minimum": 10}, [None, 10.5], [9, "11"]),
    # Strings.
    (text(minLength=1), ["a", "日"], ["", None]),
    (text(maxLength=3), ["", "日本語"], ["abcd"]),
    (text(minLength=2, maxLength=4), ["ab", "é\n", "abcd"], ["a", "abcde"]),
    (text(minLength=3, maxLength=3), ["abc", 'a"b'], ["ab", "abcd"]),
    (text(pattern="^[A-Z]{2}-[0-9]{4}$"), ["AB-1234"], ["AB-123", "ab-1234", "AB-12345"]),
    (text(pattern="b"), ["abc", "b"], ["ac", ""]),
    (text(pattern="^(GET|POST) /"), ["GET /", "POST /a"], ["PUT /", " GET /"]),
    (text(pattern="\\.csv$"), ["a.csv", ".csv"], ["a.csv2", "csv"]),
    (text(pattern="^\\+?[0-9 ]{5,12}$"), ["+45 33 12", "12345"], ["+45-33", "1234"]),
    (text(pattern="^#[0-9a-fA-F]{6}$"), ["#00ffAA"], ["00ffaa", "#00ffa"]),
    (text(pattern="^\\S+@\\S+$"), ["a@b"], ["a b@c", "@b"]),
    (text(pattern='^"\\\\$'), ['"\\'], ['"', "\\"]),
    (form("date"), ["2026-03-14", "1999-12-31"], ["2026-02-30", "2026-3-14", "14.3.2026"]),
    (form("time"), ["09:30:00Z", "23:59:59.5+02:00"], ["24:00:00Z", "9:30"]),
    (form("date-time"), ["2026-03-14T09:30:00Z"], ["2026-03-14", "2026-03-14T25:00:00Z"]),
    (form("email"), ["ada@example.org"], ["ada", "", "example.org"]),
    (form("ipv4"), ["192.168.0.1", "255.0.10.9"], ["256.1.1.1", "1.2.3"]),
    (form("uuid"), ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567", "123e4567-e89b-12d3-a456-42661417400g"]),
    (form("hostname"), ["example.org", "a-b.c"], ["-a.b", "a..b"]),
    (form("uri"), ["https://example.org/a?b=c"], ["example", "/a"]),
    # Lists.
    (arr(I), [[], [1, 2, 3]], [["a"], [1, None], 1]),
    (arr(S, minItems=1), [["a"]], [[], [1]]),
    (arr(N, maxItems=2), [[], [1, 2.5]], [[1, 2, 3]]),
    (arr(B, minItems=2, maxItems=2), [[True, False]], [[True], [True, True, True]]),
    (arr(arr(I, minItems=1), maxItems=2), [[], [[1], [2, 3]]], [[[]], [[1], [2], [3]]]),
    (arr(enum("a", "b")), [["a", "b", "a"]], [["c"], "a"]),
    (arr(False), [[]], [[1], [None]]),
    (arr({}, maxItems=1), [[], [{"a": 1}]], [[1, 2]]),
    ({"type": "array", "prefixItems": [S, I]}, [["a", 1], ["a"], ["a", 1, None]], [[1], ["a", "b"]]),
    (arr(False, prefixItems=[S, I]), [["a", 1], ["a"], []], [["a", 1, 2], [1]]),
    (arr(B, prefixItems=[S]), [["a"], ["a", True, False]], [["a", 1], [True]]),
    (arr(I, prefixItems=[S], minItems=2), [["a", 1]], [["a"], ["a", "b"], []]),
    (arr(I, prefixItems=[S, S], maxItems=1), [["a"], []], [["a", "b"], [1]]),
    (arr(N, minItems=3, maxItems=3), [[0.5, 1, -2]], [[1, 2], [1, 2, 3, 4], ["a", 1, 2]]),
    # Objects.
    (obj(a=I), [{}, {"a": 1}], [{"a": "b"}, {"b": 1}]),
    (obj("*", a=I, b=S), [{"a": 1, "b": "c"}], [{"a": 1}, {"b": "c"}, {"a": 1, "b": 2}]),
    (obj(["b"], a=I, b=S, c=B), [{"b": ""}, {"a": 1, "b": "", "c": True}], [{"a": 1}, {"b": "", "c": 0}]),
    (O | {"properties": {"a": I}}, [{"a": 1, "z": "other"}, {"z": None}], [{"a": None}, []]),
    (O | {"properties": {"a": I}, "required": ["a"]}, [{"a": 1}, {"a": 2, "b": {}}], [{}, {"b": 1}]),
    (O | {"required": ["a", "b"]}, [{"a": 1, "b": 2}], [{"a": 1}, {"b": 1}]),
    (O | {"additionalProperties": I}, [{}, {"x": 1, "y": 2}], [{"x": "y"}, {"x": 1, "y": None}]),
    (O | {"properties": {"a": S}, "additionalProperties": I}, [{"a": "b", "c": 1}, {"ab": 2}], [{"a": 1}, {"c": "d"}]),
    (O | {"properties": {"a": False}}, [{}, {"b": 1}], [{"a": 1}, {"a": None}]),
    (O | {"properties": {"a": True}}, [{"a": [1]}, {"b": 1}], [[], None]),
    (O | {"properties": {"a": {}}, "required": ["c"]}, [{"a": 1, "c": 2}, {"c": None}], [{"a": 1}]),
    (O | {"required": ["a"], "additionalProperties": S}, [{"a": "b"}, {"a": "", "c": ""}], [{"a": 1}, {}]),
    (O | {"properties": {'q"': I, "n\n": I}}, [{'q"': 1, "n\n": 2}], [{'q"': "a"}, {"n\n": None}]),
    (O | {"additionalProperties": N}, [{'q"': 1, "n\n": 2, "\\": 3}], [{'q"': "a"}]),
    (O | {"properties": {"": I, "é": S}}, [{"": 1, "é": ""}], [{"": ""}, {"é": 1}]),
    (O | {"properties": {"a": O | {"properties": {"b": I}}}}, [{"a": {"b": 1}}, {"a": {"c": 1}}], [{"a": {"b": ""}}]),
    (obj(a=obj("*", b=obj("*", c=NULL))), [{"a": {"b": {"c": None}}}, {}], [{"a": {"b": {}}}, {"a": {}}]),
    (O | {"title": "T", "description": "d", "default": {}, "examples": [1], "deprecated": True}, [{}], [1]),
    # anyOf, oneOf, allOf.
    (any_of(S, I), ["a", 1], [None, 1.5]),
    (any_of(whole(0, 3), whole(7, 9)), [0, 3, 7], [4, 10, "a"]),
    (any_of(text(maxLength=1), text(pattern="^long")), ["", "a", "longer"], ["ab", 1]),
    (any_of({"minimum": 5}, {"maximum": 2}), [7, 1, "a", None], [3, 4.5]),
    (any_of({"minimum": 5}, type="integer"), [5, 9], [4, "a"]),
    (any_of(obj("*", a=I), obj("*", b=I)), [{"a": 1}, {"b": 1}], [{}, {"a": 1, "b": 1}]),
    (any_of({"required": ["a"]}, {"required": ["b"]}, type="object"), [{"a": 1}, {"b": 1}], [{}, {"c": 1}]),
    (any_of(NULL, arr(I, minItems=1)), [None, [1]], [[], 0]),
    (any_of(enum("a", "b"), enum("b", 3)), ["a", "b", 3], ["c", 4]),
    (one_of(S, I), ["a", 1], [None, {}]),
    (one_of({"minimum": 3}, {"maximum": 5}, type="number"), [2, 6], [3, 4.5, "a"]),
    (one_of(I, {"minimum": 2}), [1, 2.5, -4], [3, 1.5]),
    (one_of({"required": ["a"]}, {"required": ["b"]}, type="object"), [{"a": 1}, {"b": 1}], [{}, {"a": 1, "b": 1}]),
    (one_of(S, enum("abc", 1)), ["ab", "", 1], ["abc", 2]),
    (one_of(obj("*", a=I), obj("*", a=S)), [{"a": 1}, {"a": "b"}], [{"a": None}, {}]),
    (one_of(enum(1, 2), enum(2, 3)), [1, 3], [2, 4]),
    (one_of(NULL, B, N), [None, True, 1.5], ["a", []]),
    (one_of({"type": "number"}, {"minLength": 2}), ["ab", None, []], [1, "a"]),
    (all_of(I, {"minimum": 3}), [3, 9], [2, "a"]),
    (all_of({"minimum": 3}, {"maximum": 5}), [3, 5, "a", None], [2, 6]),
    (all_of({"minLength": 2}, {"maxLength": 3}), ["ab", 7, []], ["a", "abcd"]),
    (all_of({"type": ["string", "integer"]}, {"type": ["integer", "null"]}), [1], ["a", None]),
    (all_of(O | {"properties": {"a": I}}, {"required": ["a"]}), [{"a": 1}, {"a": 1, "b": 2}], [{}, {"a": ""}]),
    (all_of({"properties": {"a": I}}, {"properties": {"b": S}}), [{"a": 1, "b": ""}, {}, 3], [{"a": ""}, {"b": 1}]),
    (all_of({"items": {"minimum": 1}}, {"items": I}), [[1, 2], "a"], [[0], ["a"]]),
    (all_of({"prefixItems": [I]}, {"items": {"maximum": 4}}, type="array"), [[1, 4], [4, "a"]], [["a"], [5], [1, 5]]),
    (all_of(enum(1, 2, 3), enum(2, 3, 4)), [2, 3], [1, 4]),
    (all_of(any_of(S, I), any_of(I, NULL)), [5], ["a", None]),
    (all_of({"additionalProperties": I}, {"required": ["a"]}, type="object"), [{"a": 1}], [{}, {"a": "b"}]),
    # not, if, and what a name asks for.
    ({"not": S}, [1, None, {}, []], ["a", ""]),
    ({"not": I}, [1.5, "a", None], [1, -4]),
    ({"not": {"type": ["string", "null"]}}, [1, [], True], ["a", None]),
    ({"type": "number", "not": I}, [0.5, -2.25], [1, 0, "a"]),
    ({"type": "string", "not": {"enum": ["a", "ab"]}}, ["", "b", "abc"], ["a", "ab", 1]),
    ({"type": "integer", "not": {"const": 7}}, [6, 8, -7], [7, "a"]),
    ({"type": "integer", "not": {"minimum": 3, "maximum": 5}}, [2, 6], [3, 5]),
    ({"type": "string", "not": {"maxLength": 2}}, ["abc"], ["ab", "", 1]),
    ({"type": "array", "not": {"maxItems": 1}}, [[1, 2]], [[], [1]]),
    ({"type": "object", "not": {"required": ["a", "b"]}}, [{}, {"a": 1}, {"b": 1}], [{"a": 1, "b": 2}]),
    ({"type": "object", "not": {"properties": {"a": I}}}, [{"a": "b"}], [{}, {"a": 1}]),
    ({"not": {"not": I}}, [3], [2.5, "a"]),
    ({"not": any_of(S, N)}, [None, True, {}], ["a", 1]),
    ({"type": "boolean", "not": {"const": True}}, [False], [True, None]),
    ({"if": {"minimum": 10}, "then": {"maximum": 20}, "type": "integer"}, [3, 15], [21, "a"]),
    ({"if": S, "then": {"minLength": 1}, "else": N}, ["a", 1.5], ["", None, {}]),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "type": "object"}, [{}, {"a": 1, "b": 1}], [{"a": 1}]),
    ({"if": I, "else": False}, [1, -2], ["a", 1.5]),
    ({"if": {"const": 1}, "then": False, "type": "integer"}, [2, 0], [1, "a"]),
    ({"then": False, "type": "null"}, [None], [0]),
    (O | {"dependentRequired": {"card": ["holder", "until"]}},
     [{}, {"holder": 1}, {"card": 1, "holder": 2, "until": 3}], [{"card": 1}, {"card": 1, "holder": 2}]),
    (O | {"dependentRequired": {"a": ["b"], "b": ["c"]}},
     [{}, {"c": 1}, {"b": 1, "c": 2}], [{"b": 1}, {"a": 1, "b": 2}]),
    ({"properties": {"a": {}}, "dependentSchemas": {"a": {"properties": {"b": I}}}},
     [{"a": 1, "b": 2}, {"b": "c"}, 3], [{"a": 1, "b": "c"}]),
    ({"dependentSchemas": {"a": {"required": ["c"], "minimum": 3}}}, [{"a": 1, "c": 2}, {}, 1, "a"], [{"a": 1}]),
    ({"dependentSchemas": {"a": False}, "type": "object"}, [{}, {"b": 1}], [{"a": 1}]),
    # References.
    ({"$ref": "#/$defs/a", "$defs": {"a": I}}, [1], ["a", 1.5]),
    (O | {"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": S}}, [{"a": "x"}, {}], [{"a": 1}]),
    (O | {"properties": {"a": I, "b": {"$ref": "#/properties/a"}}}, [{"a": 1, "b": 2}], [{"b": "c"}]),
    ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": S}}, ["a"], [1]),
    ({"$ref": "#/definitions/a", "minimum": 2, "definitions": {"a": I}}, [2, 3], [1, "a"]),
    (arr({"$ref": "#/$defs/p"}) | {"$defs": {"p": {"prefixItems": [I, I], "minItems": 2, "type": "array"}}},
     [[], [[1, 2]]], [[[1]], [["a", 2]]]),
    (TREE, [{"value": 1}, {"value": 1, "children": [{"value": 2, "children": []}]}],
     [{"children": []}, {"value": 1, "children": [{"value": "a"}]}]),
    (LIST, [{"head": 1}, {"head": 1, "tail": {"head": 2, "tail": None}}], [{"tail": None}, {"head": 1, "tail": {}}]),
    ({"properties": {"up": {"$ref": "#"}}, "additionalProperties": False}, [{"up": {"up": {}}}, 1, {"up": "a"}],
     [{"down": 1}, {"up": {"down": 1}}]),
    (any_of(N, arr({"$ref": "#"})), [1, [1, [2, []]]], ["a", [1, ["a"]]]),
    # Shapes that programs ask for.
    (ADDRESS, [HOME, {"street": "a", "town": "b"}], [HOME | {"code": "1260"}, {"street": "a"}, HOME | {"land": "DK"}]),
    (PERSON, [{"name": "Niels", "born": "1985-10-07", "address": HOME}, {"name": "N", "email": "n@example.org"}],
     [{"name": ""}, {"name": "N", "born": "1885-10-32"}, {"name": "N", "address": {"town": "Oslo"}}]),
    (MONEY, [EURO, {"amount": 0, "currency": "SEK"}], [BAD_EURO, {"amount": 1, "currency": "DEM"}, {"amount": 1}]),
    (obj("*", number=text(pattern="^R-[0-9]+$"), lines=arr(LINE, minItems=1), total=MONEY),
     [{"number": "R-17", "lines": [{"product": "lamp", "count": 2, "price": EURO}], "total": EURO}],
     [{"number": "17", "lines": [{"product": "lamp", "count": 2, "price": EURO}], "total": EURO},
      {"number": "R-17", "lines": [], "total": EURO},
      {"number": "R-17", "lines": [{"product": "lamp", "count": 0, "price": EURO}], "total": EURO}]),
    (obj("*", name={"const": "get_weather"}, arguments=obj(["city"], city=S, unit=enum("celsius", "fahrenheit"))),
     [{"name": "get_weather", "arguments": {"city": "Oslo", "unit": "celsius"}}],
     [{"name": "get_time", "arguments": {"city": "Oslo"}}, {"name": "get_weather", "arguments": {}}]),
    (any_of(obj("*", name={"const": "add"}, arguments=obj("*", a=N, b=N)),
            obj("*", name={"const": "say"}, arguments=obj("*", text=S))),
     [{"name": "add", "arguments": {"a": 1, "b": 2.5}}, {"name": "say", "arguments": {"text": "hi"}}],
     [{"name": "add", "arguments": {"text": "hi"}}, {"name": "sub", "arguments": {"a": 1, "b": 2}}]),
    (obj("*", title=S, serves=whole(1, 20), steps=arr(text(minLength=1), minItems=1),
         ingredients=arr(obj(["what"], what=S, amount=N | {"exclusiveMinimum": 0}, unit=enum("g", "ml", "piece")))),
     [{"title": "Pancakes", "serves": 4, "steps": ["Mix.", "Fry."], "ingredients": [{"what": "egg", "amount": 2}]}],
     [{"title": "Pancakes", "serves": 0, "steps": ["Mix."], "ingredients": []},
      {"title": "Pancakes", "serves": 4, "steps": [""], "ingredients": []},
      {"title": "Pancakes", "serves": 4, "steps": ["Mix."], "ingredients": [{"what": "egg", "unit": "kg"}]}]),
    (SHAPE, [{"kind": "circle", "radius": 1.5}, {"kind": "box", "width": 1, "height": 2}],
     [{"kind": "circle", "radius": 0}, {"kind": "box", "radius": 1}, {"kind": "line"}]),
    (obj("*", type={"const": "Point"}, coordinates=arr(N, minItems=2, maxItems=2)),
     [{"type": "Point", "coordinates": [12.57, 55.68]}],
     [{"type": "Point", "coordinates": [1]}, {"type": "Line", "coordinates": [1, 2]}]),
    (obj(["lat", "lon"], lat=N | {"minimum": -90, "maximum": 90}, lon=N | {"minimum": -180, "maximum": 180}),
     [{"lat": 55.67, "lon": 12.5}, {"lat": -90, "lon": 180}], [{"lat": 91, "lon": 0}, {"lat": 1}]),
    (obj("*", label=enum("world", "sports", "business", "science")), [{"label": "sports"}], [{"label": "art"}, {}]),
    (obj("*", sentiment=enum("positive", "negative"), score=N | {"minimum": 0, "maximum": 1}),
     [{"sentiment": "negative", "score": 0.25}], [{"sentiment": "neutral", "score": 0.5}, {"score": 1}]),
    (obj(["start", "end"], title=S, start=form("date-time"), end=form("date-time"), guests=arr(form("email"))),
     [{"start": "2026-05-04T09:30:00Z", "end": "2026-05-04T10:15:00+02:00", "guests": ["a@example.org"]}],
     [{"start": "2026-05-04", "end": "2026-05-05"}, {"start": "2026-05-04T09:30:00Z"}]),
    (arr(obj("*", role=enum("system", "user", "assistant"), content=S), minItems=1),
     [[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]],
     [[], [{"role": "robot", "content": "Hi"}], [{"role": "user"}]]),
    (obj("*", id=form("uuid"), seen=form("date-time"), host=form("ipv4")),
     [{"id": "123e4567-e89b-12d3-a456-426614174000", "seen": "2026-01-02T03:04:05Z", "host": "10.0.0.1"}],
     [{"id": "1", "seen": "2026-01-02T03:04:05Z", "host": "10.0.0.1"},
      {"id": "123e4567-e89b-12d3-a456-426614174000", "seen": "now", "host": "10.0.0.1"}]),
    (O | {"properties": {"jsonrpc": {"const": "2.0"}, "id": any_of(I, S, NULL), "result": {}, "error": O},
          "required": ["jsonrpc", "id"], "oneOf": [{"required": ["result"]}, {"required": ["error"]}]},
     [{"jsonrpc": "2.0", "id": 1, "result": [1]}, {"jsonrpc": "2.0", "id": "a", "error": {}}],
     [{"jsonrpc": "2.0", "id": 1}, {"jsonrpc": "2.0", "id": 1, "result": 1, "error": {}}, {"id": 1, "result": 1}]),
    (O | {"properties": {"pay": enum("card", "bill"), "card": text(pattern="^[0-9]{16}$")}, "required": ["pay"],
          "if": {"properties": {"pay": {"const": "card"}}}, "then": {"required": ["card"]}},
     [{"pay": "bill"}, {"pay": "card", "card": "4" * 16}], [{"pay": "card"}, {"pay": "card", "card": "4"}, {}]),
    (O | {"properties": {"host": form("hostname"), "port": whole(1, 65535), "tls": B | {"default": True}},
          "required": ["host"]},
     [{"host": "example.org", "port": 8080, "tls": False}, {"host": "a", "comment": "mine"}],
     [{"port": 80}, {"host": "a", "port": 0}, {"host": "a", "tls": "yes"}]),
    (O | {"additionalProperties": arr(S)}, [{}, {"PATH": ["a", "b"], "HOME": []}], [{"PATH": "a"}, {"PATH": [1]}]),
    (obj("*", question=S, choices=arr(S, minItems=4, maxItems=4), answer=whole(0, 3)),
     [{"question": "Why?", "choices": ["a", "b", "c", "d"], "answer": 2}],
     [{"question": "Why?", "choices": ["a"], "answer": 0}, {"question": "", "choices": [""] * 4, "answer": 4}]),
    (arr(arr(enum(0, 1), minItems=2, maxItems=2), minItems=2, maxItems=2),
     [[[0, 1], [1, 0]]], [[[0, 1]], [[0, 2], [1, 0]]]),
    (obj(["name", "version"], name=text(pattern="^[a-z][a-z0-9-]*$"), version=text(pattern="^\\d+\\.\\d+\\.\\d+$"),
         needs=O | {"additionalProperties": S}),
     [{"name": "left-pad", "version": "1.0.0", "needs": {"a": ">=1"}}],
     [{"name": "Left", "version": "1.0.0"}, {"name": "a", "version": "1.0"},
      {"name": "a", "version": "1.0.0", "needs": []}]),
    (obj("*", user=any_of(obj("*", id=I), obj("*", email=form("email"))),
         roles=arr(enum("admin", "guest"), minItems=1)),
     [{"user": {"id": 3}, "roles": ["admin"]}, {"user": {"email": "a@b.org"}, "roles": ["guest", "admin"]}],
     [{"user": {}, "roles": ["admin"]}, {"user": {"id": 3}, "roles": []}, {"user": {"id": 3}, "roles": ["root"]}]),
    ({"properties": {"query": text(minLength=1), "most": whole(1, 100)}, "required": ["query"]},
     [{"query": "masks", "most": 20}, {"query": "a", "page": 2}, None],
     [{"most": 3}, {"query": ""}, {"query": "a", "most": 0}]),
]  # fmt: skip
