//! Operators, builtin functions and methods on atoms and containers.

use super::World;

#[test]
fn operators() {
    World::new().check(&[
        ("1 + 2 * 3", "7"),
        ("7 // -2", "-4"),
        ("7 % -2", "-1"),
        ("-7 / 2", "-3.5"),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("2 ** -1", "0.5"),
        ("1 / 0", "! ZeroDivisionError: "),
        ("1.5 // 0", "! ZeroDivisionError: "),
        ("~5", "-6"),
        ("1 << 70", "1180591620717411303424"),
        ("1 << -1", "! ValueError: negative shift count"),
        ("6 & 3, 6 | 3, 6 ^ 3", "(2, 7, 5)"),
        ("True & False", "False"),
        ("True + True", "2"),
        ("'a' + 'b' * 3", "'abbb'"),
        ("[1] + [2] * 2", "[1, 2, 2]"),
        ("(1,) + (2,)", "(1, 2)"),
        (
            "1 + 'a'",
            "! TypeError: unsupported operand type(s) for +: 'int' and 'str'",
        ),
        (
            "{1} | {2}, {1, 2} & {2}, {1} ^ {1}, {1} - {2}",
            "({1, 2}, {2}, set(), {1})",
        ),
        ("{'a': 1} | {'a': 2}", "{'a': 2}"),
        ("frozenset([1]) | {1}", "frozenset({1})"),
        ("1 < 2 < 3, 1 < 2 > 2", "(True, False)"),
        (
            "2**53 == float(2**53), 2**53 + 1 == float(2**53)",
            "(True, False)",
        ),
        (
            "'a' < 'b', 'a' < 1",
            "! TypeError: '<' not supported between instances of 'str' and 'int'",
        ),
        ("1 in [1], 'b' in 'abc', 1 not in {2}", "(True, True, True)"),
        ("not '' or 5", "True"),
        ("0 or 'x', 1 and 2, 1 if [] else 2", "('x', 2, 2)"),
        ("None is None, i is None", "(True, False)"),
        ("i is 7", "! identity of atoms is not recorded"),
        ("s[0], s[-1], s[::-1]", "('É', 'é', 'étÉ')"),
        (
            "[1, 2, 3][1:], 'abc'[::2], range(10)[2:8:3]",
            "([2, 3], 'ac', range(2, 8, 3))",
        ),
        ("[1][1]", "! IndexError: list index out of range"),
        ("{}['a']", "! KeyError: 'a'"),
        ("[1][::0]", "! ValueError: slice step cannot be zero"),
        ("f'{i}{x!r}{s:>5}{i:03d}{x:.3f}'", "'72.5  Été0072.500'"),
        ("f'{i=} {i!s:^5}|{s!a}'", "\"i=7   7  |'\\\\xc9t\\\\xe9'\""),
        ("1 @ 2", "! TypeError"),
        (
            "[*range(3), *'ab'], {**{'a': 1}, 'b': 2}",
            "([0, 1, 2, 'a', 'b'], {'a': 1, 'b': 2})",
        ),
        (
            "unheard_of",
            "! NameError: name 'unheard_of' is not defined",
        ),
        (
            "(lambda: 1)()",
            "! cannot evaluate `(lambda: 1)()`: it would run code of the program",
        ),
        ("'%d' % 3", "! formatting with `%` is not supported"),
    ]);
}

