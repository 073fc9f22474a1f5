//! What was written is read back, whole or as far as it was committed.

use super::*;
use crate::trace_file::beside;

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
fn exceptions_that_nobody_caught_are_told_in_order() {
    let (_folder, path) = place();
    let thrown = |link, to, traceback| Thrown {
        link,
        to,
        object: ObjectId(7),
        class: "ValueError".into(),
        traceback,
    };
    let passed = |pos| Passed {
        pos: Pos(pos),
        frame: FrameId(1),
        code: CodeId(1),
        line: 3,
    };
    let all = [Left::Thread, Left::Program].map(|left| Uncaught {
        thread: ThreadId(1),
        left,
        exceptions: vec![
            thrown(Link::Itself, 0, vec![passed(9)]),
            thrown(Link::Part, 0, Vec::new()),
            thrown(Link::Part, 0, vec![passed(5), passed(4)]),
            thrown(Link::Cause, 2, vec![passed(1)]),
        ],
    });
    let mut writer = TraceWriter::create(&path, &header(), false).expect("creates");
    for uncaught in &all {
        writer.define(Fact::Uncaught(uncaught.clone()));
    }
    assert_eq!(writer.finish(&ending()).stopped, None);
    let reader = TraceReader::open(&path).expect("opens");
    assert_eq!(reader.uncaught(), Some(&all[..]));
    // A group began where its first part did that was raised in recorded code.
    let (_, origin) = all[0].origin().expect("is known");
    assert_eq!(origin.pos, Pos(4));
    // A part that names itself, or one that is not there, leads nowhere.
    let mut odd = all[0].clone();
    odd.exceptions[2].to = 2;
    odd.exceptions[1].to = 99;
    assert_eq!(odd.origin().map(|(_, at)| at.pos), Some(Pos(9)));
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
        assert!(!reader.is_complete());
        assert_eq!(reader.is_closed(), path == &copy);
        assert!(reader.problems().is_empty());
        for info in reader.chunks() {
            reader.chunk(info.id).expect("reads");
        }
    }
    // What is being recorded stays as it is; the log of what was killed is folded in.
    assert_ne!(std::fs::read(&copy).expect("reads"), before);
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 3);
    drop(writer);
    assert_eq!(TraceReader::open(&path).expect("opens").events(), committed);
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 2);
}

#[test]
fn a_folded_trace_says_that_its_recorder_was_killed() {
    let (folder, path) = place();
    let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
    define(&mut writer);
    writer.append(&operations(100)).expect("appended");
    writer.commit().expect("committed");
    // A lone file, as somebody attaches it to a report.
    let lone = folder.path().join("lone.db");
    std::fs::copy(&path, &lone).expect("copied");
    drop(writer);
    let reader = TraceReader::open(&path).expect("opens");
    assert!(reader.is_closed() && !reader.is_complete());
    assert_eq!(reader.how_it_ended(), Ending::KILLED);
    assert!(reader.problems().is_empty());
    assert_eq!(reader.events(), 502);
    let reader = TraceReader::open(&lone).expect("opens");
    assert!(!reader.is_complete() && reader.problems().is_empty());
    assert!(
        reader.how_it_ended().contains("-wal"),
        "{}",
        reader.how_it_ended()
    );
    assert_eq!(reader.header(), &header());
}

#[test]
fn a_log_that_cannot_be_folded_in_is_read_beside_the_file() {
    let (folder, path) = place();
    let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
    define(&mut writer);
    writer.append(&operations(10)).expect("appended");
    writer.commit().expect("committed");
    drop(writer);
    // A journal would be played back.
    let journal = folder.path().join("trace.db-journal");
    std::fs::write(&journal, "a stranger's").expect("written");
    let before = std::fs::read(&path).expect("reads");
    assert_eq!(TraceReader::open(&path).expect("opens").events(), 52);
    assert_eq!(std::fs::read(&path).expect("reads"), before);
    assert_eq!(std::fs::read(&journal).expect("reads"), b"a stranger's");
}

#[test]
fn a_trace_is_put_aside_and_taken_up_again() {
    let (_folder, path) = place();
    let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
    define(&mut writer);
    let all = operations(300);
    for piece in all.chunks(all.len() / 5) {
        writer.append(piece).expect("appended");
        writer.commit().expect("committed");
        writer.put_aside();
        // A reader that comes now may fold the log in.
        TraceReader::open(&path).expect("opens");
        writer.open_again().expect("is there");
    }
    let summary = writer.finish(&ending());
    assert_eq!((summary.stopped, summary.kept), (None, Kept::File(1502)));
    let (_folder, other) = place();
    write(&other, 300);
    assert_eq!(
        read_all(&path).expect("reads"),
        read_all(&other).expect("reads")
    );
}

#[test]
fn nothing_is_written_to_what_has_taken_the_place_of_a_trace() {
    for part in ["", "-wal"] {
        let (_folder, path) = place();
        let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
        define(&mut writer);
        writer.append(&operations(10)).expect("appended");
        writer.commit().expect("committed");
        let taken = beside(&path, part);
        std::fs::remove_file(&taken).expect("deleted");
        std::fs::write(&taken, "mine").expect("written");
        writer.append(&operations(10)).expect("appended");
        let summary = writer.finish(&ending());
        assert!(summary.stopped.expect("says so").contains("replaced"));
        assert_eq!(std::fs::read(&taken).expect("reads"), b"mine");
    }
    let (_folder, path) = place();
    let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
    define(&mut writer);
    writer.append(&operations(10)).expect("appended");
    std::fs::rename(&path, path.with_extension("moved")).expect("renamed");
    let summary = writer.finish(&ending());
    assert!(summary.stopped.expect("says so").contains("moved"));
    assert_eq!(summary.kept, Kept::Elsewhere);
    // It is all there, under its new name.
    let reader = TraceReader::open(&path.with_extension("moved")).expect("opens");
    assert_eq!((reader.events(), reader.ending()), (52, Some(&ending())));
}

#[test]
fn an_existing_file_is_replaced_only_if_it_is_a_trace_and_that_is_asked() {
    let (folder, path) = place();
    write(&path, 1);
    let again = |path: &Path, force| TraceWriter::create(path, &header(), force).map(|_| ());
    assert!(matches!(again(&path, false), Err(Error::Exists(_))));
    let busy = TraceWriter::create(&path, &header(), true).expect("replaces a trace");
    assert!(matches!(again(&path, true), Err(Error::Busy(_))));
    drop(busy);
    again(&path, true).expect("replaces one whose recorder is gone");
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "").expect("written");
    again(&empty, false).expect("an empty file is filled");
    let name = folder.path().join("file:x?mode=memory");
    again(&name, false).expect("a name is a name");
    assert!(name.is_file());
    std::fs::rename(beside(&name, "-wal"), folder.path().join("lost-wal")).expect("renamed");
    assert!(matches!(
        again(&folder.path().join("lost"), false),
        Err(Error::Leftover(_))
    ));
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
