//! Expressions over a small trace that is written for the tests.

mod hostile;
mod objects;
mod values;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use schema::{
    Body, Bound, Code, CodeId, Ending, Fact, FileId, FrameId, Header, Maker, NameId, NewFrame,
    Object, ObjectId, Op, Reason, SourceFile, State, ThreadId, TraceWriter, Type, TypeId, TypeKind,
    Value, Variable,
};

use super::Expr;
use crate::scope::Scope;
use crate::show::{self, Budget};
use crate::trace::Trace;

/// A trace with one module frame, whose variables the tests use.
struct World {
    trace: Trace,
    state: State,
    path: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

const TYPES: &[(&str, TypeKind, &[&str])] = &[
    ("list", TypeKind::List, &[]),
    ("dict", TypeKind::Dict, &[]),
    ("tuple", TypeKind::Tuple, &[]),
    ("set", TypeKind::Set, &[]),
    ("Account", TypeKind::Instance, &["Base"]),
    ("type", TypeKind::Opaque, &[]),
    ("builtin_function_or_method", TypeKind::Opaque, &[]),
    ("Items", TypeKind::List, &["list"]),
    ("collections.defaultdict", TypeKind::Dict, &["dict"]),
    ("function", TypeKind::Opaque, &[]),
    ("collections.deque", TypeKind::Deque, &[]),
    ("object", TypeKind::Opaque, &[]),
    ("Base", TypeKind::Instance, &[]),
];

/// What is bound in a class of that table.
fn names(class: &str) -> (Maker, &'static [(&'static str, Bound)]) {
    let items = &[
        ("__contains__", Bound::Function),
        ("__eq__", Bound::Function),
        ("__getitem__", Bound::Function),
        ("__hash__", Bound::None),
        ("__iter__", Bound::Function),
        ("__len__", Bound::Function),
        ("__repr__", Bound::Function),
        ("count", Bound::Function),
        ("get", Bound::Function),
        ("index", Bound::Function),
        ("keys", Bound::Function),
    ];
    match class {
        "object" => (
            Maker::Interpreter,
            &[
                ("__class__", Bound::Data),
                ("__eq__", Bound::Function),
                ("__format__", Bound::Function),
                ("__getattribute__", Bound::Function),
                ("__hash__", Bound::Function),
                ("__repr__", Bound::Function),
                ("__str__", Bound::Function),
            ],
        ),
        "list" | "dict" | "tuple" | "set" => (Maker::Interpreter, items),
        "collections.deque" => (Maker::Native, items),
        "collections.defaultdict" => (Maker::Native, &[("__missing__", Bound::Function)]),
        "Account" => (
            Maker::Python,
            &[
                ("__add__", Bound::Function),
                ("__dict__", Bound::Data),
                ("__eq__", Bound::Function),
                ("close", Bound::Function),
                ("total", Bound::Property),
            ],
        ),
        "Items" => (Maker::Python, &[("count", Bound::Function)]),
        "Base" => (Maker::Python, &[("__bool__", Bound::Function)]),
        _ => (Maker::Interpreter, &[]),
    }
}

/// What is bound in a class, and where its line leads.
fn body(name: &str, line: &[String]) -> Body {
    let (maker, names) = names(name);
    let place = |other: &String| TYPES.iter().position(|(name, ..)| name == other);
    Body {
        called: name.into(),
        maker,
        line: line
            .iter()
            .map(|other| TypeId(place(other).map_or(0, |at| at as u32 + 1)))
            .collect(),
        names: names
            .iter()
            .map(|(name, bound)| ((*name).to_owned(), *bound))
            .collect(),
    }
}

fn class(name: &str) -> TypeId {
    let at = TYPES.iter().position(|(other, ..)| *other == name);
    TypeId(at.expect(name) as u32 + 1)
}

fn object(number: u64) -> Value {
    Value::Object(ObjectId(number))
}

fn of(name: &str) -> Object {
    Object::new(class(name))
}

fn items(name: &str, items: Vec<Value>, length: u64) -> Object {
    let mut object = of(name);
    object.items = Some(items);
    object.length = Some(length);
    object
}

