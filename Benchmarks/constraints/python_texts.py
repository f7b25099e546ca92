"""Texts for the unit tests of the Python subset."""

VALID = [
    # Statements on a line.
    "x = 1", "x = y = z = 1", "x, y = y, x", "x, = y", "(x, y), [z] = w", "*x, y = z", "x, *y = z",
    "x, *y, z = w, *v", "x.y = 1", "x[0] = 1", "x[0].y, z = 1, 2", "f(a)(b).c[d] = e", "x: int", "x: int = 1",
    "x.y: List[int] = []", "x[0]: int = 1, 2", "x += 1", "x.y //= 2", "x[0] **= 3", "x <<= 1, 2", "x @= y",
    "x = yield", "x = yield y, z", "x += yield", "yield", "yield x", "yield from x", "return", "return x",
    "return x, y", "return *x, y", "return(x)", "pass", "break", "continue", "raise", "raise x", "raise x from y",
    "assert x", "assert x, 'y'", "assert(x)", "del x", "del x, y[0], z.w", "import a", "import a.b.c as d, e",
    "from a import b", "from a.b import c as d, e", "from . import x", "from ..a import (x as y, z,)",
    "from a import (\n    b,  # c\n    d\n)", "from a import *", "global x", "nonlocal x, y", "pass; pass",
    "x = 1; y = 2;", "x  # comment", "x;  # é", "'doc'", "x\n", "\n\nx\n\n", "x\n\n\ny", "# comment\nx",
    "x\n# comment", "print (x)", "match(x)", "match = 1", "type = case = 2", "_ = 3", "match.x, case[y] = 1, 2",
    "nonet = Nonex = _1 = iffy = i = n0", "None.x = 1", "''.x = 1",
    # Compound statements.
    "if x: y", "if x: y; z", "if x:\n    y", "if(x):\n    y", "if x:  # comment\n    y", "if x:\n\n    y",
    "if x:\n    # comment\n    y\n    # comment", "if x:\n    y\n# comment\nelse:\n    z",
    "if x:\n    y\nelif z: w\nelif v:\n    u\nelse:\n    t", "if x := y:\n    z", "if not x: y",
    "if x:\n    if y:\n        z\n    else:\n        w\nelse:\n    v", "while x:\n    break\nelse:\n    pass",
    "for x in y:\n    z", "for x, y in z, w: v", "for x, *y in z: w", "for (x, y) in z: w", "for x.y[0] in z: w",
    "for x in y:\n    continue\nelse:\n    z", "try:\n    x\nexcept:\n    y", "try: x\nexcept A: y",
    "try: x\nexcept (A, B) as e:\n    y\nexcept C:\n    z\nexcept:\n    w\nelse:\n    v\nfinally:\n    u",
    "try:\n    x\nfinally:\n    y", "with x: y", "with x as y, z as (w, v):\n    u", "with (x) as y[0]: z",
    "with (x, y): z", "def f(): pass", "def f():\n    return 1", "def f(a, b=1, *c, d, e=2, **f): pass",
    "def f(a, /, b, *, c): pass", "def f(a=1, /, b=2, **c,) -> int: pass",
    "def f(\n    a: int = 1,  # b\n    *b: c,\n): pass", "def f(*a): pass", "def f(*, a): pass", "def f(**a): pass",
    "def f(a, b, /): pass", "class A: pass", "class A(): pass",
    "class A(B, *C, d=e, **f):\n    '''doc'''\n\n    x: int = 1\n\n    def f(self): pass", "@a\ndef f(): pass",
    "@a.b(c)\n# d\n@e[f]  # g\nclass H: pass", "async def f():\n    async with a as b:\n        await c",
    "async def f():\n    async for x in y: z\n    else: w",
    "def f():\n    def g():\n        def h():\n            pass\n    x",
    # Expressions.
    "a or b and not c", "not not a", "not(a)", "a in b not in c is d is not e", "a < b <= c != d == e > f >= g",
    "a|b^c&d<<e>>f+g-h*i/j//k%l@m**-n", "-a**-b", "a if b else c if d else e", "a if (b) else (c)", "lambda: x",
    "lambda a, *b, c=1, **d: a", "lambda *, a: (yield)", "lambda a, /, b=1: lambda: a", "a if b else lambda: c",
    "(a)", "()", "(a,)", "(a, b)", "(*a, b)", "(a := b)", "(yield)", "(a for b in c)",
    "(a for b in c if d if e for f in g)", "[]", "[a]", "[a, *b,]", "[a for b, c in d]", "[a for a in b if(c)]",
    "[a\n for a in b # c\n if d]", "{}", "{a}", "{*a, b}", "{a: b}", "{a: b, **c, d: e,}", "{a: b for c in d}",
    "{a for b in c}", "{lambda: 1: 2}", "[x async for x in y]", "f()", "f(a)", "f(a, *b, c, d=e, *f, **g, h=i)",
    "f(a for b in c)", "f(a := b, c)", "f(\n    a,\n    b=c,\n)", "f(**a, **b)", "a[b]", "a[b, c]", "a[b:c]", "a[:]",
    "a[::]", "a[b::c, d,]", "a[lambda: 1:2]", "a.b.c(d)[e].f", "(a\n .b()\n .c())", "a . b", "await a",
    "-await a ** b", "...", "....a", "None", "True", "x = not y", "a and (b or c)", "a if b else c, d",
    # Numbers.
    "0", "1_000", "0x1F", "0o17", "0b1_0", "0xdead_beef", "1.", ".5", "1.5e-3", "1e10", "2j", "1_0.0_1e1_0J", "0.5",
    "0e0",
    # Strings.
    "''", '""', "'a\"b'", "'\\n\\'\\\\\\x41\\u00e9\\U0001F600\\0\\377'", "r'\\d\\''", "u'x'", "'é😀'",
    "'a' \"b\" r'c'", "('a'\n 'b')", '"""a\n"b" ""c"""', "'''\n\n'''", "b'a\\x41'", "rb'\\q'", "b'a' Rb'b'", "f'{a}'",
    "f'{a.b[0](c)!r:>10}'", "f'{{}} {a + 1:.{b}f}'", "f\"{a['b']}\" 'c'", "f'''{a}\n'''", "f'{a:%Y-%m}'", "'a\\\nb'",
    "'# no comment'", "\"it's\"",
]

