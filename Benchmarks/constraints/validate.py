#!/usr/bin/env python3
"""Asks a validator of somebody else's about the texts of `cinnabar eval schemas`.

    pip install jsonschema llguidance
    cinnabar eval schemas --data EVALDATA --output results
    Benchmarks/constraints/validate.py EVALDATA results

Every text must parse and validate; what llguidance compiles of the same schemas in strict mode is printed beside our share.
"""
import collections
import gzip
import json
import pathlib
import statistics
import sys

import jsonschema


def validator(schema):
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def texts(folder):
    with open(folder / "texts.jsonl") as file:
        for line in file:
            yield json.loads(line)


def main(data, folder):
    with gzip.open(data / "maskbench/maskbench-sample.jsonl.gz", "rt") as file:
        cases = {case["file"]: case["schema"] for case in map(json.loads, file)}
    checkers, counts, failures = {}, collections.Counter(), []
    rates = collections.defaultdict(lambda: [0, 0, 0.0])
    for run in texts(folder):
        name = run["file"]
        if run["kind"] in ("free", "unconstrained"):
            rate = rates[run["mode"], run["kind"]]
            rate[0] += run["tokens"]
            rate[1] += run["forwards"]
            rate[2] += run["decodeSeconds"]
        if not name:
            continue
        if name not in checkers:
            checkers[name] = validator(cases[name])
        counts[run["mode"], run["kind"], "all"] += 1
        try:
            checkers[name].validate(json.loads(run["text"]))
        except Exception as error:  # whatever is wrong with the text, it is a failure
            failures.append((name, run["mode"], run["kind"], run["text"][:200], str(error).splitlines()[0][:200]))
            continue
        counts[run["mode"], run["kind"], "valid"] += 1
    for mode, kind, what in sorted(counts):
        if what == "all":
            print(f"{mode:15} {kind:8} {counts[mode, kind, 'valid']} of {counts[mode, kind, what]} valid")
    for (mode, kind), (tokens, forwards, seconds) in sorted(rates.items()):
        pace, rate = tokens / forwards, tokens / max(seconds, 1e-9)
        print(f"{mode:15} {kind:13} {pace:.2f} tokens a forward, {rate:.0f} tokens/s, {1000 * seconds / forwards:.3f} ms a forward")
    for failure in failures[:20]:
        print("INVALID", *failure, sep="\n    ")

    with open(folder / "schemas.jsonl") as file:
        rows = [json.loads(line) for line in file]
    supported = {row["file"] for row in rows if not row.get("refusal")}
    times = [1000 * row["compileSeconds"] for row in rows if row["file"] in supported]
    print(f"supported: {len(supported)} of {len(rows)}; compiled in {statistics.median(times):.2f} ms (median)")
    try:
        import llguidance
    except ImportError:
        print("llguidance is not installed: no comparison")
    else:
        theirs = sum(compiles(llguidance, cases[row["file"]]) for row in rows)
        print(f"llguidance {getattr(llguidance, '__version__', '')}, strict: {theirs} of {len(rows)}")
    return 1 if failures else 0


def compiles(llguidance, schema):
    """Whether llguidance compiles the schema without leaving a keyword out."""
    try:
        grammar = llguidance.LLMatcher.grammar_from_json_schema(schema, overrides={"lenient": False})
        return not llguidance.LLMatcher.validate_grammar(grammar)
    except Exception:
        return False


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
