//! Files made to hurt, with sums that fit: no reader takes much memory or work for them, each says
//! what is wrong, and nothing panics.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema::forge::{Forged, forge};
use schema::{
    Code, CodeId, Fact, FileId, FrameId, Header, NameId, NewFrame, Object, ObjectId, Op,
    SourceFile, Thread, ThreadId, Type, TypeId, TypeKind, Value, Variable, encode,
};
use tests::{folder, rdbg};

/// No reader takes more kilobytes, for files of less than 10 MB.
const MOST_MEMORY: u64 = 512 << 10;

fn facts(variables: usize) -> Vec<Fact> {
    let variable = |n: usize| Variable {
        name: format!("v{n}"),
        kind: 0x20,
    };
    let class = |id: u32, name: &str, kind| {
        Fact::Type(Type {
            id: TypeId(id),
            name: name.into(),
            kind,
            mro: vec![name.into(), "object".into()],
            tuple_fields: vec![],
            body: None,
        })
    };
    vec![
        Fact::File(SourceFile {
            id: FileId(1),
            path: "/a/b.py".into(),
            source: Some("x = 1\n".repeat(50)),
        }),
        Fact::Code(Code {
            id: CodeId(1),
            file: FileId(1),
            name: "f".into(),
            qualname: "f".into(),
            first_line: 1,
            flags: 3,
            arguments: 0,
            variables: (0..variables).map(variable).collect(),
            lines: vec![1, 2, 3],
        }),
        class(1, "list", TypeKind::List),
        class(2, "dict", TypeKind::Dict),
        class(3, "Account", TypeKind::Instance),
        Fact::Name(NameId(1), "owner".into()),
        Fact::Thread(Thread {
            id: ThreadId(1),
            name: "MainThread".into(),
            native: 1,
        }),
    ]
}

fn frame(number: u64) -> NewFrame {
    NewFrame {
        frame: FrameId(number),
        code: CodeId(1),
        line: 1,
        globals: ObjectId(0),
        namespace: ObjectId(0),
    }
}

fn bytes(ops: impl IntoIterator<Item = Op>) -> Vec<u8> {
    let mut out = Vec::new();
    ops.into_iter().for_each(|op| encode::op(&mut out, &op));
    out
}

fn list(items: Vec<Value>) -> Object {
    let mut object = Object::new(TypeId(1));
    object.items = Some(items);
    object
}

const LINE: Op = Op::Line(2);

/// A chunk that begins with a running frame.
fn chunk(head: Vec<u8>, body: Vec<Vec<u8>>, events: u64) -> Forged {
    let start = bytes([Op::Thread(ThreadId(1)), Op::Start(frame(1)), Op::Line(1)]);
    let mut operations = vec![[start, head].concat()];
    operations.extend(body);
    Forged {
        operations,
        events: events + 2,
        kinds: u64::MAX,
        ..Forged::default()
    }
}

