//! Expressions made to hang or to crash the evaluator: each ends in seconds, in one line.

use super::World;

#[test]
fn too_much_is_refused() {
    let world = World::new();
    world.check(&[
        ("10 ** 10 ** 10", "! more than 1 million digits"),
        ("'a' * 10**12", "! more than 10 million items"),
        ("[0] * 10**12", "! more than 10 million items"),
        ("1 << 10**15", "! more than 1 million digits"),
        ("list(range(10**15))", "! items, too many"),
        ("sum(range(10**18))", "! items, too many"),
        ("'x'.center(10**15)", "! more than 10 million items"),
        ("f'{1:1000000000000}'", "! more than 10 million items"),
        ("f'{1.0:.1000000000}'", "! too many digits"),
        (
            "('a' * 10**6).replace('a', 'b' * 10**6)",
            "! more than 10 million items",
        ),
        ("('b' * 10**6).join(['a'] * 10**6)", "! "),
        (
            "[0 for a in range(10**4) for b in range(10**4)]",
            "! too many items",
        ),
        ("[10**100000 for n in range(10**6)]", "! "),
        ("[2**3000000 // 3**100000 for n in range(10**5)]", "! "),
        ("[a * 10**6 for a in 'a' * 10**6]", "! "),
        (
            "sorted([[n] * 1000 for n in range(10**4)], key=lambda a: a * 1000)",
            "! ",
        ),
        (
            "str(10 ** 5000)",
            "! ValueError: Exceeds the limit (4300 digits)",
        ),
        (
            "int('9' * 5000)",
            "! ValueError: Exceeds the limit (4300 digits)",
        ),
        ("('a' * 10**6 + 'b') in ('a' * 5 * 10**6)", "False"),
        ("('a' * 10**6).count('a' * 5 * 10**5 + 'b')", "0"),
        ("len(('a ' * 10**5).split())", "100000"),
        ("loop == other_loop", "! nested deeper than 200 levels"),
        ("loop == loop, loop in loop", "(True, True)"),
        ("loop < other_loop", "! nested deeper than 200 levels"),
        ("str(loop), repr([loop])", "('[[...]]', '[[[...]]]')"),
        ("{loop}", "! unhashable type: 'list'"),
        ("isinstance(1, ((((int,),),),))", "True"),
        (
            "len(lone), lone[1], lone.upper(), f'{lone:>3}'",
            "(2, '\\ud800', 'A\\ud800', ' a\\ud800')",
        ),
        (
            "lone == 'a\\ud800', ord(lone[1]), chr(0xd800) == lone[1]",
            "(True, 55296, True)",
        ),
    ]);
}

#[test]
fn deep_nesting_is_refused() {
    let world = World::new();
    let nested = |open: &str, count: usize, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    for text in [
        nested("(", 3000, "1", ")"),
        nested("-", 3000, "1", ""),
        nested("not ", 1000, "1", ""),
        nested("len(", 99, "''", ")"),
        nested("str(", 99, "1", ")"),
        nested("[", 2000, "", "]"),
        nested("1 if 1 else ", 300, "1", ""),
        nested("1+", 2000, "1", ""),
        "a".to_owned() + &".b".repeat(1500),
        "i".to_owned() + &".real".repeat(700),
        "''".to_owned() + &".upper()".repeat(400),
        nested("lambda: ", 400, "1", ""),
        nested("[a for a in ", 90, "[1]", "]"),
        "[1 ".to_owned() + &"for a in [1] ".repeat(250) + "]",
        "sorted([1], key=".to_owned() + &"lambda a: ".repeat(300) + "a)",
        nested("f'{", 1, "1", ":{1:{1}}}'"),
    ] {
        let shown = world.show(&text);
        assert!(!shown.is_empty() && shown.len() < 1000, "{text}: {shown}");
    }
}

#[test]
fn garbage_is_an_error() {
    let world = World::new();
    for text in [
        "",
        " ",
        "1 +",
        "(",
        "f'{",
        "f'{}'",
        "'",
        "\u{0}",
        "x =",
        "x := 1",
        "(x := 1)",
        "yield",
        "await x",
        "*x",
        "**x",
        "lambda",
        "len(",
        "len(*1)",
        "len(**1)",
        "len(**{})",
        "#",
        "#x",
        "t'{1}'",
        "1 if 2",
        "print",
        "a\nb",
        "[x async for x in y]",
        "{**1}",
        "[*1]",
        "...[0]",
        "f'{1:{{}}}'",
        "f'{1!x}'",
        "'\\ud800'.title().foo()",
        "int(base=10)",
        "max()",
        "zip(1)",
    ] {
        let shown = world.show(text);
        assert!(shown.starts_with("! "), "{text:?} gives {shown}");
    }
}