/// The variables and the objects that they hold, by number.
fn contents() -> (Vec<(&'static str, Value)>, Vec<Object>) {
    let text = |text: &str| Value::text(text);
    let opaque = |name: &str, text: &str| {
        let mut object = of(name);
        object.text = Some(text.into());
        object
    };
    let mut pairs = of("dict");
    pairs.pairs = Some(vec![(text("a"), Value::Int(1)), (text("b"), object(1))]);
    pairs.length = Some(2);
    let mut account = of("Account");
    account.fields = Some(vec![(NameId(1), text("ann")), (NameId(2), Value::Int(5))]);
    let mut cut = items("list", vec![Value::Int(1), Value::Int(2)], 1000);
    cut.cut = true;
    let mut counts = of("collections.defaultdict");
    counts.pairs = Some(vec![(text("k"), Value::Int(1))]);
    counts.length = Some(1);
    let mut unknown = of("Account");
    unknown.unknown = Some(Reason::ForeignClass);
    let objects = vec![
        items("list", vec![Value::Int(3), Value::Int(1), Value::Int(2)], 3),
        pairs,
        account,
        cut,
        // A list that holds itself, and another like it.
        items("list", vec![object(5)], 1),
        items("list", vec![object(6)], 1),
        opaque("type", "<class 'Account'>"),
        opaque("builtin_function_or_method", "<built-in function len>"),
        opaque("function", "<function shadow at …>"),
        items("Items", vec![Value::Int(1)], 1),
        counts,
        items("set", vec![Value::Int(2), Value::Int(1)], 2),
        unknown,
        items("tuple", vec![Value::Float(f64::NAN)], 1),
        items("collections.deque", vec![Value::Int(7), Value::Int(8)], 2),
    ];
    let variables = vec![
        ("numbers", object(1)),
        ("pairs", object(2)),
        ("account", object(3)),
        ("cut", object(4)),
        ("loop", object(5)),
        ("other_loop", object(6)),
        ("Account", object(7)),
        ("size", object(8)),
        ("max", object(9)),
        ("own", object(10)),
        ("counts", object(11)),
        ("two", object(12)),
        ("foreign", object(13)),
        ("nans", object(14)),
        ("queue", object(15)),
        ("i", Value::Int(7)),
        ("x", Value::Float(2.5)),
        ("s", text("Été")),
        ("nan", Value::Float(f64::NAN)),
        (
            "lone",
            Value::Str([b'a', 0xed, 0xa0, 0x80].as_slice().into()),
        ),
        (
            "long",
            Value::StrCut(Arc::new((b"begin".as_slice().into(), 5000))),
        ),
        (
            "raw",
            Value::BytesCut(Arc::new((b"begin".as_slice().into(), 5000))),
        ),
        ("lost", Value::Unknown(Reason::NeedsCode)),
        ("secret", Value::Redacted),
    ];
    (variables, objects)
}

impl World {
    fn new() -> World {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("rdbg-expr-{}-{number}.db", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&path);
        let (variables, objects) = contents();
        let mut writer = TraceWriter::create(&path, &Header::default(), false).expect("created");
        writer.define(Fact::File(SourceFile {
            id: FileId(1),
            path: "/somewhere/app.py".into(),
            source: None,
        }));
        writer.define(Fact::Code(Code {
            id: CodeId(1),
            file: FileId(1),
            name: "main".into(),
            qualname: "main".into(),
            first_line: 1,
            flags: 3,
            arguments: 0,
            variables: variables
                .iter()
                .map(|(name, _)| Variable {
                    name: (*name).into(),
                    kind: 0x20,
                })
                .collect(),
            lines: vec![1],
        }));
        for (id, (name, kind, bases)) in (1..).zip(TYPES) {
            let root: &[&str] = if *name == "object" { &[] } else { &["object"] };
            let mro = [name].into_iter().chain(*bases).chain(root);
            let mro: Vec<String> = mro.map(|name| (*name).to_owned()).collect();
            writer.define(Fact::Type(Type {
                id: TypeId(id),
                name: (*name).into(),
                kind: *kind,
                body: Some(body(name, &mro)),
                mro,
                tuple_fields: vec![],
            }));
        }
        writer.define(Fact::Name(NameId(1), "owner".into()));
        writer.define(Fact::Name(NameId(2), "balance".into()));
        let ending = Ending {
            how: "exit 0".into(),
            seconds: 0.0,
        };
        assert_eq!(writer.finish(&ending).stopped, None);

        let mut state = State::default();
        let mut apply = |op: Op| {
            let _ = state.apply(op).expect("applied");
        };
        apply(Op::Thread(ThreadId(1)));
        apply(Op::Start(NewFrame {
            frame: FrameId(1),
            code: CodeId(1),
            line: 1,
            globals: ObjectId(0),
            namespace: ObjectId(0),
        }));
        for (number, object) in (1..).zip(objects) {
            apply(Op::Object(ObjectId(number), Box::new(object)));
        }
        for (slot, (_, value)) in (0..).zip(variables) {
            apply(Op::Set(slot, value));
        }
        let trace = Trace::open(&path, schema::Allowance::OfSize).expect("opened");
        World { trace, state, path }
    }

    /// What an expression shows, or its error.
    fn show(&self, text: &str) -> String {
        let frame = self.state.top().expect("a frame");
        let scope = Scope::new(&self.trace, &self.state, frame);
        let datum = Expr::parse(text).and_then(|expr| expr.evaluate(&scope));
        match datum.and_then(|datum| show::datum(&self.trace, &self.state, &datum, Budget::USUAL)) {
            Ok(text) => text,
            Err(error) => {
                let error = error.to_string();
                assert!(!error.contains('\n'), "{text}: more than a line: {error}");
                format!("! {error}")
            }
        }
    }

    /// Each expression gives the text, or an error that begins with what follows `! `.
    fn check(&self, cases: &[(&str, &str)]) {
        for (expression, wanted) in cases {
            let shown = self.show(expression);
            let is_right = match wanted.strip_prefix("! ") {
                Some(part) => shown.starts_with("! ") && shown.contains(part),
                None => shown == *wanted,
            };
            assert!(
                is_right,
                "{expression}\n  gives  {shown}\n  not    {wanted}"
            );
        }
    }
}
