//! Traces that may take no more than so much room.

use super::*;

/// Writes a run of many calls under limits, a commit after each piece.
fn write_within(path: &Path, limits: Limits) -> Summary {
    let header = Header { limits, ..header() };
    let mut writer = TraceWriter::create(path, &header, false).expect("created");
    define(&mut writer);
    for piece in operations(400_000).chunks(256 << 10) {
        writer.append(piece).expect("appended");
        if let Err(error) = writer.commit() {
            writer.stop(&error.to_string(), 0.5);
            break;
        }
    }
    writer.finish(&ending())
}

#[test]
fn a_trace_that_would_grow_too_large_ends_early_and_says_so() {
    let (_folder, path) = place();
    let max = 400_000;
    let limits = Limits {
        max_size: Some(max),
        ..Limits::default()
    };
    let summary = write_within(&path, limits);
    let why = "it reached its --max-size of 400.0 kB";
    assert_eq!(summary.stopped.as_deref(), Some(why));
    let size = path.metadata().expect("is there").len();
    assert!((max / 2..=max + 8192).contains(&size), "{size}");
    let reader = TraceReader::open(&path).expect("opens");
    let how = reader.ending().map(|ending| ending.how.clone());
    assert_eq!(how, Some(format!("recording stopped: {why}")));
    assert_eq!(reader.first(), Pos(0));
    assert_eq!(reader.events(), summary.events);
    assert!(reader.problems().is_empty(), "{:?}", reader.problems());
    assert!((1..2_000_000).contains(&reader.events()));
    read_all(&path).expect("reads");
}

#[test]
fn a_ring_keeps_the_last_part_of_a_run_and_its_positions() {
    let (_folder, path) = place();
    let (ring_folder, ring_path) = place();
    write(&path, 400_000);
    let ring = 400_000;
    let limits = Limits {
        ring: Some(ring),
        ..Limits::default()
    };
    let summary = write_within(&ring_path, limits);
    assert_eq!((summary.stopped, summary.events), (None, 2_000_002));
    let files = std::fs::read_dir(ring_folder.path()).expect("lists");
    assert_eq!(files.count(), 1);
    let size = ring_path.metadata().expect("is there").len();
    assert!(size < 2 * ring, "{size}");
    let (whole, last) = (
        TraceReader::open(&path).expect("opens"),
        TraceReader::open(&ring_path).expect("opens"),
    );
    assert!(last.problems().is_empty(), "{:?}", last.problems());
    assert_eq!((last.end(), whole.end()), (Pos(2_000_002), Pos(2_000_002)));
    let first = last.first();
    assert!(first.0 > 0 && last.events() == 2_000_002 - first.0);
    assert_eq!(last.chunk_of(Pos(first.0 - 1)), None);
    // Wherever both have a chunk's end, the states there are the same.
    for pos in last
        .chunks()
        .iter()
        .map(|info| info.first.0 + info.events - 1)
    {
        let state = |reader: &TraceReader| {
            let chunk = reader.chunk(reader.chunk_of(Pos(pos)).expect("is there"));
            let chunk = chunk.expect("reads");
            let mut state = chunk.start().expect("starts");
            chunk.advance(&mut state, Pos(pos)).expect("advances");
            state
        };
        assert!(state(&last).same(&state(&whole)), "@{pos}");
    }
    let ids: Vec<_> = last.chunks().iter().map(|chunk| chunk.id).collect();
    assert_eq!(last.chunks_with_line(CodeId(2), 3).expect("asks"), ids);
}

#[test]
fn a_lost_first_chunk_is_not_taken_for_a_ring() {
    let (_folder, path) = place();
    write(&path, 60_000);
    let db = rusqlite::Connection::open(&path).expect("opens");
    db.execute("DELETE FROM chunk WHERE id = 0", [])
        .expect("deletes");
    drop(db);
    let reader = TraceReader::open(&path).expect("opens");
    assert!(!reader.problems().is_empty());
    assert_eq!(reader.events(), 0);
}
