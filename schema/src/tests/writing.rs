//! What was written is read back, whole or as far as it was committed.

use super::*;

#[test]
fn a_trace_is_one_private_file_that_says_what_was_put_in() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let summary = write(&path, 100);
    assert_eq!(
        (summary.events, summary.lines, summary.threads),
        (502, 300, 1)
    );
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("lists").collect();
    assert_eq!(names.len(), 1);
    let mode = path.metadata().expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let reader = TraceReader::open(&path).expect("opens");
    assert_eq!(reader.header(), &header());
    assert_eq!(reader.ending(), Some(&ending()));
    assert_eq!(reader.events(), 502);
    let left_out = [("/usr/lib/json.py".into(), "standard library".into(), 2)];
    assert_eq!(reader.left_out(), left_out);
    assert!(reader.problems().is_empty());
    assert!(reader.is_closed());
    let chunk = reader.chunk(ChunkId(0)).expect("reads");
    let event = chunk.events[2];
    assert_eq!(
        (event.kind, event.frame, event.depth),
        (EventKind::Start, FrameId(2), 1)
    );
}

#[test]
fn chunks_follow_one_another_and_open_with_the_state_before_them() {
    let (_folder, path) = place();
    write(&path, 60_000);
    let reader = TraceReader::open(&path).expect("opens");
    assert!(reader.chunks().len() > 2, "the test needs several chunks");
    let mut state = State::new(Pos(0));
    for info in reader.chunks() {
        let chunk = reader.chunk(info.id).expect("reads");
        assert!(
            chunk.start().expect("starts").same(&state),
            "chunk {}",
            info.id
        );
        let last = Pos(info.first.0 + info.events - 1);
        chunk.advance(&mut state, last).expect("advances");
        assert_eq!(reader.chunk_of(last), Some(info.id));
        assert!(info.sealed);
    }
    assert_eq!(state.next.0, reader.events());
    assert_eq!(reader.chunk_of(state.next), None);
    let everywhere: Vec<_> = reader.chunks().iter().map(|chunk| chunk.id).collect();
    assert_eq!(
        reader.chunks_with_line(CodeId(2), 3).expect("asks"),
        everywhere
    );
    assert!(
        reader
            .chunks_with_line(CodeId(2), 99)
            .expect("asks")
            .is_empty()
    );
}

#[test]
fn bytes_may_come_in_any_pieces() {
    let whole = operations(300);
    let (_folder, path) = place();
    write(&path, 300);
    let expected = read_all(&path).expect("reads");
    for size in [1, 2, 3, 7, 100, 4096] {
        let (_folder, path) = place();
        let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
        define(&mut writer);
        for (number, piece) in whole.chunks(size).enumerate() {
            writer.append(piece).expect("appended");
            if number % 50 == 0 {
                writer.commit().expect("committed");
            }
        }
        assert_eq!(writer.finish(&ending()).stopped, None);
        assert_eq!(
            read_all(&path).expect("reads"),
            expected,
            "pieces of {size}"
        );
    }
}

#[test]
fn a_killed_recorder_leaves_what_was_committed() {
    let (folder, path) = place();
    let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
    define(&mut writer);
    let all = operations(50_000);
    let half = all.len() / 2;
    writer.append(&all[..half]).expect("appended");
    writer.commit().expect("committed");
    let committed = writer.summary().events;
    writer.append(&all[half..]).expect("appended");
    let copy = folder.path().join("killed.db");
    std::fs::copy(&path, &copy).expect("copied");
    std::fs::copy(
        folder.path().join("trace.db-wal"),
        folder.path().join("killed.db-wal"),
    )
    .expect("copied");
    let before = std::fs::read(&copy).expect("reads");
    for path in [&path, &copy] {
        let reader = TraceReader::open(path).expect("opens");
        assert_eq!(reader.events(), committed);
        assert_eq!(reader.ending(), None);
        assert!(!reader.is_closed());
        assert!(reader.problems().is_empty());
        for info in reader.chunks() {
            reader.chunk(info.id).expect("reads");
        }
    }
    assert_eq!(
        std::fs::read(&copy).expect("reads"),
        before,
        "reading wrote to the file"
    );
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 4);
}

#[test]
fn an_existing_file_is_replaced_only_if_it_is_a_trace_and_that_is_asked() {
    let (folder, path) = place();
    write(&path, 1);
    let again = |path: &Path, force| TraceWriter::create(path, &header(), force).map(|_| ());
    assert!(matches!(again(&path, false), Err(Error::Exists(_))));
    again(&path, true).expect("replaces a trace");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "mine").expect("written");
    assert!(matches!(again(&text, true), Err(Error::NotATrace(..))));
    assert_eq!(std::fs::read(&text).expect("reads"), b"mine");
}

#[test]
fn an_object_larger_than_a_block_is_read_back() {
    let (_folder, path) = place();
    let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
    define(&mut writer);
    let mut list = Object::new(TypeId(1));
    let text = "x".repeat(65_536);
    list.items = Some(
        (0..200)
            .map(|n| Value::text(&format!("{n}{text}")))
            .collect(),
    );
    let mut bytes = Vec::new();
    for op in [
        Op::Thread(ThreadId(1)),
        Op::Start(frame(1, 1)),
        Op::Object(ObjectId(1), Box::new(list)),
        Op::Set(0, Value::Object(ObjectId(1))),
        Op::Line(2),
        Op::Line(3),
    ] {
        encode::op(&mut bytes, &op);
    }
    for piece in bytes.chunks(256 << 10) {
        writer.append(piece).expect("appended");
    }
    writer.append(&operations(1)).expect("appended");
    assert_eq!(writer.finish(&ending()).stopped, None);
    let reader = TraceReader::open(&path).expect("opens");
    for info in reader.chunks() {
        let start = reader
            .chunk(info.id)
            .expect("reads")
            .start()
            .expect("starts");
        if info.id.0 > 0 {
            assert_eq!(
                start.objects[&ObjectId(1)].items.as_ref().map(Vec::len),
                Some(200)
            );
        }
    }
}

#[test]
fn a_start_whose_tail_is_known_is_told_as_any_other() {
    for (code, globals) in [(1, 1), (300, 70_000), (5, u64::MAX)] {
        let frame = NewFrame {
            frame: FrameId(123_456),
            code: CodeId(code),
            line: 200,
            globals: ObjectId(globals),
            namespace: ObjectId(0),
        };
        let (mut whole, mut again) = (Vec::new(), Vec::new());
        encode::start(&mut whole, &frame);
        let tail = encode::StartTail::new(&frame).expect("is short");
        assert!(tail.has_globals(frame.globals) && !tail.has_globals(ObjectId(2)));
        encode::start_with(&mut again, frame.frame, &tail);
        assert_eq!(whole, again);
    }
    assert!(!encode::StartTail::default().has_globals(ObjectId(0)));
}
