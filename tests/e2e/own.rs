//! Expressions that call the program's own code: what they give, what they refuse, and that they end.

use std::fs;
use std::time::{Duration, Instant};

use replayer::{Budget, Debugger, Direction, Reason};
use tests::{folder, record};

const PROGRAM: &str = include_str!("own/program.py");

const RIGHT: &[(&str, &str)] = &[
    ("lines[0].total", "6.0"),
    ("order.total, other.total, empty.total", "(16.5, 7.0, 0)"),
    ("order.is_big(), other.is_big()", "(True, False)"),
    ("len(order), bool(order), bool(empty)", "(3, True, False)"),
    (
        "[line.name for line in order]",
        "['apple', 'bread', 'avocado']",
    ),
    (
        "'bread' in order, 'milk' in order, 'milk' not in order",
        "(True, False, True)",
    ),
    ("order[1].name, order.line_2.name", "('bread', 'avocado')"),
    (
        "order == other, order != other, order == 3, order < other",
        "(False, True, False, False)",
    ),
    (
        "order == order.of(*lines), {order: 1}[Order(lines)]",
        "(True, 1)",
    ),
    (
        "max([other, order]).extra, sorted([order, other])[0].extra",
        "(5, 1)",
    ),
    (
        "str(order), f'{order:.1f}'",
        "('order of apple, bread, avocado', '16.5')",
    ),
    ("(order + other).total, len(order + other)", "(23.5, 4)"),
    ("order(1, 2), order(1, 2, by=3, a=0)", "(6, 10)"),
    ("order.describe(), order.secret()", "('base order!', 7)"),
    ("order.share(), Order.share(by=4)", "(1.0, 2.0)"),
    (
        "order.add(lines[0]).extra, len(order.add(lines[0]))",
        "(4, 5)",
    ),
    ("order.extra, len(order.lines), calls", "(5, 3, 0)"),
    ("order.named()", "{'a': 7, 'b': 1}"),
    (
        "order.parsed('12'), order.parsed('x')",
        "(12, \"invalid literal for int() with base 10: 'x'\")",
    ),
    ("order.sorted()", "['apple', 'avocado', 'bread']"),
    (
        "[order.kind_of(value) for value in (0, 9, [1, 2, 3], {'key': 4}, 'x')]",
        "['zero', 'big 9', (1, [2, 3]), 4, None]",
    ),
    ("order.kind_of(lines[0])", "'apple'"),
    ("order.summed()", "([3, 4, 8], 8)"),
    ("order.evens()", "[(0, 'a'), (2, 'b'), (4, 'c')]"),
    (
        "lines[0] == lines[0], lines[0] == lines[1]",
        "(True, False)",
    ),
    ("lines[0] == Line('apple', 2.0, 3)", "True"),
    (
        "repr(lines[1])",
        "\"Line(name='bread', price=1.5, count=1, tags=[])\"",
    ),
    (
        "Line('x', 2).total, Line('x', 2)",
        "(2, Line(name='x', price=2, count=1, tags=[]))",
    ),
    (
        "hasattr(order, 'total'), hasattr(order, 'nothing')",
        "(True, False)",
    ),
    (
        "getattr(order, 'nothing', 4), getattr(order, 'total')",
        "(4, 16.5)",
    ),
    (
        "twice(4), [twice(n) for n in (1, 2)], list(map(twice, [3]))",
        "(8, [2, 4], [6])",
    ),
    ("sum(line.total for line in lines)", "11.5"),
    ("order.steps(500)", "500"),
    ("any(line.total > 5 for line in order)", "True"),
];

const REFUSED: &[(&str, &str)] = &[
    ("order.nothing", "AttributeError: nothing"),
    ("order.saved()", "json"),
    (
        "order.written()",
        "`print` is Python's own and not computed here",
    ),
    ("order.ever()", ""),
    ("order.deep()", "deeper than is followed here"),
    ("order.grow()", ""),
    ("order.append_ever()", ""),
    ("order.power()", ""),
];

