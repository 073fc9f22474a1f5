//! Values of hand-made traces, as a dump shows them.

use schema::{
    Code, CodeId, Ending, Fact, FileId, FrameId, Header, NewFrame, Op, Pos, Reason, SourceFile,
    TraceWriter, Type, TypeId, Variable, encode,
};

use super::*;

const TYPES: &[(&str, TypeKind)] = &[
    ("list", TypeKind::List),
    ("dict", TypeKind::Dict),
    ("bytearray", TypeKind::ByteArray),
    ("Account", TypeKind::Instance),
    ("ValueError", TypeKind::Exception),
    ("Colour", TypeKind::Atom),
    ("function", TypeKind::Opaque),
    ("Rows", TypeKind::List),
    ("socket.socket", TypeKind::Instance),
];
const NAMES: &[&str] = &["owner", "args", "__cause__"];

fn object(class: &str) -> Object {
    let at = TYPES
        .iter()
        .position(|(name, _)| *name == class)
        .expect(class);
    Object::new(TypeId(at as u32 + 1))
}

fn field(name: &str, value: Value) -> (NameId, Value) {
    let at = NAMES.iter().position(|known| *known == name).expect(name);
    (NameId(at as u32 + 1), value)
}

fn reference(id: u64) -> Value {
    Value::Object(ObjectId(id))
}

/// Records one line event of a frame with these objects and slots; returns its `locals`. A frame
/// without slots has object 1 as its namespace.
fn locals(flags: u32, objects: &[Object], slots: &[Value], depth: u32) -> Json {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("t.db");
    let mut writer = TraceWriter::create(&path, &Header::default(), false).expect("created");
    let source = None;
    writer.define(Fact::File(SourceFile {
        id: FileId(1),
        path: "a.py".into(),
        source,
    }));
    let variable = |n: usize| Variable {
        name: format!("v{n}"),
        kind: 0x20,
    };
    writer.define(Fact::Code(Code {
        id: CodeId(1),
        file: FileId(1),
        name: "f".into(),
        qualname: "f".into(),
        first_line: 1,
        flags,
        arguments: 0,
        variables: (0..slots.len()).map(variable).collect(),
        lines: vec![1],
    }));
    for (id, (name, kind)) in (1..).zip(TYPES) {
        let (mro, tuple_fields) = (vec![], vec![]);
        let name = (*name).into();
        writer.define(Fact::Type(Type {
            id: TypeId(id),
            name,
            kind: *kind,
            mro,
            tuple_fields,
            body: None,
        }));
    }
    for (id, name) in (1..).zip(NAMES) {
        writer.define(Fact::Name(NameId(id), (*name).into()));
    }
    let frame = NewFrame {
        frame: FrameId(1),
        code: CodeId(1),
        line: 1,
        globals: ObjectId(0),
        namespace: ObjectId(1),
    };
    let mut bytes = Vec::new();
    encode::op(&mut bytes, &Op::Start(frame));
    for (id, object) in (1..).zip(objects) {
        encode::object(&mut bytes, ObjectId(id), object);
    }
    for (slot, value) in (0..).zip(slots) {
        encode::op(&mut bytes, &Op::Set(slot, value.clone()));
    }
    encode::op(&mut bytes, &Op::Line(1));
    writer.append(&bytes).expect("appended");
    let ending = Ending {
        how: "exit 0".into(),
        seconds: 0.0,
    };
    assert_eq!(writer.finish(&ending).stopped, None);
    let reader = TraceReader::open(&path).expect("opens");
    let chunk = reader.chunk(schema::ChunkId(0)).expect("reads");
    let mut state = chunk.start().expect("starts");
    chunk.advance(&mut state, Pos(1)).expect("advances");
    let frame = state.top().expect("runs");
    Renderer::new(&reader, &state)
        .locals(frame, depth)
        .expect("renders")
}

/// The first local of a function.
fn shown(objects: &[Object], value: Value, depth: u32) -> Json {
    locals(1, objects, &[value], depth)["v0"].clone()
}

#[test]
fn atoms_are_their_repr() {
    for (value, json) in [
        (Value::None, json!({"type": "NoneType", "repr": "None"})),
        (
            Value::Int(i64::MIN),
            json!({"type": "int", "repr": "-9223372036854775808"}),
        ),
        (
            Value::BigInt((false, [0, 0, 0, 0, 0, 0, 0, 0, 1].into()).into()),
            json!({"type": "int", "repr": "18446744073709551616"}),
        ),
        (
            Value::Float(f64::NAN),
            json!({"type": "float", "repr": "nan"}),
        ),
        (
            Value::Float(f64::INFINITY),
            json!({"type": "float", "repr": "inf"}),
        ),
        (Value::Float(-0.0), json!({"type": "float", "repr": "-0.0"})),
        (
            Value::Str((*b"\xed\xa0\x80x").into()),
            json!({"type": "str", "repr": "'\\ud800x'"}),
        ),
        (
            Value::Bytes((*b"\0\xff").into()),
            json!({"type": "bytes", "repr": "b'\\x00\\xff'"}),
        ),
        (
            Value::Range([1, 9, 2].map(Value::Int).into()),
            json!({"type": "range", "repr": "range(1, 9, 2)"}),
        ),
        (Value::Redacted, json!({"type": "str", "redacted": true})),
        (
            Value::StrCut((std::sync::Arc::from(*b"ab"), 700).into()),
            json!({"type": "str", "repr": "'ab'", "len": 700, "truncated": true}),
        ),
        (
            Value::Unknown(Reason::NeedsCode),
            json!({"type": "object", "unknown": Reason::NeedsCode.text()}),
        ),
    ] {
        assert_eq!(shown(&[], value.clone(), 3), json, "{value:?}");
    }
    let endless = Value::BigInt((true, vec![1; 2 << 20].into()).into());
    assert!(shown(&[], endless, 3)["unknown"].is_string());
}

