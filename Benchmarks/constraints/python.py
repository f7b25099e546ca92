#!/usr/bin/env python3
"""Asks CPython's parser about the Python subset of the constraints.

    Benchmarks/constraints/python.py EVALDATA FOLDER [INTERPRETER ...]

Texts drawn from the grammar, solutions of HumanEval and MBPP, and mutations of them: whatever the grammar accepts must
pass `ast.parse` of every interpreter; how many of the solutions it accepts is printed. Run in the checkout; the Swift
half is the suite `PythonEvaluationTests`.

    Benchmarks/constraints/python.py record

writes the verdicts on the texts of `python_texts.py` into the unit tests' `PythonTexts.swift`.
"""
import ast
import collections
import gzip
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tokenize
import warnings

SEED = 17


def parses(level, text):
    """Whether CPython reads it, where it stands: an expression, or in that many blocks."""
    headers = "".join("    " * depth + "if 1:\n" for depth in range(max(level, 0)))
    try:
        ast.parse(headers + text, mode="eval" if level < 0 else "exec")
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError, UnicodeEncodeError):
        return False


def lines(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def normalised(text):
    """The same statements in the subset's layout: spaces for tabs, no white space at the ends of lines, blocks four
    spaces deep. Nothing within strings and brackets is touched."""
    readable = io.StringIO(text.replace("\r\n", "\n")).readline
    result, depth, fresh, row, column = [], 0, True, 1, 0
    source = text.replace("\r\n", "\n").splitlines(keepends=True)
    for token in tokenize.generate_tokens(readable):
        if token.type == tokenize.INDENT:
            depth += 1
        elif token.type == tokenize.DEDENT:
            depth -= 1
        elif token.type in (tokenize.NEWLINE, tokenize.NL):
            # Within brackets a line goes on as it stands.
            result.append("\n")
            fresh = token.type == tokenize.NEWLINE or fresh
            row, column = token.end[0] + 1, 0
        elif token.type != tokenize.ENDMARKER:
            if fresh:
                ahead = depth
                if token.type == tokenize.COMMENT:
                    # The tokenizer has not yet seen the block's new depth.
                    ahead = len(token.line[: token.start[1]].expandtabs(4)) // 4
                result.append("    " * ahead)
            elif token.start[0] == row:
                result.append(source[row - 1][column : token.start[1]].replace("\t", " "))
            else:
                result.append(" ")
            result.append(token.string)
            row, column = token.end
            fresh = False
            if token.type == tokenize.COMMENT and token.line.strip().startswith("#"):
                fresh = True
    return "".join(result)


def solutions(data):
    """Name, level, text."""
    for task in lines(data / "humaneval/HumanEval.jsonl.gz"):
        yield "HumanEval bodies", 1, task["canonical_solution"]
        yield "HumanEval files", 0, task["prompt"] + task["canonical_solution"]
    for task in lines(data / "mbpp/mbpp_sanitized.jsonl.gz"):
        yield "MBPP sanitized", 0, task["code"]
    for task in lines(data / "mbpp/mbpp_test.jsonl.gz"):
        yield "MBPP test", 0, task["code"]
    for task in lines(data / "canitedit/canitedit.jsonl.gz"):
        yield "CanItEdit before", 0, task["before"]
        yield "CanItEdit after", 0, task["after"]


def mutations(texts, count, generator):
    pieces = []
    split = []
    for text in texts:
        try:
            tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline)]
        except (tokenize.TokenError, SyntaxError):
            continue
        own = []
        row, column = 1, 0
        source = text.splitlines(keepends=True)
        for token in tokens:
            if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER) or not token.string:
                continue
            if token.start[0] != row:
                row, column = token.start[0], 0
            own.append(source[row - 1][column : token.start[1]])
            own.append(token.string)
            row, column = token.end
        pieces += [piece for piece in own if piece.strip()]
        split.append(own)
    signs = list(" \n\t()[]{}:;,.=+-*/%@&|^<>!~#\\'\"_0a1\u00e9") + ["    ", "\n    ", "if ", "not ", "f'", "lambda:"]
    keywords = ["if", "else", "for", "in", "not", "lambda", "yield", "await", "async", "def", "class", "return", "None",
                "is", "and", "or", "*", "**", ":=", "=", "==", "->", "...", "0", "012", "0x", "1_", "b''", "f'{a}'",
                "rb''", "''", "\"\"\"", "@", ";", "del", "global", "import", "from", "as", "with", "try", "except",
                "finally", "raise", "assert", "pass", "match", "print", "\n", ",", "(", ")", "[", "]", "{", "}"]
    for index in range(count):
        own = list(generator.choice(split))
        if index % 2:
            text = "".join(own)
            for _ in range(generator.choice([1, 1, 1, 2, 3])):
                place = generator.randrange(len(text) + 1)
                kind = generator.randrange(4)
                if kind == 0:
                    text = text[:place] + text[place + 1 :]
                elif kind == 1:
                    text = text[:place] + generator.choice(signs) + text[place:]
                elif kind == 2:
                    text = text[:place] + generator.choice(signs) + text[place + 1 :]
                else:
                    end = place + generator.randrange(12)
                    text = text[:place] + text[end:]
        else:
            for _ in range(generator.choice([1, 1, 1, 2, 3])):
                place = generator.randrange(len(own))
                kind = generator.randrange(5)
                if kind == 0:
                    own.pop(place)
                elif kind == 1:
                    own.insert(place, generator.choice(pieces))
                elif kind == 2:
                    own[place] = generator.choice(pieces)
                elif kind == 3:
                    own.insert(place, generator.choice(keywords))
                else:
                    own[place] = generator.choice(keywords)
                if not own:
                    own = ["\n"]
            text = "".join(own)
        if "\r" not in text and "\0" not in text:
            yield text


