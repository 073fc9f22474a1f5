//! Lines of source and what is read off them.

use super::*;

const SOURCE: &str = "\
import os.path
def f(a, b=7):
    x = a + b
    for i, j in pairs(a):
        self.total[i] = j; y, z = j, 2
    with open(b) as handle:
        n = g(a, k=b).h(1)
    return (x +
            y)
@wrap
def later(p=[]): pass
";

fn written(line_number: u32) -> Vec<(Target, From)> {
    let reading = line(SOURCE, line_number).expect("the source is Python");
    let all = reading.writes.into_iter();
    all.map(|write| (write.target, write.from)).collect()
}

fn name(text: &str) -> Target {
    Target::Name(text.into())
}

fn value(text: &str) -> From {
    From::Value(text.into())
}

#[test]
fn a_line_says_what_it_writes() {
    assert_eq!(written(1), [(name("os"), From::Made("import"))]);
    assert_eq!(written(2), [(name("f"), From::Made("def"))]);
    assert_eq!(written(3), [(name("x"), value("a + b"))]);
    let from = || From::Loop("pairs(a)".into());
    assert_eq!(written(4), [(name("i"), from()), (name("j"), from())]);
    let expected = [
        (Target::Item("self.total".into(), "i".into()), value("j")),
        (name("y"), value("j")),
        (name("z"), value("2")),
    ];
    assert_eq!(written(5), expected);
    assert_eq!(written(6), [(name("handle"), From::With("open(b)".into()))]);
    assert_eq!(written(7), [(name("n"), value("g(a, k=b).h(1)"))]);
    assert_eq!(written(8), []);
}

#[test]
fn a_line_says_what_it_calls_and_returns() {
    let calls = line(SOURCE, 7).expect("the source is Python").calls;
    let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["h", "g"]);
    assert_eq!(calls[0].receiver.as_deref(), Some("g(a, k=b)"));
    assert_eq!(calls[1].keywords, [("k".to_owned(), "b".to_owned())]);
    for number in [8, 9] {
        let returned = line(SOURCE, number).expect("the source is Python").returned;
        assert_eq!(
            returned.as_deref(),
            Some("(x +\n            y)").map(|_| "x +\n            y")
        );
    }
    assert_eq!(default_of(SOURCE, 2, "b").as_deref(), Some("7"));
    assert_eq!(default_of(SOURCE, 2, "a"), None);
    assert_eq!(default_of(SOURCE, 10, "p").as_deref(), Some("[]"));
}

#[test]
fn expressions_have_shapes() {
    for (text, expected) in [
        ("5", Shape::Literal),
        ("'a' + 'b'", Shape::Literal),
        ("x", Shape::Name("x".into())),
        ("x.y[3]", Shape::Place),
        (
            "x + y.z * f(n)",
            Shape::Computed(vec!["x".into(), "y.z".into(), "n".into()]),
        ),
        ("[a, b]", Shape::Display(vec!["a".into(), "b".into()])),
        (
            "a if t else b",
            Shape::Choice("t".into(), "a".into(), "b".into()),
        ),
    ] {
        assert_eq!(shape(text), Some(expected), "{text}");
    }
    assert_eq!(shape("x +"), None);
    assert!(matches!(shape("await f(1)"), Some(Shape::Call(call)) if call.name == "f"));
}

#[test]
fn what_a_comprehension_is_computed_from_leaves_out_what_it_binds() {
    let inputs = |text: &str| match shape(text) {
        Some(Shape::Computed(inputs)) => inputs,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(inputs("[n * m for n in rows for m in [k]]"), ["rows", "k"]);
    assert_eq!(inputs("{n: n.x + y for n in rows}"), ["rows", "y"]);
    assert_eq!(inputs("n + sum(n for n in rows)"), ["n", "rows"]);
}

#[test]
fn parts_of_what_is_written_out_are_found() {
    assert_eq!(element("a, b + 1", 1).as_deref(), Some("b + 1"));
    assert_eq!(element("[a, *b, c]", 2), None);
    assert_eq!(element("a", 0), None);
    let writes = line("a, b = f()", 1).expect("Python").writes;
    let from = writes.into_iter().map(|write| write.from);
    let part = |at| From::Part("f()".into(), Some(at));
    assert_eq!(from.collect::<Vec<_>>(), [part(0), part(1)]);
}

#[test]
fn what_a_line_yields_is_told() {
    let yielded = |text: &str| line(text, 1).expect("Python").yielded;
    assert_eq!(yielded("x = yield a + b"), ["a + b"]);
    assert_eq!(yielded("yield"), ["None"]);
    assert_eq!(shape("yield a"), Some(Shape::Sent));
    assert_eq!(shape("await task"), Some(Shape::Handed("task".into())));
}
