"""docs/admin-api.yaml, and whether an answer is what it says. Only the standard library is used."""
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = json.loads((ROOT / "docs/admin-api.yaml").read_text())
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "number": (int, float)}


def resolve(value):
    """What a reference stands for; anything else is itself."""
    while "$ref" in value:
        found = API
        for part in value["$ref"].split("/")[1:]:
            found = found[part]
        value = found
    return value


def problems(value, schema, where="answer"):
    """What is wrong with a value by the schema: types, required and unknown members, words."""
    schema = resolve(schema)
    if value is None:
        return [] if schema.get("nullable") else [f"{where} is null"]
    is_type = isinstance(value, TYPES[schema["type"]])
    if not is_type or (isinstance(value, bool) and schema["type"] != "boolean"):
        return [f"{where} is no {schema['type']}: {value!r}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where} is {value!r}")
    if schema["type"] == "object":
        properties = schema["properties"]
        found += [f"{where} has no {key}" for key in schema.get("required", [])
                  if key not in value]
        for key, item in value.items():
            found += (problems(item, properties[key], f"{where}.{key}") if key in properties
                      else [f"{where} has a {key}"])
    if schema["type"] == "array":
        for number, item in enumerate(value):
            found += problems(item, schema["items"], f"{where}[{number}]")
    return found


def problems_of_answer(method, path, status, content_type, body):
    """What is wrong with an answer: its status, type or document."""
    operation = API["paths"].get(path, {}).get(method.lower())
    if operation is None:
        # Of a method that is not described, what the path says of another one.
        operation = next(iter(API["paths"][path].values()))
    described = operation["responses"].get(str(status))
    if described is None:
        return [f"{method} {path}: {status} is not described"]
    content = resolve(described)["content"]
    media_type = content_type.partition(";")[0].strip()
    if media_type not in content:
        return [f"{method} {path}: {status} is {content_type}"]
    value = json.loads(body) if media_type == "application/json" else body
    return [f"{method} {path}: {status}: {problem}"
            for problem in problems(value, content[media_type]["schema"])]