def deepest():
    """Each bound of the grammar met, one within the other."""
    inside = "a"
    for _ in range(10):
        value = "(" + inside + ")" + ".a" * 20
        power = "**".join(["-a"] * 40 + ["-await " + value])
        inside = "not not " + power
        inside = " if a else ".join(["a"] * 5 + ["lambda: lambda: " + inside])
    text = ""
    for depth in range(16):
        indentation = "    " * depth
        text += indentation + "if a: a\n" + (indentation + "elif a: a\n") * 31 + indentation + "elif a:\n"
        if depth == 14:
            break
    return text + "    " * 15 + inside


def judge(path):
    """Run by an interpreter of any version: the numbers of the texts that it does not read."""
    with open(path, encoding="utf-8") as file:
        refused = [index for index, line in enumerate(file) if not parses(*json.loads(line))]
    print(json.dumps(refused))


def main(data, folder, interpreters):
    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(SEED)
    questions, names = [], []
    seen = []
    for name, level, text in solutions(data):
        if not parses(level, text):
            continue
        if level == 0:
            seen.append(normalised(text))
        for kind, layout in (("as it stands", lambda text: text), ("layout normalised", None)):
            if layout is None:
                header = "".join("    " * depth + "if 1:\n" for depth in range(level))
                layout = lambda text: normalised(header + text)[len(header) :]
            try:
                questions.append((level, layout(text)))
                names.append((name, kind))
            except (tokenize.TokenError, IndentationError):
                pass
    questions.append((0, deepest()))
    names.append(("deepest", ""))
    for text in mutations(seen, 60_000, generator):
        questions.append((0, text))
        names.append(("mutation", ""))
    with open(folder / "questions.jsonl", "w", encoding="utf-8") as file:
        for level, text in questions:
            file.write(json.dumps({"level": level, "text": text}) + "\n")
    (folder / "refused.txt").unlink(missing_ok=True)
    environment = dict(os.environ, CINNABAR_PYTHON_EVALUATION=str(folder.resolve()))
    subprocess.run(
        ["swift", "test", "-c", "release", "--filter", "PythonEvaluationTests"], env=environment, check=True
    )
    verdicts = (folder / "verdicts.txt").read_text().split()
    assert len(verdicts) == len(questions)
    counts = collections.defaultdict(lambda: [0, 0])
    texts = []
    for name, verdict, question in zip(names, verdicts, questions):
        counts[name][0] += verdict == "1"
        counts[name][1] += 1
        if verdict == "1":
            texts.append(question)
        elif name[0] not in ("mutation", "deepest"):
            with open(folder / "refused.txt", "a", encoding="utf-8") as file:
                file.write(f"==== {name}\n{question[1]}\n")
    for (name, kind), (accepted, total) in counts.items():
        print(f"{name} {kind}: {accepted} of {total} accepted ({100 * accepted / total:.1f}%)")
    drawn = lines(folder / "drawn.jsonl")
    texts += [(text["level"], text["text"]) for text in drawn]
    with open(folder / "accepted.jsonl", "w", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps(text) + "\n")
    valid = sum(parses(level, text) for (level, text), name in zip(questions, names) if name[0] == "mutation")
    print(f"mutations that CPython reads: {valid}")
    failures = 0
    for interpreter in [sys.executable] + interpreters:
        command = [interpreter, "-W", "ignore", __file__, "judge", str(folder / "accepted.jsonl")]
        refused = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        failures += len(refused)
        print(f"{interpreter}: refuses {len(refused)} of {len(texts)} accepted texts, {len(drawn)} of them drawn")
        for index in refused[:20]:
            print("   ", json.dumps(texts[index])[:2000])
    return failures


def record():
    from python_texts import FOREIGN, VALID, WRONG

    here = pathlib.Path(__file__).resolve()
    version = sys.version.split()[0]
    result = [
        f"/// Texts and what `ast.parse` of CPython {version} says of them.",
        "///",
        "/// Written by `Benchmarks/constraints/python.py record`.",
        "enum PythonTexts {",
    ]
    kinds = [
        ("valid", "Read by CPython, and in the subset.", VALID, True),
        ("foreign", "Read by CPython, but not in the subset.", FOREIGN, True),
        ("wrong", "Refused by CPython.", WRONG, False),
    ]
    for name, comment, texts, expected in kinds:
        result += [f"    /// {comment}", f"    static let {name} = ["]
        for text in texts:
            assert parses(0, text) == expected, text
            quoted = json.dumps(text, ensure_ascii=False)
            for code in ("\\u0001", "\\f", "\\b"):
                quoted = quoted.replace(code, {"\\u0001": "\\u{1}", "\\f": "\\u{C}", "\\b": "\\u{8}"}[code])
            row = f"{result[-1]} {quoted}," if result[-1].startswith("        ") else ""
            if row and len(row) <= 120:
                result[-1] = row
            else:
                result.append(f"        {quoted},")
        result += ["    ]", ""]
    result[-1] = "}"
    path = here.parents[2] / "Tests/ConstraintsTests/Python/PythonTexts.swift"
    path.write_text("\n".join(result) + "\n", encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:] == ["record"]:
        record()
    elif len(sys.argv) == 3 and sys.argv[1] == "judge":
        judge(sys.argv[2])
    elif len(sys.argv) >= 3:
        sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]) > 0)
    else:
        sys.exit(__doc__)