#[test]
fn containers_end_at_the_depth_and_at_themselves() {
    let (mut outer, mut inner) = (object("list"), object("list"));
    outer.items = Some(vec![reference(2), Value::Int(1)]);
    inner.items = Some(vec![reference(1)]);
    let objects = [outer, inner];
    let head = json!({"type": "list", "id": 1, "len": 2});
    assert_eq!(shown(&objects, reference(1), 0), head);
    let all = json!({"type": "list", "id": 1, "len": 2, "items": [
        {"type": "list", "id": 2, "len": 1, "items": [
            {"type": "list", "id": 1, "len": 2, "cycle": true}
        ]},
        {"type": "int", "repr": "1"},
    ]});
    assert_eq!(shown(&objects, reference(1), 3), all);
    let missing = json!({"type": "object", "id": 9, "unknown": "not in the trace"});
    assert_eq!(shown(&objects, reference(9), 3), missing);
}

#[test]
fn objects_show_what_they_hold() {
    let one = json!({"type": "int", "repr": "1"});
    let mut dict = object("dict");
    dict.pairs = Some(vec![(Value::text("k"), Value::Int(1))]);
    dict.length = Some(40);
    dict.cut = true;
    let pair = json!([{"type": "str", "repr": "'k'"}, one]);
    let json = json!({"type": "dict", "id": 1, "len": 40, "truncated": true, "items": [pair]});
    assert_eq!(shown(&[dict], reference(1), 3), json);

    let mut array = object("bytearray");
    array.base = Some(Value::Bytes((*b"\x01").into()));
    let json = json!({"type": "bytearray", "id": 1, "len": 1, "items": [one]});
    assert_eq!(shown(&[array], reference(1), 3), json);

    let mut account = object("Account");
    account.fields = Some(vec![field("owner", Value::Int(1))]);
    let json = json!({"type": "Account", "id": 1, "fields": {"owner": one}});
    assert_eq!(shown(&[account], reference(1), 3), json);
    let json = json!({"type": "Account", "id": 1, "fields": {}});
    assert_eq!(shown(&[object("Account")], reference(1), 3), json);

    let mut rows = object("Rows");
    rows.items = Some(vec![]);
    rows.fields = Some(vec![field("owner", Value::Int(1))]);
    let json = json!({"type": "Rows", "id": 1, "len": 0, "items": [], "fields": {"owner": one}});
    assert_eq!(shown(&[rows], reference(1), 3), json);

    let mut error = object("ValueError");
    error.fields = Some(vec![
        field("args", Value::Int(1)),
        field("__cause__", Value::None),
    ]);
    let json = json!({"type": "ValueError", "id": 1, "fields": {"args": one}});
    assert_eq!(shown(&[error], reference(1), 3), json);

    let mut colour = object("Colour");
    colour.base = Some(Value::Int(1));
    let json = json!({"type": "Colour", "id": 1, "repr": "1"});
    assert_eq!(shown(&[colour], reference(1), 3), json);

    let mut function = object("function");
    function.text = Some("<function f at a.py:1>".into());
    let json = json!({"type": "function", "repr": "<function f at a.py:1>"});
    assert_eq!(shown(&[function], reference(1), 3), json);

    let mut socket = object("socket.socket");
    socket.unknown = Some(Reason::Layout);
    let json = json!({"type": "socket.socket", "unknown": Reason::Layout.text()});
    assert_eq!(shown(&[socket], reference(1), 3), json);
}

#[test]
fn a_namespace_shows_its_names_but_not_those_of_the_interpreter() {
    let mut names = object("dict");
    let pair = |name: &[u8], value| (Value::Str(name.into()), Value::Int(value));
    names.pairs = Some(vec![
        pair(b"__name__", 0),
        pair(b"b", 1),
        pair(b"a", 2),
        pair(b"\xed\xa0\x80", 3),
        pair(b"\xed\xa0\x81", 4),
        (Value::Int(7), Value::Int(5)),
    ]);
    let shown = locals(0, &[names], &[], 3);
    let names: Vec<_> = shown.as_object().expect("is an object").keys().collect();
    assert_eq!(names, ["b", "a", "\\ud800", "\\ud801"]);
}