/// All files, by name.
fn files() -> Vec<(&'static str, usize, Vec<Forged>)> {
    let ops = |op: &Op, times: usize| {
        let one = bytes([op.clone()]);
        one.repeat(times)
    };
    let object = |id: u64, object: Object| Op::Object(ObjectId(id), Box::new(object));
    let set = |slot: u32| Op::Set(slot, Value::Int(1));
    let last = || bytes([LINE]);
    let mut all = Vec::new();
    let mut file = |name, variables, chunks| all.push((name, variables, chunks));

    // Frames of 65,536 variables each.
    let wide: Vec<u8> = (2..5_000)
        .flat_map(|n| bytes([Op::Start(frame(n)), set(65_535), LINE]))
        .collect();
    file(
        "wide frames",
        65_536,
        vec![chunk(wide.clone(), vec![], 9_996)],
    );
    file(
        "variables that are not there",
        4,
        vec![chunk(wide, vec![], 9_996)],
    );
    // Events without end.
    let lines = ops(&LINE, 4 << 20);
    file(
        "events",
        4,
        vec![chunk(vec![], vec![lines.clone(); 14], 14 * (4 << 20))],
    );
    let many: Vec<Forged> = (0..60)
        .map(|n: u64| Forged {
            keyframe: vec![bytes([Op::Thread(ThreadId(1)), Op::Push(frame(1))])],
            operations: vec![lines.clone()],
            first: n * (4 << 20),
            events: 4 << 20,
            lines: 4 << 20,
            kinds: 1 << 3,
            ..Forged::default()
        })
        .collect();
    file("events in many chunks", 4, many);
    // An object that is shifted at each step.
    let big = object(2, list(vec![Value::None; 1_000_000]));
    let shift = Op::Splice(ObjectId(2), 0, 0, vec![Value::None]);
    let shifts = [bytes([big.clone()]), ops(&shift, 300_000), last()].concat();
    file("a list that is shifted", 4, vec![chunk(shifts, vec![], 1)]);
    let mut dict = Object::new(TypeId(2));
    dict.pairs = Some(vec![(Value::None, Value::None); 1_000_000]);
    let removes = [
        bytes([object(2, dict)]),
        ops(&Op::Remove(ObjectId(2), 0), 900_000),
        last(),
    ];
    file(
        "a dict that is shifted",
        4,
        vec![chunk(removes.concat(), vec![], 1)],
    );
    let mut fields = Object::new(TypeId(3));
    fields.fields = Some(vec![(NameId(1), Value::None); 1_000_000]);
    let unfield = Op::Unfield(ObjectId(2), NameId(1));
    let searches = [
        bytes([object(2, fields)]),
        [
            ops(&unfield, 1),
            ops(&Op::Field(ObjectId(2), NameId(1), Value::None), 3_000_000),
        ]
        .concat(),
        last(),
    ];
    file(
        "fields that are looked for",
        4,
        vec![chunk(searches.concat(), vec![], 1)],
    );
    // Texts that grow, and are shared.
    let grows = [
        bytes([Op::Set(0, Value::Str(vec![b'a'; 260_000].into()))]),
        ops(&Op::Append(0, b"b"[..].into(), 1), 2_000),
        last(),
    ];
    file(
        "a text that grows",
        4,
        vec![chunk(grows.concat(), vec![], 1)],
    );
    // Objects, values, frames and threads without end.
    let objects: Vec<u8> = (2..4_000_000)
        .flat_map(|n| bytes([object(n, Object::new(TypeId(3)))]))
        .collect();
    file("objects", 4, vec![chunk(objects.clone(), vec![last()], 1)]);
    file(
        "a keyframe of objects",
        4,
        vec![Forged {
            keyframe: vec![
                objects,
                bytes([Op::Thread(ThreadId(1)), Op::Push(frame(1))]),
            ],
            ..chunk(vec![], vec![], 0)
        }],
    );
    let nothing = bytes([object(
        2,
        list(vec![Value::BigInt((true, [].into()).into()); 5_000_000]),
    )]);
    file("values", 4, vec![chunk(nothing, vec![last()], 1)]);
    let frames: Vec<u8> = (2..4_000_000)
        .flat_map(|n| bytes([Op::Push(frame(n))]))
        .collect();
    file("frames", 4, vec![chunk(frames, vec![last()], 1)]);
    let deep = (2..20_000)
        .flat_map(|n| bytes([Op::Push(frame(n))]))
        .collect();
    let gone = ops(&Op::Share(0, FrameId(1), 0), 2_000_000);
    file(
        "a stack that is searched",
        4,
        vec![chunk(deep, vec![gone, last()], 1)],
    );
    // Bombs.
    file(
        "zeros",
        4,
        vec![chunk(vec![], vec![vec![0; 60 << 20]; 9], 3)],
    );
    let bombs = vec![chunk(vec![], vec![vec![0x24; 30 << 20]], 3); 1];
    file("other bytes", 4, bombs);
    // Lists that hold one another: a few operations, and no end of what there is to show.
    let held = |n: u64| {
        list(
            (2..32)
                .map(|id| Value::Object(ObjectId(id + 30 * (n % 2))))
                .collect(),
        )
    };
    let woven: Vec<u8> = (2..62)
        .flat_map(|n| bytes([object(n, held(n / 32))]))
        .collect();
    let shown = [
        woven,
        bytes([Op::Set(0, Value::Object(ObjectId(2)))]),
        ops(&LINE, 2_000),
    ];
    file(
        "lists in lists",
        4,
        vec![chunk(shown.concat(), vec![], 2_000)],
    );
    // What is touched, without end.
    let touched = Forged {
        touches: Some(
            [
                &[1, 1, 0, 0][..],
                &[0xff, 0xff, 0xff, 0x03],
                &[1, 0].repeat(4 << 20),
            ]
            .concat(),
        ),
        ..chunk(last(), vec![], 1)
    };
    file("touches", 4, vec![touched]);
    all
}