FOREIGN = [
    "", "# only a comment", "match x:\n    case 1: pass", "if 1:\n\tx", "if 1:\n  x", "x = 1 + \\\n    2", "é = 1",
    "'\\q'", "'\\N{EM DASH}'", "f'{a!r:{b!r}}'", "f'{a=}'", "f'{{a for a in b}}' f'{[a for a in b]}'",
    "with (a as b): pass", "*a", "del (a)", "del [a]", "() = a", "(a): int", "a[*b]", "x\t= 1", "x\n    \ny", "--a",
    "a = 00", "0_0", "b'a\\q'", "from __future__ import annotations", "def f(a, a=lambda: lambda: lambda: 1): pass",
    "a if b else(c)if d else e", "x = '\x01'", "x\x0c", "1 .real", "1[0]", "*a, *b = c",
    "try: a\nexcept: b\nexcept C: d",
]

WRONG = [
    # Missing and superfluous signs.
    "if x\n    y", "if x:\ny", "if x:", "else:\n    x", "if x: if y: z", "for x y: z", "for x in: y", "while: x",
    "def f: pass", "def f()", "class: pass", "try: x", "try: x\nelse: y", "try: x\nexcept: y\nfinally: z\nelse: w",
    "x = = 1", "x =", "= 1", "x == ", "x +", "* x =", "x y", "f(a b)", "f(", "f)", "(a", "[a", "{a", "(a]", "a..b",
    "a.", ".a", "a,,b", "(,)", "[,]", "f(,)", "f(a,,)", "x: ", "x: = 1", "return return", "pass pass", "import",
    "import a.", "import a as b.c", "from a import", "from import b", "from a import (b", "from a import b,",
    "from a import ()", "from .a.", "global", "global a.b", "nonlocal 1", "del", "del f()", "del 1", "raise from x",
    "assert", "x; ; y", "; x", "lambda", "lambda x", "lambda (x): y", "@a", "@a\nx", "@a\n\nx = 1", "async x",
    "async def f()", "await", "yield = 1", "not", "a not b", "a is", "a in", "in a", "a if b", "a if b else",
    "if a else b",
    # Indentation.
    " x", "    x", "x\n    y", "if x:\n    y\n      z", "if x:\n    y\n  z", "if x:\n        y\n    z",
    "def f():\n    x\n        y", "if x:\n\ty\n    z", "if x:\n    y\n else:\n    z",
    # Keywords as names.
    "if = 1", "None = 1", "x.if", "def if(): pass", "class True: pass", "f(None=1)", "import None", "lambda None: 1",
    "for None in x: y", "global is", "as = 1", "print(in)", "async = 1", "await = 1", "x.None",
    # Arguments and parameters.
    "f(a=1, 2)", "f(**a, *b)", "f(**a, b)", "f(a for b in c, d)", "f(a, b for c in d)", "f(a.b=1)", "f(1=2)", "f(a=)",
    "f(=a)", "f(*)", "f(**)", "f(a := )", "class A(b for c in d): pass", "def f(a=1, b): pass",
    "def f(a, a=1, b): pass", "def f(*): pass", "def f(*, **a): pass", "def f(/, a): pass", "def f(a, /, /): pass",
    "def f(*a, *b): pass", "def f(**a, b): pass", "def f(**a=1): pass", "def f(*a=1): pass", "def f(1): pass",
    "def f(a.b): pass", "def f((a, b)): pass", "def f(a=): pass", "def f(*, a, /): pass", "lambda a=1, b: a",
    "lambda a: int: b c",
    # Targets.
    "1 = x", "f() = 3", "a + b = c", "x = 1 = y", "x = f() = y", "'a' = x", "(a + b) = c", "[a, 1] = b",
    "a if b else c = d", "lambda: a = b", "(a := b) = c", "a < b = c", "not a = b", "a and b = c", "None += 1",
    "f() += 1", "a, b += 1", "(a, b) += 1", "a, b: int", "[a]: int", "f(): int", "a = yield = b", "for f() in x: y",
    "for 1 in x: y", "with a as f(): b", "with a as 1: b", "[a for f() in b]", "[a for b in c, d]", "{a: b, c}",
    "{a, b: c}", "{**a, b}", "{a: b for c in d, e: f}", "{**a for a in b}", "[*a for a in b]", "(*a)",
    "(*a for a in b)", "x := 1", "a = b := c", "(a.b := c)", "(a[0] := c)", "f(a := b := c)", "del a + b",
    "import a = b",
    # Expressions.
    "a + not b", "a == not b", "- not a", "a ** not b", "a + lambda: b", "a <> b", "a ! b", "!a", "a =! b", "a ++",
    "a = b++", "a && b", "a || b", "a ? b : c", "a -> b", "[a if b for c in d]", "[a for b in c if d else e]",
    "[a for b in lambda: c]", "[for a in b]", "a[]", "a[1:2:3:4]", "a[b:c for d in e]", "[a b]", "{a b}", "{a: }",
    "{: a}", "{a:: b}", "await await a", "a await b", "$a", "a $ b", "`a`", "a?",
    # Numbers.
    "0123", "01", "00123", "1__0", "1_", "_1 = 0x", "0x", "0xg", "0o8", "0b2", "1e", "1e+", "1.e", "1a", "1_a",
    "0_x1", "1.2.3", "12abc = 1", "1jj", "08", "09.e",
    # Strings.
    "'a", "'a\nb'", "\"a'", "'''a''", "'''a'", '"a""', "'a'b", "'a' b'c'", "b'a' 'c'", "b'é'", "'\\x1'", "'\\u12'",
    "'\\U00110000'", "ur'a'", "bu'a'", "f'{'", "f'{}'", "f'}'", "f'{a'", "f'{a b}'", "f'{a!x}'", "f'{a:{}}'", "fb'a'",
    "'a' f'{'", "x = '''\n",
]
