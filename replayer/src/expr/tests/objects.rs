//! Recorded objects: attributes, classes, what a class may override, what is cut or lost.

use super::World;

#[test]
fn attributes() {
    World::new().check(&[
        ("account.owner, account.balance + 1", "('ann', 6)"),
        (
            "getattr(account, 'owner'), hasattr(account, 'owner')",
            "('ann', True)",
        ),
        ("vars(account)", "{'owner': 'ann', 'balance': 5}"),
        (
            "account.total",
            "! attribute 'total' of Account #3 cannot be known: Account.total is code",
        ),
        (
            "hasattr(account, 'total')",
            "! attribute 'total' of Account #3 cannot be known",
        ),
        (
            "account.balanc",
            "! AttributeError: 'Account' object has no attribute 'balanc'",
        ),
        (
            "hasattr(account, 'balanc'), getattr(account, 'balanc', 0)",
            "(False, 0)",
        ),
        (
            "account.close()",
            "! cannot evaluate `account.close()`: Account.close is code, which is not run here",
        ),
        (
            "account.__class__.__name__, callable(Account), callable(account)",
            "('Account', True, False)",
        ),
        ("locals()['account'] is account", "True"),
        (
            "account()",
            "! cannot evaluate `account()`: it would run code of the program",
        ),
        (
            "account[0]",
            "! TypeError: 'Account' object is not subscriptable",
        ),
        ("account + 1", "! Account.__add__ is code"),
        (
            "1 + account",
            "! TypeError: unsupported operand type(s) for +: 'int' and 'Account'",
        ),
        ("account == 1", "! Account.__eq__ is code"),
        ("account == account, 0", "! Account.__eq__ is code"),
        (
            "1 in account",
            "! TypeError: argument of type 'Account' is not iterable",
        ),
        ("account is account, account is pairs", "(True, False)"),
        ("bool(account)", "! Base.__bool__ is code"),
        ("str(account)", "! it tells an address"),
        ("#3.owner, #1[0]", "('ann', 3)"),
        ("#99", "! there is no object #99 here"),
        (
            "foreign.owner",
            "! attribute 'owner' of Account #13 is not recorded",
        ),
        ("[a.balance for a in [account]]", "[5]"),
        (
            "max_ if False else sorted([account], key=lambda a: a.balance)[0].owner",
            "'ann'",
        ),
    ]);
}

#[test]
fn classes() {
    World::new().check(&[
        (
            "isinstance(account, Account), isinstance(5, Account)",
            "(True, False)",
        ),
        (
            "isinstance(True, int), isinstance(1, (str, float)), isinstance(own, list)",
            "(True, False, True)",
        ),
        (
            "isinstance(account, object), issubclass(bool, int)",
            "(True, True)",
        ),
        (
            "isinstance(1, 5)",
            "! TypeError: isinstance() arg 2 must be a type",
        ),
        (
            "type(5), type(account), type([])",
            "(<class 'int'>, <class 'Account'>, <class 'list'>)",
        ),
        (
            "type(5) is int, type(account) is Account, type(own) == list",
            "(True, True, False)",
        ),
        ("type(account).__name__", "'Account'"),
        ("type(5) in (int, str)", "True"),
        ("int", "<class 'int'>"),
    ]);
}

#[test]
fn shadowed_builtins() {
    World::new().check(&[
        ("size(numbers)", "3"),
        (
            "max(numbers)",
            "! cannot evaluate `max(numbers)`: it would run code of the program",
        ),
        (
            "Account('x')",
            "! cannot evaluate `Account('x')`: it would run code of the program",
        ),
    ]);
}

#[test]
fn containers() {
    World::new().check(&[
        (
            "sorted(numbers), sum(numbers), len(pairs), pairs['b'][0]",
            "([1, 2, 3], 6, 2, 3)",
        ),
        ("list(two), len(two), 1 in two", "([2, 1], 2, True)"),
        ("pairs.get('a'), list(pairs)", "(1, ['a', 'b'])"),
        ("counts.get('k'), counts.get('q')", "(1, None)"),
        ("counts['q']", "! __missing__"),
        (
            "own.count(1)",
            "! cannot evaluate `own.count(1)`: Items.count is code, which is not run here",
        ),
        ("len(own), own[0]", "(1, 1)"),
        ("queue[1], len(queue), list(queue)", "(8, 2, [7, 8])"),
        ("str(queue)", "! maxlen"),
        (
            "nans == nans, nan == nan, nan in [1.0]",
            "(True, False, False)",
        ),
        ("nan in [nan]", "! same nan"),
        ("sorted([nan, 1.0])", "! nan among the items"),
    ]);
}

#[test]
fn what_is_cut_or_lost() {
    World::new().check(&[
        ("len(cut), cut[0], cut[1]", "(1000, 1, 2)"),
        ("cut[5]", "! #4 is cut: 2 of its 1000 items are recorded"),
        ("1 in cut", "True"),
        ("9 in cut", "! #4 is cut"),
        ("sum(cut)", "! #4 is cut"),
        ("[n for n in cut]", "! #4 is cut"),
        ("cut.count(1)", "! #4 is cut"),
        ("cut.index(2)", "1"),
        (
            "len(long), long[:3], long.startswith('beg')",
            "(5000, 'beg', True)",
        ),
        ("long.upper()", "! a str is cut"),
        ("long + 'a'", "! a str is cut"),
        ("len(raw), raw[0]", "(5000, 98)"),
        ("raw.hex()", "! a bytes is cut"),
        ("lost", "<unknown: reading it would run the program's code>"),
        (
            "lost + 1",
            "! `lost` is not recorded: reading it would run the program's code",
        ),
        ("len(lost)", "! `lost` is not recorded"),
        ("lost.upper()", "! `lost` is not recorded"),
        (
            "[lost for _ in [1]]",
            "[<unknown: reading it would run the program's code>]",
        ),
        ("sum([lost])", "! not recorded"),
        ("secret", "<redacted>"),
        ("len(secret)", "! `secret` is redacted"),
        ("secret == 'x'", "! `secret` is redacted"),
        ("f'{secret}'", "! `secret` is redacted"),
        ("[secret][0] == 'x'", "! redacted"),
        ("str([secret])", "! redacted"),
    ]);
}
