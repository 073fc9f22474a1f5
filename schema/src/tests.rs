//! Traces as a whole: written, read back, damaged, and made by an enemy.

mod bounds;
mod damage;
mod format;
mod hostile;
mod touching;
mod writing;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::*;

/// A folder that goes with the test, and a file in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("trace.db");
    (folder, path)
}

pub(crate) fn frame(number: u64, code: u32) -> NewFrame {
    NewFrame {
        frame: FrameId(number),
        code: CodeId(code),
        line: 1,
        globals: ObjectId(0),
        namespace: ObjectId(0),
    }
}

/// What every trace of these tests refers to.
pub(crate) fn define(writer: &mut TraceWriter) {
    writer.define(Fact::File(SourceFile {
        id: FileId(1),
        path: "/somewhere/app.py".into(),
        source: Some("def f(x):\n    return x\n".into()),
    }));
    for (id, qualname) in [(1, "<module>"), (2, "Bank.transfer")] {
        writer.define(Fact::Code(Code {
            id: CodeId(id),
            file: FileId(1),
            name: qualname.into(),
            qualname: qualname.into(),
            first_line: id,
            flags: 3,
            arguments: 0,
            variables: ["amount", "y", "z", "total"]
                .map(|name| Variable {
                    name: name.into(),
                    kind: 0x20,
                })
                .to_vec(),
            lines: vec![1, 2, 3],
        }));
    }
    writer.define(Fact::Type(Type {
        id: TypeId(1),
        name: "list".into(),
        kind: TypeKind::List,
        mro: vec!["list".into(), "object".into()],
        tuple_fields: vec![],
        body: None,
    }));
    writer.define(Fact::Name(NameId(1), "owner".into()));
    writer.define(Fact::Thread(Thread {
        id: ThreadId(1),
        name: "MainThread".into(),
        native: 7,
    }));
    for _ in 0..2 {
        writer.define(Fact::LeftOut("/usr/lib/json.py".into(), "standard library"));
    }
}

pub(crate) fn header() -> Header {
    Header {
        program: "app.py".into(),
        argv: vec!["app.py".into(), "x".into()],
        python: "3.12.1".into(),
        started: 1.5e9,
        ..Header::default()
    }
}

pub(crate) fn ending() -> Ending {
    Ending {
        how: "exit 0".into(),
        seconds: 0.25,
    }
}

/// Writes a trace of a module that calls a function `calls` times.
pub(crate) fn write(path: &Path, calls: u64) -> Summary {
    let mut writer = TraceWriter::create(path, &header(), false).expect("created");
    define(&mut writer);
    writer.append(&operations(calls)).expect("appended");
    let summary = writer.finish(&ending());
    assert_eq!(summary.stopped, None);
    summary
}

/// The operations of such a run, five events a call.
pub(crate) fn operations(calls: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |op: Op| encode::op(&mut out, &op);
    put(Op::Thread(ThreadId(1)));
    put(Op::Start(frame(1, 1)));
    let mut list = Object::new(TypeId(1));
    list.items = Some(vec![]);
    put(Op::Object(ObjectId(1), Box::new(list)));
    put(Op::Set(0, Value::Object(ObjectId(1))));
    for call in 0..calls {
        put(Op::Line(2));
        put(Op::Start(frame(call + 2, 2)));
        put(Op::Set(0, Value::text("ten bytes!")));
        put(Op::Line(3));
        if call < 5 {
            put(Op::Splice(
                ObjectId(1),
                call,
                0,
                vec![Value::Int(call as i64)],
            ));
        }
        put(Op::Line(4));
        put(Op::Return(Value::Float(0.5)));
    }
    put(Op::Return(Value::None));
    out
}

/// Everything that can be asked of a trace, as text; an error if anything of it is damaged.
pub(crate) fn read_all(path: &Path) -> Result<String> {
    use std::fmt::Write as _;
    let reader = TraceReader::open(path)?;
    if let Some(problem) = reader.problems().first() {
        return Err(Error::Io(problem.into(), std::io::Error::other("damaged")));
    }
    let mut text = format!(
        "{:?} {:?} {:?} {:?}\n",
        reader.header(),
        reader.ending(),
        reader.threads(),
        reader.left_out()
    );
    for info in reader.chunks() {
        let chunk = reader.chunk(info.id)?;
        let mut state = chunk.start()?;
        for (pos, event) in (info.first.0..).zip(&chunk.events) {
            chunk.advance(&mut state, Pos(pos))?;
            let code = reader.code(event.code)?;
            let source = reader.source(code.file)?;
            let file = reader.file(code.file)?;
            if event.kind == EventKind::Return || pos < 20 {
                let _ = writeln!(text, "{pos} {event:?} {code:?} {file} {source:?} {state:?}");
            }
            for object in state.objects.values() {
                reader.class(object.class)?;
            }
        }
    }
    Ok(text)
}