#[test]
fn functions() {
    World::new().check(&[
        (
            "len('Été'), len([1]), len(range(0, 10, 3)), len({1: 2})",
            "(3, 1, 4, 1)",
        ),
        ("len(5)", "! TypeError: object of type 'int' has no len()"),
        (
            "len()",
            "! len() is given 0 arguments, and takes exactly 1 argument here",
        ),
        (
            "len(x=1)",
            "! len() is given an argument 'x', which it does not take here",
        ),
        (
            "str(1.0), repr('a'), str(), ascii('é')",
            "('1.0', \"'a'\", '', \"'\\\\xe9'\")",
        ),
        (
            "abs(-5), abs(-2.5), bool([]), int('0x1f', 16), int(' 1_000 '), int(-2.9)",
            "(5, 2.5, False, 31, 1000, -2)",
        ),
        (
            "int('x')",
            "! ValueError: invalid literal for int() with base 10: 'x'",
        ),
        ("int('012', 0)", "! ValueError"),
        (
            "int(float('inf'))",
            "! OverflowError: cannot convert float infinity to integer",
        ),
        (
            "float('1e3'), float(' -inf '), float(2)",
            "(1000.0, -inf, 2.0)",
        ),
        (
            "float('1__0')",
            "! ValueError: could not convert string to float: '1__0'",
        ),
        (
            "min(3, 1, 2), min([], default=0), min('bca')",
            "(1, 0, 'a')",
        ),
        ("min([])", "! ValueError: min() iterable argument is empty"),
        (
            "sum([1, 2]), sum([0.1] * 10), sum([[1], [2]], [])",
            "(3, 1.0, [1, 2])",
        ),
        (
            "sum(['a'])",
            "! TypeError: unsupported operand type(s) for +: 'int' and 'str'",
        ),
        (
            "sorted([3, 1, 2]), sorted('ba', reverse=True), sorted({2, 1})",
            "([1, 2, 3], ['b', 'a'], [1, 2])",
        ),
        (
            "sorted(['bb', 'a'], key=len), sorted([1, -2], key=lambda n: -n)",
            "(['a', 'bb'], [1, -2])",
        ),
        ("sorted([1, 'a'])", "! TypeError: '<' not supported"),
        (
            "any([0, 1]), all([0, 1]), any([]), all([])",
            "(True, False, False, True)",
        ),
        ("any(1 / n > 0 for n in [1, 0])", "True"),
        (
            "round(2.5), round(2.675, 2), round(1250, -2), round(1.5e300, -299)",
            "(2, 2.67, 1200, 1.5e+300)",
        ),
        (
            "round(0.5), round(-1.5), round(15, -1), round(5, 3)",
            "(0, -2, 20, 5)",
        ),
        (
            "list('ab'), tuple([1]), set([1, 1]), dict([(1, 2)], k=3)",
            "(['a', 'b'], (1,), {1}, {1: 2, 'k': 3})",
        ),
        (
            "list({1, 2})",
            "! the order of a computed set cannot be known",
        ),
        (
            "list(enumerate('ab', 1)), list(zip([1, 2], 'ab'))",
            "([(1, 'a'), (2, 'b')], [(1, 'a'), (2, 'b')])",
        ),
        ("zip([1], [], strict=True)", "! ValueError"),
        (
            "list(reversed([1, 2])), list(range(3, 0, -1))",
            "([2, 1], [3, 2, 1])",
        ),
        (
            "range(1, 2, 0)",
            "! ValueError: range() arg 3 must not be zero",
        ),
        ("divmod(-7, 2), divmod(7.5, 2)", "((-4, 1), (3.0, 1.5))"),
        (
            "ord('é'), chr(233), hex(255), bin(-5), oct(8)",
            "(233, 'é', '0xff', '-0b101', '0o10')",
        ),
        ("chr(-1)", "! ValueError: chr() arg not in range(0x110000)"),
        ("ord('ab')", "! TypeError: ord() expected a character"),
        ("id(1)", "! addresses are not recorded"),
        (
            "open('x')",
            "! `open` is Python's own and not computed here",
        ),
        (
            "eval('1')",
            "! `eval` is Python's own and not computed here",
        ),
        (
            "list(map(str, [1, 2])), list(filter(None, [0, 1]))",
            "(['1', '2'], [1])",
        ),
        ("bytes([97, 98]), bytes()", "(b'ab', b'')"),
        ("bytes([256])", "! ValueError"),
        ("format(3.14159, '.2f'), format(5)", "('3.14', '5')"),
    ]);
}