/// What a command said, and the kilobytes and milliseconds it took.
fn measured(folder: &Path, words: &[&str]) -> (Option<i32>, String, u64, u64) {
    let file = folder.join("measure");
    let output = Command::new(env!("CARGO_BIN_EXE_measured"))
        .arg(&file)
        .arg(rdbg())
        .args(words)
        .current_dir(folder)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .output()
        .expect("runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let measure = fs::read_to_string(&file).expect("measured");
    let mut numbers = measure
        .split(' ')
        .map(|word| word.parse().expect("a number"));
    let mut number = || numbers.next().expect("two numbers");
    (output.status.code(), text, number(), number())
}

fn forged(folder: &Path, name: &str, variables: usize, chunks: &[Forged]) -> PathBuf {
    let path = folder.join(format!("{}.db", name.replace(' ', "-")));
    forge(&path, &Header::default(), facts(variables), chunks).expect(name);
    let size = path.metadata().expect("is there").len();
    assert!(size < 10_000_000, "{name}: {size} bytes");
    path
}

#[test]
fn no_reader_takes_much_memory() {
    let folder = folder();
    let mut worst = (0, String::new());
    for (number, (name, variables, chunks)) in files().into_iter().enumerate() {
        let path = forged(folder.path(), name, variables, &chunks);
        drop(chunks);
        let path = path.to_str().expect("text");
        let readers: [&[&str]; 4] = [
            &["verify", path],
            &["replay", path, "-e", "goto end", "-e", "locals", "-e", "rc"],
            &["dump", "--to", "@2000", path],
            &["info", path],
        ];
        // A dump reads as verify does, and info no events.
        let count = if number % 4 == 0 { 4 } else { 2 };
        for words in &readers[..count] {
            let (code, text, memory, time) = measured(folder.path(), words);
            println!("{name}: {}: {code:?}, {memory} kB, {time} ms", words[0]);
            let told = text.chars().take(2_000).collect::<String>();
            assert!(
                matches!(code, Some(0 | 1)),
                "{name}: {words:?}: {code:?}: {told}"
            );
            assert!(!text.contains("panicked"), "{name}: {words:?}: {told}");
            assert!(memory < MOST_MEMORY, "{name}: {words:?}: {memory} kB");
            if memory > worst.0 {
                worst = (memory, format!("{name}: {}", words[0]));
            }
        }
        fs::remove_file(path).expect("removed");
    }
    println!("the most: {worst:?}");
}

/// Numbers of what the trace has no row of.
#[test]
fn forged_numbers_are_damage_and_the_rest_goes_on() {
    let object = |class| Op::Object(ObjectId(2), Box::new(Object::new(TypeId(class))));
    let mut named = Object::new(TypeId(3));
    named.fields = Some(vec![(NameId(9), Value::None)]);
    let stranger = NewFrame {
        code: CodeId(9),
        ..frame(2)
    };
    for (what, op) in [
        ("type", object(9)),
        ("name", Op::Object(ObjectId(2), Box::new(named))),
        ("code object", Op::Start(stranger)),
        ("thread", Op::Thread(ThreadId(9))),
        ("variable", Op::Set(4, Value::None)),
    ] {
        let folder = folder();
        let events = u64::from(what == "code object");
        let bad = chunk(bytes([op, LINE]), vec![], 1 + events);
        let first = bad.events;
        let good = Forged {
            keyframe: vec![bytes([Op::Thread(ThreadId(1)), Op::Push(frame(1))])],
            operations: vec![bytes([LINE, Op::Set(1, Value::Int(5)), LINE])],
            first,
            events: 2,
            ..chunk(vec![], vec![], 0)
        };
        let path = forged(folder.path(), "forged", 4, &[bad, good]);
        let path = path.to_str().expect("text");
        let run = |words: &[&str]| {
            let (code, text, ..) = measured(folder.path(), words);
            assert!(text.contains(what), "{what}: {words:?}: {text}");
            (code, text)
        };
        assert_eq!(run(&["verify", path]).0, Some(1), "{what}");
        let (code, text) = run(&["dump", path]);
        assert_eq!(code, Some(1), "{what}: {text}");
        let good = format!("{{\"pos\":{},", first + 1);
        assert!(text.contains(&good), "{what}: {text}");
        let end = format!("goto @{}", first + 1);
        let (code, text) = run(&[
            "replay", path, "--at", "start", "-e", "goto @0", "-e", &end, "-e", "p v1 + 1",
        ]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.ends_with("6\n"), "{what}: {text}");
    }
}
