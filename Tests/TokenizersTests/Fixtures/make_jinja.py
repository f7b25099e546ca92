"""Makes jinja.jsonl: templates, variables, and the text that Jinja2 3.1.6 gives in the environment of the transformers library
(immutable sandbox, trim_blocks, lstrip_blocks, loop controls, its functions and filter), or the fact that it fails.

`SNIPPETS` try one construct each; the files in jinja/ are chat templates in the manner of well-known models, rendered over the
conversations below. Run here, with `pip install jinja2==3.1.6`."""
import datetime, json, pathlib
import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

here = pathlib.Path(__file__).parent
NOW = datetime.datetime(2027, 3, 4, 5, 6, 7)


class Generation(Extension):
    """`generation` blocks are the body of a call, as transformers has them."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda format: NOW.strftime(format)
    return env


VARIABLES = {
    "n": 7, "f": 2.5, "s": "Héllo wörld", "t": True, "z": None, "empty": [], "list": [3, 1, 2], "words": ["b", "A", "c", "a"],
    "d": {"b": 1, "a": "x", "items": [1], "C": None}, "lines": "one\n  two\n\nthree\n", "emoji": "a😀b",
    "people": [{"name": "Ann", "age": 31, "in": {"city": "Oslo"}}, {"name": "bob", "age": 25}, {"name": "Cy", "age": 31}],
    "html": "<a href='x'>&\"</a>", "nested": {"list": [{"k": [1, {"m": "v"}]}], "t": [True, False, None, 1.0, 1e20, "é\n"]},
}

SNIPPETS = r'''
plain text
{{ n }} {{ f }} {{ t }} {{ z }} {{ s }} {{ list }} {{ d }}
{{ missing }}|{{ d.missing }}|{{ list[9] }}|{{ d['q'] }}
{{ missing.x }}
{{ d.missing.x }}
{{ missing + 1 }}
{{ missing() }}
{{ missing ~ 'x' }}{{ missing == other }}{{ missing|length }}{{ 'x' in missing }}
{{ missing[1:] }}
{% for x in missing %}x{% else %}none{% endfor %}
{{ not missing }}{{ missing is defined }}{{ missing is undefined }}{{ d.a is defined }}{{ z is defined }}
{{ none.foo }}|{{ n.foo }}|{{ 'x'.foo }}|{{ z['foo'] }}
{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** 3 ** 2 }} {{ 7 / 2 }} {{ 6 / 2 }}
{{ -2 ** 2 }} {{ 2 ** -1 }} {{ 1.5 // 0.5 }} {{ -1.5 // 1 }} {{ -1.5 % 1 }} {{ 5.5 % -2 }} {{ +3 }} {{ - 3 }} {{ --3 }}
{{ 1 / 0 }}
{{ 1 % 0 }}
{{ 1.0 // 0 }}
{{ 'a' + 1 }}
{{ 1 + none }}
{{ [1] + (2,) }}
{{ 'ab' * 3 }} {{ [1, 2] * 2 }} {{ (1,) * 2 }} {{ 2 * 'x' }} {{ 'x' * -1 }}|{{ true + true }} {{ true * 3 }}
{{ 1 ~ 2 ~ none ~ true ~ [1, 'a'] ~ 1.0 }}
{{ 1 + 2 ~ 3 * 2 }} {{ 'a' ~ 1 + 2 }}
{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 1 == 1.0 == true }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ (1, 2) <= (1, 2) }} {{ 1 != '1' }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ [1, 'a'] < [1, 2] }}
{{ d < d }}
{{ {} == {} }} {{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }} {{ [1] == (1,) }} {{ 'é' == 'é' }} {{ none == false }} {{ 0 == false }}
{{ 1 in [1, 2] }} {{ 3 not in [1, 2] }} {{ 'a' in d }} {{ 'ell' in 'hello' }} {{ '' in 'x' }} {{ 1 in {1: 2} }} {{ true in [1] }} {{ 2 in (1, 2) }}
{{ 1 in 'abc' }}
{{ 1 in 5 }}
{{ 'x' in none }}
{{ [] in {} }}
{{ true and 1 }} {{ 0 or 'x' }} {{ none and 1 }} {{ '' or [] or 0 }} {{ not 1 }} {{ not not 1 }} {{ 1 and not 0 or 2 }} {{ not 1 == 2 }}
{{ 'a' if t else 'b' }} {{ 'a' if not t else 'b' }} {{ 'a' if z }}|{{ 1 if z else 2 if z else 3 }}
{{ ('a' if z).x }}
{{ ('a' if z) is defined }} {{ 'x' if 1 in [1] and not z else 'y' }} {{ (1 if t else 2) + 1 }}
{{ "a" 'b' "c" }} {{ 'a\nb\tc\\d\'e\x41\u00e9\U0001F600\101' }} {{ '\d' }} {{ "it's" }} {{ 'say "hi"' }}
{{ '\x4' }}
{{ 1_000 }} {{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 1.5e3 }} {{ 1e-7 }} {{ 2E5 }} {{ 00 }} {{ 1_0.5_0 }}
{{ 01 }}
{{ 1.0 }} {{ 1e15 }} {{ 1e16 }} {{ 123456789.125 }} {{ 1e-4 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ 1e22 }} {{ 1.7976931348623157e308 }} {{ 5e-324 }} {{ -0.0 }} {{ 12345678901234567.0 }} {{ 9007199254740993.0 }}
{{ 100.0 }} {{ 1234.5 }} {{ 1/3 }} {{ 1e100 }} {{ 0.00012345 }} {{ 1e5 }} {{ 3.0e-10 }} {{ 2.5e17 }}
{{ [1, 2.0, 'x', none, true, [], {}, (), (1,), (1, 2)] }} {{ {'a': 1, 2: 'b', none: [], (1, 2): {}, 1.5: true} }}
{{ ['it\'s', 'say "hi"', 'both\'"', 'a\nb\t\\', '\x00\x7f\u00a0\u200b', 'é😀'] }}
{{ [1, 2, 3][0] }} {{ [1, 2, 3][-1] }} {{ 'héllo'[1] }} {{ emoji[1] }} {{ emoji[-1] }} {{ emoji|length }} {{ (1, 2)[1] }} {{ list.0 }} {{ list[true] }}
{{ list['x'] }}|{{ list[1.0] }}|{{ d[[]] }}|{{ s[99] }}|{{ n[0] }}
{{ list[:2] }} {{ list[1:] }} {{ list[::-1] }} {{ list[-2:] }} {{ list[:-1] }} {{ list[::2] }} {{ list[5:] }} {{ list[-9:9] }} {{ list[2:0:-1] }} {{ list[:] }} {{ list[none:none] }}
{{ 'hello'[1:3] }} {{ 'hello'[::-1] }} {{ 'hello'[::-2] }} {{ 'hello'[-3:-1] }} {{ 'hello'[3:1] }}| {{ emoji[::-1] }} {{ (1, 2, 3)[1:] }} {{ range(5)[1:3]|list }} {{ 'hello'[4::-1] }} {{ 'hello'[10::-1] }} {{ 'hello'[-10:] }}
{{ list[::0] }}
{{ n[1:] }}
{{ list['a':] }}
{{ d[1:2] }}
{{ d.b }} {{ d['b'] }} {{ d.get('b') }} {{ d.get('q') }} {{ d.get('q', 5) }} {{ d.get(key='b') if false else 1 }}
{{ d['items'] }} {{ d.items() }} {{ d.keys() }} {{ d.values() }} {{ d.items()|list }} {{ d.keys()|list }} {{ d.values()|list }}
{{ d.items is defined }} {{ d.items is callable }} {{ d.items is mapping }} {{ d.foo is callable }} {{ d.update is defined }} {{ list.append is defined }}
{{ list.append(4) }}
{% set x = [] %}{% set _ = x.append(1) %}
{{ d.update({'q': 1}) }}
{{ d.pop('a') }}
{{ d.copy() == d }} {{ list.copy() }} {{ list.index(1) }} {{ list.count(3) }} {{ (1, 2).index(2) }} {{ d|length }} {{ d.items()|length }} {{ d.items()|first }} {{ d.keys()|last }}
{{ list.index(99) }}
{{ d.nothing() }}
{{ 5 is odd if t else 1 }}
{{ 'x'() }}
{{ nested.list[0].k[1].m }} {{ nested.list[0]['k'][1]['m'] }} {{ nested['list'][0].k }} {{ nested }}
{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ s.capitalize() }} {{ s.swapcase() }} {{ 'they\'re bill\'s UK'.title() }} {{ 'ß'.upper() }} {{ 'ΑΣ ΣΑ'.lower() }} {{ 'ǆx'.title() }}
{{ '  x '.strip() }}| {{ ' x '.lstrip() }}| {{ ' x '.rstrip() }}| {{ 'xxaxx'.strip('x') }} {{ 'abcab'.strip('ab') }} {{ 'xxa'.lstrip('x') }} {{ 'axx'.rstrip('x') }} {{ '\u00a0\x1cx\u3000'.strip() }} {{ ' a'.strip(none) }}
{{ 'a,b,,c'.split(',') }} {{ ' a  b c '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ ' a  b  c '.split(none, 1) }} {{ 'abc'.split('x') }} {{ ''.split() }} {{ ''.split(',') }} {{ 'a--b--c'.split('--') }} {{ 'a b c'.split(maxsplit=1) }} {{ 'aXbXc'.split(sep='X') }}
{{ 'a,b,c'.rsplit(',', 1) }} {{ ' a b  c '.rsplit(none, 1) }} {{ 'a b c'.rsplit() }} {{ 'aaa'.split('aa') }} {{ 'aaa'.rsplit('aa') }} {{ 'a</think>b'.split('</think>')[-1] }}
{{ 'abc'.split('') }}
{{ 'abc'.split(1) }}
{{ lines.splitlines() }} {{ lines.splitlines(true) }} {{ 'a\r\nb\rc\x0bd\u2028e'.splitlines() }} {{ ''.splitlines() }} {{ '\n'.splitlines() }} {{ 'a\n\n'.splitlines(keepends=true) }}
{{ 'aaa'.replace('a', 'b') }} {{ 'aaa'.replace('a', 'b', 2) }} {{ 'abc'.replace('', '-') }} {{ 'abc'.replace('', '-', 2) }} {{ 'abc'.replace('x', 'y') }} {{ 'aaaa'.replace('aa', 'b') }} {{ ''.replace('', 'x') }} {{ 'abc'.replace('b', '') }} {{ 'abc'.replace('a', 'x', 0) }} {{ 'abc'.replace('', '-', 9) }}
{{ 'a'.replace(1, 2) }}
{{ 'hello'.startswith('he') }} {{ 'hello'.endswith('lo') }} {{ 'hello'.startswith(('x', 'h')) }} {{ 'hello'.endswith(()) }} {{ 'hello'.startswith('l', 2) }} {{ 'hello'.endswith('l', 0, -1) }} {{ ''.startswith('') }} {{ 'a'.startswith('', 5) }}
{{ 'hello'.startswith(1) }}
{{ 'hello'.startswith(['h']) }}
{{ 'hello'.find('l') }} {{ 'hello'.rfind('l') }} {{ 'hello'.find('x') }} {{ 'hello'.find('l', 3) }} {{ 'hello'.find('') }} {{ 'hello'.rfind('') }} {{ 'hello'.index('e') }} {{ 'hello'.rindex('l') }} {{ 'hello'.count('l') }} {{ 'aaaa'.count('aa') }} {{ 'abc'.count('') }} {{ 'hello'.find('h', -5, 2) }} {{ 'ababcabab'.find('abc') }} {{ 'abcabcabd'.find('abcabd') }}
{{ 'hello'.index('x') }}
{{ ', '.join(['a', 'b']) }} {{ ''.join('abc') }} {{ '-'.join(d) }} {{ 'x'.join([]) }}|
{{ ','.join([1]) }}
{{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ 'abc'.removeprefix('x') }} {{ 'a=b=c'.partition('=') }} {{ 'a=b=c'.rpartition('=') }} {{ 'abc'.partition('=') }} {{ 'abc'.rpartition('=') }}
{{ 'x'.ljust(3) }}| {{ 'x'.rjust(3) }}| {{ 'x'.center(4) }}| {{ 'xy'.center(5, '*') }} {{ '-5'.zfill(4) }} {{ '5'.zfill(3) }} {{ 'x'.ljust(3, '.') }} {{ '+'.zfill(3) }}
{{ '12'.isdigit() }} {{ '1a'.isdigit() }} {{ ''.isdigit() }} {{ 'ab'.isalpha() }} {{ 'a1'.isalnum() }} {{ ' \n'.isspace() }} {{ 'AB'.isupper() }} {{ 'ab1'.islower() }} {{ '1'.isupper() }} {{ '²'.isdigit() }} {{ '½'.isnumeric() }} {{ 'é'.isascii() }} {{ '٣'.isdecimal() }}
{{ (2.0).is_integer() }} {{ f.is_integer() }}
{{ 'x'.nope() }}
{{ 'x'.upper(1) }}
{{ 'x'.strip(1) }}
{{ '  x '|trim }}| {{ 'xax'|trim('x') }} {{ 5|trim }} {{ none|trim }} {{ missing|trim }}|
{{ s|upper }} {{ s|lower }} {{ s|title }} {{ s|capitalize }} {{ 'foo-bar (baz) [qux] it\'s'|title }} {{ 5|upper }} {{ none|lower }} {{ 'ABC dEF'|title }}
{{ s|length }} {{ list|count }} {{ d|length }} {{ ''|length }} {{ range(4)|length }}
{{ 5|length }}
{{ none|length }}
{{ list|join(', ') }} {{ list|join }} {{ people|join(', ', attribute='name') }} {{ [1, none, true, 1.5]|join('|') }} {{ 'abc'|join('-') }} {{ d|join(',') }} {{ []|join(',') }}| {{ list|join(1) }} {{ list|join(d=';') }}
{{ missing|default('x') }} {{ missing|d('x') }} {{ none|default('x') }} {{ none|default('x', true) }} {{ ''|default('x', boolean=true) }} {{ 0|d(5) }} {{ missing|default }}| {{ d.q|default(default_value='y') }}
{{ list|first }} {{ list|last }} {{ 'abc'|first }} {{ 'abc'|last }} {{ []|first }}| {{ []|last }}| {{ d|first }} {{ missing|first }}|
{{ [].foo|first }}{{ ([]|first).x }}
{{ 'abc'|list }} {{ d|list }} {{ range(3)|list }} {{ (1, 2)|list }} {{ missing|list }}
{{ 5|list }}
{{ people|map(attribute='name')|list }} {{ people|map(attribute='in.city')|list }}
{{ people|map(attribute='in')|list }} {{ people|map(attribute='zip', default='-')|list }} {{ words|map('upper')|list }} {{ list|map('string')|join('+') }} {{ [[1, 2], [3]]|map('first')|list }} {{ [[1, 2], [3]]|map(attribute=0)|list }} {{ ['a.b']|map('replace', '.', '-')|list }} {{ words|map('default', default_value='x')|list }}
{{ words|map('nope')|list }}
{{ words|map()|list }}
{{ words|map(attribute='x', foo=1)|list }}
{{ people|selectattr('age', 'equalto', 31)|map(attribute='name')|list }} {{ people|rejectattr('age', '==', 31)|map(attribute='name')|list }} {{ people|selectattr('in')|list|length }} {{ people|selectattr('in', 'defined')|list|length }} {{ people|rejectattr('in', 'undefined')|list|length }} {{ people|selectattr('age', 'gt', 26)|list|length }} {{ people|selectattr('name', 'in', ['Cy'])|list|length }}
{{ [1, 2, 3, 4]|select('odd')|list }} {{ [1, 2, 3, 4]|reject('even')|list }} {{ [0, 1, '', 'x']|select|list }} {{ [0, 1]|reject|list }} {{ [1, 2, 3]|select('divisibleby', 3)|list }} {{ [1, 2, 3]|select('>', 1)|list }} {{ []|select('odd')|list }} {{ words|select('in', ['a', 'b'])|list }} {{ words|select('string')|list }}
{{ [1]|select('nope')|list }}
{{ people|selectattr()|list }}
{{ d|items|list }} {{ missing|items|list }} {% for k, v in d|items %}{{ k }}={{ v }};{% endfor %}
{{ list|items|list }}
{{ d|dictsort }} {{ d|dictsort(true) }} {{ {'a': 2, 'b': 1}|dictsort(by='value') }} {{ {'a': 2, 'b': 1}|dictsort(reverse=true) }} {{ {'a': 2, 'B': 1}|dictsort(false, 'key', true) }}
{{ d|dictsort(by='value') }}
{{ d|dictsort(by='q') }}
{{ 'a b a'|replace('a', 'x') }} {{ 'a b a'|replace('a', 'x', 1) }} {{ 121|replace(1, 'x') }} {{ 'aaa'|replace('a', 'b', count=2) }} {{ 'abc'|replace('', '.') }}
{{ 5|string }} {{ 1.0|string }} {{ none|string }} {{ [1]|string|length }} {{ 'x'|safe }} {{ true|string }}
{{ '42'|int }} {{ ' 42 '|int }} {{ '42.9'|int }} {{ 'x'|int }} {{ 'x'|int(5) }} {{ '0x1f'|int(0, 16) }} {{ '101'|int(base=2) }} {{ 4.9|int }} {{ -4.9|int }} {{ none|int }} {{ true|int }} {{ []|int(default=3) }} {{ '1_000'|int }} {{ '1__0'|int }} {{ '-7'|int }} {{ 'inf'|int }} {{ '1e3'|int }} {{ ''|int }} {{ '0b11'|int(0, 0) }}
{{ missing|int }}
{{ '4.5'|float }} {{ 'x'|float }} {{ 'x'|float(1.5) }} {{ 3|float }} {{ none|float }} {{ '1e3'|float }} {{ 'nan'|float }} {{ '-inf'|float }} {{ '1_0.5'|float }} {{ '0x10'|float }}
{{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }} {{ 42.55|round(1, 'floor') }} {{ 42.51|round(0, 'ceil') }} {{ 7|round }} {{ 1234|round(-2) }} {{ 1250|round(-2) }} {{ -0.5|round }} {{ 42.55|round|int }} {{ 1e300|round(2) }} {{ 5|round(1, 'ceil') }}
{{ 2.5|round(0, 'up') }}
{{ 'x'|round }}
{{ list|sort }} {{ words|sort }} {{ words|sort(case_sensitive=true) }} {{ list|sort(reverse=true) }} {{ people|sort(attribute='age')|map(attribute='name')|list }} {{ people|sort(attribute='age,name', reverse=true)|map(attribute='name')|list }} {{ ['b', 'B', 'a']|sort }} {{ 'hello'|sort }} {{ d|sort }} {{ ['b', 'B', 'a', 'A']|sort(reverse=true) }}
{{ [1, 'a']|sort }}
{{ [none, 1]|sort }}
{{ list|reverse|list }} {{ 'abc'|reverse }} {{ (1, 2)|reverse|list }} {{ range(3)|reverse|list }} {{ d|reverse|list }} {{ words|map('upper')|reverse }}
{{ 5|reverse }}
{{ [1, 2, 1, 1.0, true]|unique|list }} {{ ['a', 'A', 'b']|unique|list }} {{ ['a', 'A']|unique(true)|list }} {{ people|unique(attribute='age')|map(attribute='name')|list }}
{{ [[], []]|unique|list }}
{{ lines|indent }} {{ lines|indent(2) }} {{ lines|indent(2, true) }} {{ lines|indent(2, blank=true) }} {{ lines|indent('> ', first=true) }} {{ ''|indent(first=true) }}| {{ 'a'|indent(width=3, first=true) }}
{{ 5|indent }}
{{ list|sum }} {{ people|sum(attribute='age') }} {{ list|sum(start=10) }} {{ [1.5, 2]|sum }} {{ []|sum }} {{ [[1], [2]]|sum(start=[]) }}
{{ words|sum }}
{{ list|min }} {{ list|max }} {{ words|min }} {{ words|max }} {{ words|max(true) }} {{ []|min }}| {{ people|min(attribute='age') }} {{ people|max(attribute='age') }} {{ 'hello'|max }}
{{ [1, 'x']|max }}
{{ -5|abs }} {{ (-5)|abs }} {{ (-2.5)|abs }} {{ true|abs }}
{{ 'x'|abs }}
{{ [1, 2, 3, 4, 5]|batch(2)|list }} {{ [1, 2, 3]|batch(2, 'x')|list }} {{ []|batch(2)|list }} {{ [1, 2, 3, 4]|batch(2, 0)|list }}
{{ '%s is %d' % ('x', 5) }} {{ '%05.2f' % 3.14159 }} {{ '%x %X %o' % (255, 255, 8) }} {{ '%s' % [1] }} {{ '%r' % 'a' }} {{ '%%' % () }} {{ '%-5s|' % 'a' }} {{ '%5s|' % 'a' }} {{ '%+d' % 5 }} {{ '%03d' % 7 }} {{ '%.2s' % 'abc' }} {{ '%s, %s!'|format('a', 'b') }} {{ '%i' % 4.7 }} {{ '%c%c' % ('a', 98) }} {{ '%#x' % 255 }} {{ '%.3d' % 5 }} {{ 'x' % {} }}
{{ '%s' % () }}
{{ '%s' % (1, 2) }}
{{ '%d' % 'x' }}
{{ 'x'|center(5) }}| {{ 'ab'|center(width=7) }}|
{{ 'x'|nope }}
{{ 'x' is nope }}
{{ d|tojson }} {{ s|tojson }} {{ html|tojson }} {{ nested|tojson }} {{ none|tojson }} {{ true|tojson }} {{ 1.0|tojson }} {{ emoji|tojson }} {{ (1, 2)|tojson }} {{ {1: 2, none: 3, true: 4, 1.5: 5}|tojson }} {{ '\x7f\x00\b\f\u2028/'|tojson }}
{{ nested|tojson(indent=2) }}
{{ d|tojson(indent=4, ensure_ascii=true) }} {{ nested|tojson(ensure_ascii=true) }} {{ emoji|tojson(true) }} {{ '\x7f'|tojson(true) }} {{ d|tojson(sort_keys=true) }} {{ {'b': 1, 'a': {'d': 1, 'c': 2}}|tojson(sort_keys=true) }} {{ d|tojson(separators=(',', ':')) }} {{ [1, [2], {}, []]|tojson(indent=1) }} {{ d|tojson(indent='--') }} {{ d|tojson(indent=0) }} {{ d|tojson(indent=2, separators=(', ', ' = ')) }} {{ list|tojson(indent=none) }}
{{ missing|tojson }}
{{ d.items()|tojson }}
{{ range(2)|tojson }}
{{ namespace()|tojson }}
{{ {(1, 2): 3}|tojson }}
{{ {'a': 1, 2: 3}|tojson(sort_keys=true) }}
{{ [missing]|tojson }}
{{ 1 is odd }} {{ 2 is even }} {{ 6 is divisibleby 3 }} {{ 6 is divisibleby(4) }} {{ 1.0 is odd }} {{ 'x' is string }} {{ 1 is string }} {{ d is mapping }} {{ list is mapping }} {{ list is iterable }} {{ 'x' is iterable }} {{ 5 is iterable }} {{ none is iterable }} {{ missing is iterable }}
{{ list is sequence }} {{ 'x' is sequence }} {{ d is sequence }} {{ 5 is sequence }} {{ missing is sequence }} {{ d.items() is sequence }} {{ range(2) is sequence }} {{ (1, 2) is sequence }} {{ words|map('upper') is sequence }} {{ words|map('upper') is iterable }}
{{ 1 is number }} {{ 1.5 is number }} {{ true is number }} {{ 'x' is number }} {{ 1 is integer }} {{ true is integer }} {{ 1.0 is integer }} {{ 1.0 is float }} {{ 1 is float }} {{ true is boolean }} {{ 1 is boolean }} {{ true is true }} {{ 1 is true }} {{ false is false }} {{ 0 is false }} {{ none is none }} {{ 0 is none }} {{ missing is none }}
{{ 1 is eq 1 }} {{ 1 is equalto 2 }} {{ 1 is ne 2 }} {{ 1 is lt 2 }} {{ 1 is le 1 }} {{ 2 is gt 1 }} {{ 2 is ge 3 }} {{ 1 is in [1, 2] }} {{ 1 is not in [1, 2] }} {{ 'a' is lower }} {{ 'A' is upper }} {{ 'aB' is lower }} {{ none is sameas none }} {{ 1 is sameas 1.0 }} {{ 'trim' is filter }} {{ 'nope' is filter }} {{ 'odd' is test }} {{ n is greaterthan 3 }} {{ n is lessthan 3 }}
{{ n is not odd }} {{ n is not none }} {{ not n is odd }} {{ n is odd and f is float }} {{ n is defined and n > 3 }} {{ 1 + 1 is odd }} {{ -1 is odd }} {{ 'a' ~ 'b' is string }} {{ n is odd or false }} {{ (5 is odd) if t else 1 }} {{ raise_exception is callable }} {{ d.items is callable }}
{{ 'x' is odd }}
{{ 1 is odd is odd }}
{{ 1 is divisibleby 0 }}
{% if n == 7 %}a{% elif n == 8 %}b{% else %}c{% endif %}|{% if n == 8 %}a{% elif n == 7 %}b{% else %}c{% endif %}|{% if z %}a{% elif empty %}b{% else %}c{% endif %}|{% if z %}x{% endif %}
{% if [] %}1{% endif %}{% if '' %}2{% endif %}{% if 0.0 %}3{% endif %}{% if {} %}4{% endif %}{% if [0] %}5{% endif %}{% if ' ' %}6{% endif %}{% if range(0) %}7{% endif %}{% if d.items() %}8{% endif %}{% if {}.items() %}9{% endif %}{% if namespace() %}A{% endif %}{% if []|map('x') %}B{% endif %}
{% for x in list %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}
{% for x in list %}{{ loop.previtem is defined }} {{ loop.nextitem is defined }} {{ loop.cycle('a', 'b') }} {{ loop.changed(x > 2) }} {{ loop['index'] }} {{ loop.nope is defined }};{% endfor %}
{% for x in [] %}{{ x }}{% else %}empty{% endfor %}{% for x in [1] %}{{ x }}{% else %}empty{% endfor %}
{% for k, v in d.items() %}{{ k }}={{ v }} {% endfor %}{% for a, b in [(1, 2), [3, 4], 'xy'] %}{{ a }}{{ b }} {% endfor %}{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for a, b in [[1, 2, 3]] %}{% endfor %}
{% for x in 5 %}{% endfor %}
{% for x in none %}{% endfor %}
{% for x in [1, 2, 3, 4, 5] if x is odd %}{{ x }}{{ loop.index }}/{{ loop.length }}{{ loop.last }} {% endfor %}{% for x in [2] if x is odd %}{% else %}no{% endfor %}
{% set ns = namespace(go=true) %}{% for x in [1, 2, 3, 4] if ns.go %}{{ x }}{% if x == 2 %}{% set ns.go = false %}{% endif %}{% endfor %}
{% set ns = namespace(go=true) %}{% for x in [1, 2, 3, 4] if ns.go %}{{ x }}{{ loop.last }}{% if x == 2 %}{% set ns.go = false %}{% endif %}{% endfor %}
{% set ns = namespace(go=true) %}{% for x in [1, 2, 3, 4] if ns.go %}{{ x }}{{ loop.length }}{{ loop.nextitem }}{% if x == 2 %}{% set ns.go = false %}{% endif %}{% endfor %}
{% for x in list %}{% for y in words %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}{% for x in 'aé' %}[{{ x }}]{% endfor %}{% for x in d %}{{ x }}{% endfor %}{% for x in 1, 2 %}{{ x }}{% endfor %}
{% for x in [1, 2, 3, 4] %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% else %}never{% endfor %}{% for x in [1] %}{% continue %}{% else %}e{% endfor %}{% for x in [1] %}{% break %}{% else %}b{% endfor %}{% for x in [1, 2] %}{% if x == 2 %}{% break %}{% endif %}{% else %}b{% endfor %}
{% for a, in [[1]] %}{{ a }}{% endfor %}
{% break %}
{% continue %}
{% for x in [1, 2] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}
{% for x in [1, 2, 3] %}{% set y %}a{% if x == 2 %}{% break %}{% endif %}{% endset %}{{ y }}{{ x }}{% endfor %}
{% for loop in [1] %}{% endfor %}
{% for x in [1] %}{% set loop = 1 %}{% endfor %}
{{ loop }}{% for x in [1] %}{{ loop.index }}{% endfor %}{{ loop is defined }}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}
{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}{% for i in [1] %}{% if false %}{% set x = 5 %}{% endif %}{{ x }}{% endfor %}
{% for i in [1, 2] %}{{ y is defined }}{% set y = i %}{{ y }}{% endfor %}{{ y is defined }}{{ i is defined }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (c, d2) = [3, 4] %}{{ c }}{{ d2 }}{% set e = 1, %}{{ e }}{% set f2 = (1) %}{{ f2 }}{% set g = () %}{{ g }}{% set a, b = b, a %}{{ a }}{{ b }}
{% set a, b = [1] %}
{% set ns = namespace(a=1, b='x') %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}{% set ns.a = 2 %}{% set ns.c = [1] %}{{ ns.a }}{{ ns.c }}{% for i in [1, 2, 3] %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns['b'] }}
{% set ns = namespace({'p': 1}, q=2) %}{{ ns.p }}{{ ns.q }}{% set ns.x, ns.y = 1, 2 %}{{ ns.x + ns.y }}{% set m = ns %}{% set m.p = 9 %}{{ ns.p }}{{ ns == m }}{{ ns == namespace() }}
{% set d.x = 1 %}
{% set missing.x = 1 %}
{% set true = 1 %}
{% set x %}a {{ n }} b{% endset %}[{{ x }}]{{ x|length }}{% set y | upper | trim %} abc {% endset %}[{{ y }}]{% set z2 | replace('a', x) %}a-a{% endset %}{{ z2 }}
{% set x %}{% set inner = 5 %}{{ inner }}{% endset %}{{ x }}{{ inner is defined }}
{% filter upper %}abc {{ s }}{% endfilter %}{% filter trim | replace('a', 'b') %} a {% endfilter %}|
{% with a = 1, b = n %}{{ a }}{{ b }}{% set q = 5 %}{% endwith %}{{ a is defined }}{{ q is defined }}{% with %}{% set a = 2 %}{{ a }}{% endwith %}{% with a = 5 %}{% with b = a + 1 %}{{ b }}{% endwith %}{% endwith %}
{% generation %}abc {{ n }}{% set q = 1 %}{% endgeneration %}{{ q is defined }}{% for x in list %}{% generation %}{{ loop.index }}{{ x }}{% endgeneration %}{% endfor %}
{% macro m(a, b=2, c='x') %}{{ a }}-{{ b }}-{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(1, c='y') }} {{ m(b=5, a=4) }} {{ m() }} {{ m(1, 2, 3) }} {{ m(*[7, 8]) }} {{ m(**{'a': 9}) }} {{ m(1, *[2], c=3) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}
{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }} {{ m(1) }}
{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}
{% macro fact(k) %}{{ 1 if k <= 1 else k * (fact(k - 1)|int) }}{% endmacro %}{{ fact(5) }}
{% set g = 1 %}{% macro m() %}{{ g }}{% set g = 5 %}{{ g }}{% endmacro %}{{ m() }}{{ g }}{% set g = 2 %}{{ m() }}
{% macro outer(x) %}{% macro inner(y) %}{{ x }}{{ y }}{% endmacro %}{{ inner(2) }}{{ inner(3) }}{% endmacro %}{{ outer(1) }}{{ inner is defined }}
{% macro m() %}text{% endmacro %}{{ m()|upper }}{{ m() ~ 'x' }}{{ m }}{{ m is callable }}{{ m()|length }}{{ m() is string }}
{% macro rec(v) %}{% if v is mapping %}{ {%- for k, w in v.items() %}{{ k }}: {{ rec(w) }}{% if not loop.last %}, {% endif %}{% endfor -%} }{% elif v is iterable and v is not string %}[{% for w in v %}{{ rec(w) }}{% if not loop.last %}, {% endif %}{% endfor %}]{% else %}{{ v }}{% endif %}{% endmacro %}{{ rec(nested) }}
{% macro list_it(items) %}{% for i in items %}{{ caller(i) }};{% endfor %}{% endmacro %}{% call(x) list_it([1, 2]) %}<{{ x }}{{ n }}>{% endcall %}
{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}{% set q = 1 %}in{{ q }}{% endcall %}{{ q is defined }}
{% macro m() %}[{{ caller is defined }}]{% endmacro %}{{ m() }}
{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}
{% macro m(a=1, b) %}{% endmacro %}
{{ range(3)|list }} {{ range(1, 4)|list }} {{ range(0, 10, 3)|list }} {{ range(5, 0, -2)|list }} {{ range(0)|list }} {{ range(3) }} {{ range(3)[-1] }} {{ 2 in range(3) }} {{ range(3) == range(0, 3) }} {{ range(2)|list == [0, 1] }}
{{ range(1000000) }}
{{ range('a') }}
{{ range(1, 2, 0) }}
{{ range() }}
{{ dict(a=1, b=2) }} {{ dict({'x': 1}, y=2) }} {{ dict([('a', 1), ['b', 2]]) }} {{ dict() }} {{ dict(d, b=5)['b'] }} {{ {'a': 1, 'a': 2} }} {{ {1: 'a', true: 'b'} }} {{ {} }}
{{ dict(5) }}
{{ {[]: 1} }}
{{ {'a': 1,} }} {{ [1, 2,] }} {{ (1, 2,) }} {{ (1) }} {{ () }} {{ 1, 2 }} {{ 'a', }}
{{ raise_exception('no ' ~ n) }}
{{ 'a' if t else raise_exception('no') }}
{{ strftime_now('%Y-%m-%d') }} {{ strftime_now('%d %b %Y %H:%M:%S %A %%') }} {{ strftime_now('%B %-d, %y') }} {{ strftime_now('') }}|
a {#- comment -#} b {# multi
line #}c{# {{ x }} {% y %} #}d
a {{- ' b ' -}} c {{ 'd' }} e
{% if t -%}   x   {%- endif %}| {%- if t %} y {% endif -%}  z
a{% raw %}{{ x }} {% if %} {# c #}{% endraw %}b{%- raw -%}  {{ y }}  {%- endraw -%}  c
{{ '{{' }} {{ '}}' }} {{ '{% x %}' }} {{ {'a': {'b': 1}}['a'] }} {{ {'a': {}} }}{{ "%}" }}
{{ n is string or n is number and t }} {{ [n is odd, n is even] }} {{ (n, f)|list }} {{ n|string|length + 1 }} {{ -n|abs }} {{ (n|string ~ f)|upper }} {{ not n|string == '7' }} {{ 'a' 'b'|upper }}
{{ words|map('upper') is defined }}{% set w = words|map('upper') %}{{ w|list }}{{ w|list }}{% set i = words|select('string') %}{{ i|first }}{{ i|first }}{{ i|list }}{% set j = words|map('lower') %}{{ 'c' in j }}
{{ words|map('upper')|length }}
{{ words|map('upper')|last }}
{{ (words|map('upper'))[0] }}|{{ words|map('upper') == words }}
{{ people|map(attribute='name')|join(', ')|upper|replace('A', '4') }} {{ people[0].name.upper().lower()[0] }} {{ people[-1]['name'] }} {{ (people|first).name }} {{ people|map(attribute='age')|sum }}
{{ [[1, 2], [3]]|map('join', '-')|list }} {{ [{'a': 1}]|map('tojson')|join }} {{ ['1', '2']|map('int')|sum }} {{ [1, 2]|map('float')|list }} {{ [' a ']|map('trim')|first }}
{{ 9223372036854775807 }} {{ -9223372036854775807 - 1 }} {{ 4611686018427387904 + 4611686018427387903 }} {{ 3037000499 * 3037000499 }} {{ 2 ** 62 }} {{ (-2) ** 63 }}
{{ 9007199254740993 == 9007199254740992.0 }} {{ 9007199254740993 > 9007199254740992.0 }} {{ 1 < 1.5 }} {{ 2 > 1.5 }} {{ -1 < -0.5 }} {{ -2 < -1.5 }} {{ 1e300 > 5 }} {{ 5 > -1e300 }} {{ [1, 2.0] == [1.0, 2] }}
{{ {1: 'a'}[1.0] }} {{ {1.5: 'a'}[1.5] }} {{ {true: 'a'}[1] }} {{ {none: 'a'}[none] }} {{ {(1, 'x'): 'a'}[(1, 'x')] }} {{ {'a': 1}['a' ~ ''] }}
{% if n %}
{% if
{{ n
{{ n }
{{ }}
{% %}
{% endif %}
{% if n %}{% endfor %}
{% for x in %}{% endfor %}
{% for x list %}{% endfor %}
{% unknown %}
{% set %}
{% set 5 = 3 %}
{{ (1, 2 }}
{{ [1, 2) }}
{{ 1 2 }}
{{ 1 + }}
{{ 'abc }}
{{ "abc\" }}
{# open
{% raw %} open
{{ a.'b' }}
{{ a. }}
{{ n! }}
{{ n ? 1 : 2 }}
{{ @x }}
{{ f(a=1, 2) }}
{{ not }}
{{ is }}
{{ n is }}
{{ n | }}
{{ x if }}
{% else %}
{% macro %}{% endmacro %}
{% macro m %}{% endmacro %}
{% if n %}a{% else %}b{% else %}c{% endif %}
{{ n }}}
{{{ n }}
{% set x = 1 %}{{ x }}{% set x = x + 1 if x else 0 %}{{ x }}{% set y = [x, x] if x > 1 else [] %}{{ y }}
{{ 'Hello'|lower|title ~ '!' if n > 3 and s else 'no' }} {{ 'yes' if 'x' in 'xyz' and 'q' not in 'xyz' else 'no' }} {{ ('a' if n is odd else 'b') ~ ('c' if n is even else 'd') }}
{{ s | replace("l", "L") | length }} {{ s|length > 3 }} {{ list|length - 1 }} {{ (list|length - 1) * 2 }} {{ list[list|length - 1] }} {{ list[-1:][0] }} {{ list|length == 3 and list[0] == 3 }}
{% for p in people if p.age > 26 %}{% for k in p %}{{ k }}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}
{% for m in people %}{% if (m.name == 'Ann') != (loop.index0 % 2 == 0) %}{{ raise_exception('x') }}{% endif %}{% if loop.index0 == 0 %}{% break %}{% endif %}{% endfor %}ok
{% set content = 'A<think>r\n</think>\n\nB' %}{{ content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') }}|{{ content.split('</think>')[-1].lstrip('\n') }}|{{ (content|string).split('</think>', 1)|last|trim }}
{%- set x = namespace(v=[]) -%}{%- for i in range(3) -%}{%- set x.v = x.v + [i * i] -%}{%- endfor -%}{{ x.v }}{{ x.v|sum }}
{{ d.b.c.e }}
{{ s.x.y }}
{{ 'a'.b is defined }} {{ d.b is defined and d.b }} {{ (d.q or {}).z is defined }} {{ (d.q.z is defined) if (d.q is defined) else 'no' }}
{{ 'é' in s }} {{ s.find('ö') }} {{ s[1:2] }} {{ 'e\u0301' == 'é' }} {{ ('e\u0301')|length }} {{ '\r\n'|length }} {{ 'a\r\nb'.split('\n') }} {{ '👩‍💻'|length }}
{{ True }}{{ False }}{{ None }}{{ true == True }}{{ none is none }} {{ not True }}
{{ d['a'] ~ d["b"] }} {{ d.a.upper() }} {{ {'x': {'y': [10, 20]}}.x.y[1] }} {{ {'k': 'v'}.k }} {{ [1, 2, 3].0 }} {{ (1, (2, 3)).1.0 }} {{ [[1, 2], [3, 4]][1][0] }}
'''.strip("\n").split("\n")

# What spans lines: white space control above all.
BLOCKS = [
    "{% if t %}\n  yes\n{% endif %}\nend\n", "  {% if t %}\n  yes\n  {% endif %}\n  end\n\n", "a\n  {%- if t -%}\n  yes\n  {%- endif -%}\n  end\n",
    "a\n  {%+ if t %}\n  yes\n  {%+ endif +%}\n  end", "x {% if t %}y{% endif %} z\n", "{% for x in list %}\n{{ x }}\n{% endfor %}\n", "{% for x in list -%}\n  {{ x }},\n{%- endfor %}\n",
    "  {# c #}\n  a {# d #}\n {#- e -#} \n b", "{{ n }}\n\n{{ n }}\n\n", "\n\n{{- n -}}\n\n", "  {{ n }}\n{{+ n }}", "a\r\nb\r{{ n }}\r\n{% if t %}\r\nc\r\n{% endif %}\r\n",
    "{% set x = 1 %}\n\n{% set y = 2 %}\n{{ x + y }}\n", "{% if t %}{% if t %}\n  a\n{% endif %}\n{% endif %}b\n", "\t {% if t %}\n\t a\n\t {% endif %}\t \nb", " {% set q %}\n  text\n {% endset %}\n[{{ q }}]",
    "{% macro m(x) %}\n  <{{ x }}>\n{% endmacro %}\n{{ m(1) }}\n{{- m(2) -}}\n", "{{ [\n  1,\n  2\n] }}\n{{\n n\n}}\n", "{%\n if\n t\n%}\nx\n{%\n endif\n%}\n", "{% raw %}\n  {{ x }}\n{% endraw %}\ny\n", "  {%- raw %}\n {% x %}\n  {% endraw -%}\n y",
    "a\n   \n  {% if t %}b{% endif %}\n", "a   {%- if t %} b   {%- endif %} c", "{% if t %}\n\n\nx\n\n\n{% endif %}", "{# a #}\n{# b #}\nx{# c +#}\ny\n", "\u00a0{% if t %}x{% endif %}\u3000{%- if t %}y{% endif -%}\u2003z",
    "{% for m in people %}\n    {% if m.age > 26 %}\n{{ m.name }}\n    {% else %}\n  -\n    {% endif %}\n{% endfor %}\nend", "{{ 'a' }}{% if t %}\n{{ 'b' }}\n{% endif %}\n{{ 'c' }}", "line {{ n }} {# x #} tail\n{%- set a = 1 %}\n{{ a }}",
    "{{ n }}\n{{ missing.x }}\n", "{% for x in [1] %}\n{{ x.y.z }}\n{% endfor %}", "{% if n %}\n{% for %}\n{% endif %}", "", "\n", "\n\n", " ", "{}", "{ {", "{", "%}", "}}", "#}", "{{ '\n' }}|{{ 'a\nb' }}",
]

TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "description": "The weather <now> & \"later\"", "parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "A city, such as Zürich"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}, "days": {"type": "array", "items": {"type": "integer"}}}, "required": ["city"]}}},
    {"type": "function", "function": {"name": "noop", "description": "Nothing", "parameters": {"type": "object", "properties": {}}}},
]
CALL = {"type": "function", "id": "call00001", "function": {"name": "get_weather", "arguments": {"city": "Zürich", "days": [1, 2], "deep": {"a": None, "b": True, "c": 1.5}}}}
CONVERSATIONS = [
    {"messages": [{"role": "user", "content": "Hi there"}]},
    {"messages": [{"role": "system", "content": "  Be brief.\n"}, {"role": "user", "content": "Hi\n"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nHello! "}, {"role": "user", "content": "日本 😀?"}]},
    {"messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}], "add_generation_prompt": False},
    {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Weather?"}, {"role": "assistant", "content": "", "tool_calls": [CALL]}, {"role": "tool", "name": "get_weather", "tool_call_id": "call00001", "content": "{\"t\": 21}"}, {"role": "assistant", "content": "It is 21.", "reasoning_content": "easy"}, {"role": "user", "content": "Thanks"}], "tools": TOOLS},
    {"messages": [{"role": "user", "content": "Two"}, {"role": "assistant", "content": None, "tool_calls": [CALL, {**CALL, "id": "call00002"}]}, {"role": "tool", "tool_call_id": "call00001", "content": "one"}, {"role": "tool", "tool_call_id": "call00002", "content": "two"}], "tools": TOOLS},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Look: "}, {"type": "image"}, {"type": "text", "text": "what?"}]}], "enable_thinking": False},
    {"messages": [{"role": "user", "content": "x"}], "tools": [], "enable_thinking": True, "date_string": "1 Jan 2027"},
    {"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": "y"}]},
    {"messages": [{"role": "assistant", "content": "first"}]},
    {"messages": [{"role": "wizard", "content": "?"}]},
    {"messages": []},
]


def case(env, source, variables, **label):
    try:
        text = env.from_string(source).render(**variables)
        text.encode()
        outcome = {"text": text}
    except Exception as error:
        outcome = {"error": str(error)}
    return json.dumps({**label, "variables": variables, **outcome}, ensure_ascii=False)


def main():
    env = environment()
    rows = [json.dumps({"shared": VARIABLES}, ensure_ascii=False)]
    for template in SNIPPETS + BLOCKS:
        row = json.loads(case(env, template, VARIABLES, template=template))
        del row["variables"]
        rows.append(json.dumps(row, ensure_ascii=False))
    for file in sorted((here / "jinja").glob("*.jinja")):
        template = file.read_text()
        for conversation in CONVERSATIONS:
            defaults = {"tools": None, "documents": None, "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"}
            rows.append(case(env, template, {**defaults, **conversation}, file=file.name))
    (here / "jinja.jsonl").write_text("\n".join(rows) + "\n")
    return rows


if __name__ == "__main__":
    rows = main()
    print(len(rows), "rows,", sum('"error":' in row for row in rows), "errors")