#[test]
fn methods() {
    World::new().check(&[
        (
            "s.upper(), s.lower(), 'ß'.upper(), 'a b'.title(), 'éA'.capitalize()",
            "('ÉTÉ', 'été', 'SS', 'A B', 'Éa')",
        ),
        (
            "' a '.strip(), 'xax'.lstrip('x'), 'xax'.rstrip('xa')",
            "('a', 'ax', '')",
        ),
        (
            "'a,b,,c'.split(','), ' a  b '.split(), 'a b c'.split(None, 1), 'a b c'.rsplit(' ', 1)",
            "(['a', 'b', '', 'c'], ['a', 'b'], ['a', 'b c'], ['a b', 'c'])",
        ),
        (
            "''.split(), ''.split(','), 'a'.split('')",
            "! ValueError: empty separator",
        ),
        (
            "'a\\r\\nb\\n'.splitlines(), 'a\\nb'.splitlines(True)",
            "(['a', 'b'], ['a\\n', 'b'])",
        ),
        (
            "'abc'.startswith(('x', 'a')), 'abc'.endswith('c'), 'abc'.startswith('b', 1)",
            "(True, True, True)",
        ),
        (
            "'abcabc'.find('c', 3), 'abc'.rfind('x'), 'aaa'.count('a'), 'abc'.count('')",
            "(5, -1, 3, 4)",
        ),
        ("'abc'.index('x')", "! ValueError: substring not found"),
        (
            "'aaa'.replace('a', 'b', 2), 'ab'.replace('', '-')",
            "('bba', '-a-b-')",
        ),
        (
            "','.join(['a', 'b']), ''.join(str(n) for n in range(3))",
            "('a,b', '012')",
        ),
        (
            "','.join([1])",
            "! TypeError: sequence item 0: expected str instance, int found",
        ),
        (
            "'12'.isdigit(), 'é1'.isalnum(), ' '.isspace(), 'AB'.isupper(), ''.islower()",
            "(True, True, True, True, False)",
        ),
        (
            "'-5'.zfill(4), 'a'.center(4, '*'), 'prefix'.removeprefix('pre')",
            "('-005', '*a**', 'fix')",
        ),
        (
            "'a=b=c'.partition('='), 'a=b=c'.rpartition('='), 'a'.partition('=')",
            "(('a', '=', 'b=c'), ('a=b', '=', 'c'), ('a', '', ''))",
        ),
        (
            "s.encode(), s.encode('utf-8').decode()",
            "(b'\\xc3\\x89t\\xc3\\xa9', 'Été')",
        ),
        ("lone.encode()", "! UnicodeEncodeError"),
        (
            "[1, 2, 1].count(1), [1, 2].index(2), (1, 2).index(2)",
            "(2, 1, 1)",
        ),
        ("[1].index(5)", "! ValueError"),
        (
            "{'a': 1}.get('a'), {}.get('b'), {}.get('b', 3)",
            "(1, None, 3)",
        ),
        (
            "list({'a': 1}.items()), sorted({'b': 1, 'a': 2}.keys())",
            "([('a', 1)], ['a', 'b'])",
        ),
        (
            "{1, 2}.issubset([1, 2, 3]), {1}.isdisjoint([2]), {1}.union([2], [3])",
            "(True, True, {1, 2, 3})",
        ),
        (
            "(255).bit_length(), (2.0).is_integer(), b'a\\xff'.hex()",
            "(8, True, '61ff')",
        ),
        (
            "[1].append(2)",
            "! cannot evaluate `[1].append(2)`: it would run code of the program",
        ),
        ("'a'.unheard_of()", "! cannot evaluate"),
    ]);
}

#[test]
fn formats() {
    World::new().check(&[
        (
            "f'{1234567:,}|{1234567.891:_.1f}|{255:#x}|{255:#010b}'",
            "'1,234,567|1_234_567.9|0xff|0b11111111'",
        ),
        (
            "f'{-5:=+6d}|{5:+}|{5: }|{1234:08,}'",
            "'-    5|+5| 5|0,001,234'",
        ),
        (
            "f'{0.5:%}|{1e10:g}|{1e-7:.3g}|{1.0:g}|{5.0:.1}|{100.0:.3}'",
            "'50.000000%|1e+10|1e-07|1|5e+00|1e+02'",
        ),
        (
            "f'{12345.678:e}|{12345.678:.0f}|{0.0:#g}|{-0.0:z.1f}'",
            "'1.234568e+04|12346|0.00000|0.0'",
        ),
        ("f'{s:*^7.2}|{s!r:>7}'", "\"**Ét***|  'Été'\""),
        (
            "f'{5:s}'",
            "! ValueError: Unknown format code 's' for object of type 'int'",
        ),
        (
            "f'{s:d}'",
            "! ValueError: Unknown format code 'd' for object of type 'str'",
        ),
        (
            "f'{None:5}'",
            "! TypeError: unsupported format string passed to NoneType.__format__",
        ),
        ("f'{5:.2}'", "! ValueError: Precision not allowed"),
        ("f'{5:{i}d}'", "'      5'"),
        (
            "f'{account:5}'",
            "! unsupported format string passed to Account.__format__",
        ),
        ("f'{5:n}'", "! depends on the locale"),
    ]);
}

#[test]
fn comprehensions() {
    World::new().check(&[
        ("[n * 2 for n in numbers if n > 1]", "[6, 4]"),
        (
            "[(a, b) for a in 'xy' for b in range(2)]",
            "[('x', 0), ('x', 1), ('y', 0), ('y', 1)]",
        ),
        (
            "{k: v for k, v in [(1, 2)]}, {n % 2 for n in [1, 3]}",
            "({1: 2}, {1})",
        ),
        ("[rest for first, *rest in [(1, 2, 3)]]", "[[2, 3]]"),
        (
            "sum(n for n in numbers), [[m for m in range(n)] for n in range(2)]",
            "(6, [[], [0]])",
        ),
        (
            "[a for a, b in [(1,)]]",
            "! ValueError: not enough values to unpack (expected 2, got 1)",
        ),
        (
            "[a for a, b in [1]]",
            "! TypeError: cannot unpack non-iterable int object",
        ),
        ("[i for i in [1]], i", "([1], 7)"),
        ("(n for n in numbers)", "! cannot evaluate"),
        ("[len for len in [1]]", "[1]"),
        (
            "[len(1) for len in [1]]",
            "! cannot evaluate `len(1)`: it would run code of the program",
        ),
        ("[await_ for x.y in [1]]", "! cannot evaluate"),
    ]);
}
