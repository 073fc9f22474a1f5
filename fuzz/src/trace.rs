//! The traces that targets work on.

use std::fs;
use std::path::{Path, PathBuf};

use replayer::Debugger;
use schema::decode::Decoder;
use schema::forge::{Forged, forge};
use schema::{
    Code, CodeId, Fact, FileId, FrameId, Header, NameId, NewFrame, Object, ObjectId, Op,
    SourceFile, Thread, ThreadId, Type, TypeId, TypeKind, Value, Variable, encode,
};
use tempfile::TempDir;

const TYPES: &[(&str, TypeKind)] = &[
    ("list", TypeKind::List),
    ("tuple", TypeKind::Tuple),
    ("dict", TypeKind::Dict),
    ("set", TypeKind::Set),
    ("Account", TypeKind::Instance),
    ("KeyError", TypeKind::Exception),
    ("Colour", TypeKind::Atom),
    ("function", TypeKind::Opaque),
];

/// What is written to a folder that goes with the thread.
struct Workshop {
    folder: Option<TempDir>,
    sound: Vec<u8>,
}

impl Workshop {
    fn new() -> Workshop {
        let folder = tempfile::tempdir().ok();
        let mut shop = Workshop {
            folder,
            sound: Vec::new(),
        };
        let path = shop.path("sound.db");
        write(&path, &[sound()]);
        shop.sound = fs::read(&path).unwrap_or_default();
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        let folder = self.folder.as_ref().map(TempDir::path);
        folder.unwrap_or(Path::new(".")).join(name)
    }
}

thread_local! {
    static SHOP: Workshop = Workshop::new();
    static DEBUGGER: Option<Debugger> = SHOP.with(|shop| Debugger::open(&shop.path("sound.db")).ok());
}

/// A sound trace.
pub(crate) fn with_path(act: impl FnOnce(&Path)) {
    SHOP.with(|shop| act(&shop.path("sound.db")));
}

/// A debugger of it, which is made once.
pub(crate) fn with_debugger(act: impl FnOnce(&Debugger)) {
    DEBUGGER.with(|debugger| debugger.iter().for_each(|debugger| debugger.renew()));
    DEBUGGER.with(|debugger| {
        if let Some(debugger) = debugger {
            act(debugger);
        }
    });
}

/// A file with some bytes changed: each four name a place and what is there.
pub(crate) fn with_patches(bytes: &[u8], act: impl FnOnce(&Path)) {
    SHOP.with(|shop| {
        let mut file = shop.sound.clone();
        for patch in bytes.chunks_exact(4) {
            let place =
                usize::from(patch[0]) << 16 | usize::from(patch[1]) << 8 | usize::from(patch[2]);
            let length = file.len().max(1);
            if let Some(byte) = file.get_mut(place % length) {
                *byte = patch[3];
            }
        }
        let path = shop.path("patched.db");
        if fs::write(&path, file).is_ok() {
            act(&path);
        }
    });
}

/// A file whose only chunk is these bytes: two say how long the keyframe is.
pub(crate) fn with_chunk(bytes: &[u8], act: impl FnOnce(&Path)) {
    let Some(([low, high], rest)) = bytes.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
    let (keyframe, operations) = rest.split_at(length);
    // As many events as there are, so that more than the first check is tried.
    let (mut events, mut decoder) = (0, Decoder::new(operations, 0));
    while let Ok(Some(op)) = decoder.next_op() {
        events += u64::from(op.event().is_some());
    }
    let chunk = Forged {
        keyframe: vec![keyframe.to_vec()],
        operations: vec![operations.to_vec()],
        events,
        kinds: u64::MAX,
        touches: Some(keyframe.to_vec()),
        ..Forged::default()
    };
    SHOP.with(|shop| {
        let path = shop.path("forged.db");
        let _ = fs::remove_file(&path);
        write(&path, &[chunk]);
        act(&path);
    });
}

fn write(path: &Path, chunks: &[Forged]) {
    let _ = forge(path, &Header::default(), facts(), chunks);
}

fn facts() -> Vec<Fact> {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut facts = vec![
        Fact::File(SourceFile {
            id: FileId(1),
            path: "/shop/app.py".into(),
            source: Some("def pay(a, b):\n    a = b\n    return a + 1\n\npay(1, 2)\n".into()),
        }),
        Fact::Code(Code {
            id: CodeId(1),
            file: FileId(1),
            name: "pay".into(),
            qualname: "pay".into(),
            first_line: 1,
            flags: 3,
            arguments: 2,
            variables: names
                .map(|name| Variable {
                    name: name.into(),
                    kind: 0x20,
                })
                .to_vec(),
            lines: vec![1, 2, 3],
        }),
        Fact::Name(NameId(1), "owner".into()),
        Fact::Thread(Thread {
            id: ThreadId(1),
            name: "MainThread".into(),
            native: 1,
        }),
    ];
    facts.extend((1..).zip(TYPES).map(|(id, (name, kind))| {
        Fact::Type(Type {
            id: TypeId(id),
            name: (*name).into(),
            kind: *kind,
            mro: vec![(*name).into(), "object".into()],
            tuple_fields: vec![],
            body: None,
        })
    }));
    facts
}

/// A chunk with a value of each kind in the variables of a frame.
fn sound() -> Forged {
    let int = Value::Int;
    let object = |class: u32| Object::new(TypeId(class));
    let mut list = object(1);
    list.items = Some(vec![
        int(1),
        Value::text("two"),
        Value::Float(3.5),
        Value::Object(ObjectId(1)),
    ]);
    let mut tuple = object(2);
    tuple.items = Some(vec![Value::Object(ObjectId(1)), Value::None]);
    let mut dict = object(3);
    dict.pairs = Some(vec![
        (Value::text("k"), int(1)),
        (int(2), Value::Object(ObjectId(2))),
    ]);
    let mut set = object(4);
    set.items = Some(vec![int(1), int(2)]);
    let mut account = object(5);
    account.fields = Some(vec![(NameId(1), Value::text("ann"))]);
    let mut colour = object(7);
    colour.base = Some(int(7));
    let objects = [list, tuple, dict, set, account, colour];
    let frame = NewFrame {
        frame: FrameId(1),
        code: CodeId(1),
        line: 1,
        globals: ObjectId(0),
        namespace: ObjectId(0),
    };
    let mut ops = vec![Op::Thread(ThreadId(1)), Op::Start(frame)];
    ops.extend(
        (1..)
            .zip(objects)
            .map(|(id, object)| Op::Object(ObjectId(id), Box::new(object))),
    );
    ops.extend((0..6).map(|slot| Op::Set(slot, Value::Object(ObjectId(u64::from(slot) + 1)))));
    ops.push(Op::Set(
        6,
        Value::Str("text with \u{e9}\u{202e}\x1b[31m".as_bytes().into()),
    ));
    ops.push(Op::Set(7, Value::BigInt((true, [0xff; 40].into()).into())));
    ops.extend([Op::Line(2), Op::Set(0, int(5)), Op::Line(3)]);
    ops.push(Op::Return(int(6)));
    let mut operations = Vec::new();
    ops.iter().for_each(|op| encode::op(&mut operations, op));
    let events = ops.iter().filter(|op| op.event().is_some()).count() as u64;
    Forged {
        operations: vec![operations],
        events,
        lines: 2,
        kinds: 1 | 1 << 3 | 1 << 4,
        places: vec![(1, 2), (1, 3)],
        touches: Some(vec![0, 0, 1, 1, 0, 0]),
        ..Forged::default()
    }
}