fn debugger(folder: &std::path::Path, source: &str) -> Debugger {
    let program = folder.join("app.py");
    fs::write(&program, source).expect("written");
    Debugger::open(&record(folder, &program)).expect("a trace")
}

/// Goes to the first line of the module that begins so.
fn go(debugger: &mut Debugger, text: &str) {
    let line = PROGRAM.lines().position(|line| line.starts_with(text));
    let line = line.expect("a line") + 1;
    debugger
        .seek_end(Direction::Backward)
        .expect("the first step");
    let place = format!("app.py:{line}");
    debugger.break_at(&place, None, true).expect("a place");
    let stop = debugger.run(Direction::Forward).expect("a stop");
    assert_eq!(stop.line as usize, line);
}

fn answer(debugger: &Debugger, text: &str) -> Result<String, String> {
    debugger.renew();
    let found = debugger.evaluate(text, Budget::WHOLE);
    found.map_err(|error| error.to_string())
}

#[test]
fn code_of_the_program_is_evaluated() {
    let folder = folder();
    let mut debugger = debugger(folder.path(), PROGRAM);
    go(&mut debugger, "print(\"made\")");
    let mut wrong = Vec::new();
    for (text, right) in RIGHT {
        let found = answer(&debugger, text);
        if found.as_deref() != Ok(right) {
            wrong.push(format!("{text}\n  right: {right}\n  found: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cannot_be_known_ends_with_a_reason_within_a_second() {
    let folder = folder();
    let mut debugger = debugger(folder.path(), PROGRAM);
    go(&mut debugger, "print(\"made\")");
    for (text, reason) in REFUSED {
        let begun = Instant::now();
        let found = answer(&debugger, text).expect_err(text);
        assert!(found.contains(reason), "{text}: {found}");
        assert!(!found.contains('\n'), "{text}: {found}");
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(4), "{text} took {took:?}");
        assert_eq!(
            answer(&debugger, "order.extra").as_deref(),
            Ok("5"),
            "{text}"
        );
    }
}

#[test]
fn what_the_program_put_in_place_of_a_method_is_called_or_refused() {
    let folder = folder();
    let mut debugger = debugger(folder.path(), PROGRAM);
    go(&mut debugger, "print(\"changed\")");
    assert_eq!(
        answer(&debugger, "order.secret()").as_deref(),
        Ok("'replaced'")
    );
    let found = answer(&debugger, "order.rate()").expect_err("another function");
    assert!(found.contains("Base.rate is replaced"), "{found}");
}

#[test]
fn conditions_and_traces_call_code_of_the_program() {
    let folder = folder();
    let mut debugger = debugger(folder.path(), PROGRAM);
    let condition = Some("self.total == 16.5 and 'bread' in self");
    let set = debugger.break_at("Order.total", condition, false);
    set.expect("a place");
    let stop = debugger.run(Direction::Forward).expect("a stop");
    assert!(matches!(stop.reason, Reason::Breakpoint(_)), "{stop:?}");
    assert_eq!(stop.function, "Order.total");
    let mut lines = Vec::new();
    let doubts = debugger.trace_at(
        "Order.total",
        "f'{self:.2f} {len(self)}'",
        Some("self.is_big()"),
        &mut |(_, text)| {
            lines.push(text);
            true
        },
    );
    assert_eq!(doubts.expect("a list").failed, 0);
    assert_eq!(lines, [Ok("16.50 3".to_owned())]);
}

#[test]
fn a_source_that_is_not_the_one_that_ran_is_refused() {
    // Code of this file and name, which is not what stands in it.
    let source = "\
import sys
class A:
    def one(self):
        return 1
other = 'class A:\\n    x = 1\\n\\n    def one(self):\\n        return 2\\n'
exec(compile(other, __file__, 'exec'))
a = A()
a.one()
print(a)
";
    let folder = folder();
    let mut debugger = debugger(folder.path(), source);
    debugger
        .seek_end(Direction::Forward)
        .expect("the last step");
    let found = answer(&debugger, "a.one()").expect_err("the source is another");
    assert!(
        found.contains("its source is not the one that was run"),
        "{found}"
    );
}
