//! What chunks touch: written, read back, and true.

use super::*;
use crate::touches::Touches;

/// Operations of a run that fills several chunks: a loop in one frame that changes one slot and one
/// field all the time, another slot through inner frames, and others at its beginning and its end.
fn long_run(rounds: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |op: Op| encode::op(&mut out, &op);
    put(Op::Thread(ThreadId(1)));
    put(Op::Start(frame(1, 1)));
    for id in 1..=2 {
        let mut object = Object::new(TypeId(1));
        object.items = Some(vec![Value::None; 3]);
        object.pairs = Some(vec![(Value::text("a"), Value::None)]);
        object.fields = Some(vec![(NameId(1), Value::None)]);
        put(Op::Object(ObjectId(id), Box::new(object)));
    }
    put(Op::Set(3, Value::Int(7)));
    put(Op::Line(2));
    for round in 0..rounds {
        put(Op::Set(0, Value::Int(round as i64)));
        put(Op::Line(3));
        put(Op::Field(ObjectId(1), NameId(1), Value::text("ten bytes!")));
        put(Op::Line(4));
        put(Op::Start(frame(round + 2, 2)));
        put(Op::Set(0, Value::text("ten bytes more")));
        put(Op::Share(0, FrameId(1), 2));
        put(Op::Line(3));
        put(Op::Return(Value::None));
    }
    put(Op::Set(3, Value::Int(8)));
    put(Op::Splice(ObjectId(2), 1, 1, vec![Value::Int(1)]));
    put(Op::Line(5));
    put(Op::Return(Value::None));
    out
}

fn written(path: &Path, rounds: u64) -> TraceReader {
    let mut writer = TraceWriter::create(path, &header(), false).expect("created");
    define(&mut writer);
    writer.append(&long_run(rounds)).expect("appended");
    assert_eq!(writer.finish(&ending()).stopped, None);
    TraceReader::open(path).expect("opens")
}

#[test]
fn a_chunk_tells_what_it_touches_of_what_is_older() {
    let (_folder, path) = place();
    let reader = written(&path, 50_000);
    let last = reader.chunks().len() - 1;
    assert!(last >= 3, "{last}");
    let own = FrameId(1);
    for (at, info) in reader.chunks().iter().enumerate() {
        let touches = reader.touches(info.id).expect("readable").expect("there");
        let is_end = at == last;
        assert!(touches.has_thread(ThreadId(1)));
        assert!(!touches.has_thread(ThreadId(2)));
        assert!(touches.has_frame(own) && touches.has(&Spot::Slot(own, 0)));
        assert!(touches.has(&Spot::Slot(own, 2)));
        assert!(touches.has(&Spot::Field(ObjectId(1), NameId(1))));
        // In its first chunk all is young, and may be anywhere.
        let is_first = at == 0;
        assert_eq!(touches.has(&Spot::Slot(own, 3)), is_first || is_end, "{at}");
        assert_eq!(touches.ends(own), is_first || is_end, "{at}");
        assert_eq!(touches.is_young(own), is_first, "{at}");
        for spot in [Spot::Object(ObjectId(2)), Spot::Item(ObjectId(2), 1)] {
            assert_eq!(touches.has(&spot), is_first || is_end, "{at} {spot:?}");
        }
        assert_eq!(touches.has(&Spot::Pair(ObjectId(1), 0)), is_first, "{at}");
    }
}

#[test]
fn changes_are_found_where_they_are() {
    let (_folder, path) = place();
    let reader = written(&path, 100);
    let chunk = reader.chunk(ChunkId(0)).expect("decodes");
    let changes = |spots: &[Spot]| {
        let spots: Spots = spots.iter().copied().collect();
        let found = chunk.changes(&spots).expect("decodes");
        found
            .into_iter()
            .map(|touch| touch.pos.0)
            .collect::<Vec<_>>()
    };
    // Five events a round, after a start and a line.
    let end = 2 + 5 * 100;
    assert_eq!(changes(&[Spot::Slot(FrameId(1), 3)]), [1, end]);
    assert_eq!(changes(&[Spot::Slot(FrameId(1), 0)])[..3], [2, 7, 12]);
    assert_eq!(changes(&[Spot::Slot(FrameId(5), 0)]), [2 + 5 * 3 + 3]);
    assert_eq!(changes(&[Spot::Slot(FrameId(1), 2)])[..3], [5, 10, 15]);
    assert_eq!(
        changes(&[Spot::Field(ObjectId(1), NameId(1))])[..3],
        [1, 3, 8]
    );
    assert_eq!(changes(&[Spot::Field(ObjectId(1), NameId(2))]), [1]);
    assert_eq!(changes(&[Spot::Object(ObjectId(2))]), [1, end]);
    assert_eq!(changes(&[Spot::Item(ObjectId(2), 1)]), [1, end]);
    assert_eq!(changes(&[Spot::Item(ObjectId(2), 2)]), [1]);
    assert_eq!(changes(&[]), [] as [u64; 0]);
    let both = [Spot::Slot(FrameId(1), 3), Spot::Object(ObjectId(2))];
    assert_eq!(changes(&both), [1, end]);
}

#[test]
fn whatever_stands_there_is_read_without_a_panic() {
    let (_folder, path) = place();
    let reader = written(&path, 50_000);
    let whole = reader
        .touches(ChunkId(1))
        .expect("readable")
        .expect("there");
    let bytes = whole.encode();
    assert_eq!(Touches::decode(&bytes).expect("decodes"), whole);
    for at in 0..bytes.len() {
        assert!(Touches::decode(&bytes[..at]).is_err(), "cut at {at}");
        for flip in [1, 0x80, 0xff] {
            let mut bad = bytes.clone();
            bad[at] ^= flip;
            let _ = Touches::decode(&bad);
        }
    }
    assert!(Touches::decode(&[0xff; 64]).is_err());
}
