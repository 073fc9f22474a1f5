//! Damage is reported, or what is shown is what was recorded; never something else, never a panic.

use super::*;

/// A whole small trace, and what reading it gives.
fn sample() -> (TempDir, PathBuf, Vec<u8>, String) {
    let (folder, path) = place();
    write(&path, 8);
    let bytes = std::fs::read(&path).expect("reads");
    let text = read_all(&path).expect("reads");
    (folder, path, bytes, text)
}

#[test]
fn a_flipped_bit_is_noticed_or_changes_nothing() {
    let (_folder, path, good, expected) = sample();
    let mut noticed = 0;
    for at in (0..good.len()).step_by(9).chain(0..120) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at * 3 % 8);
        std::fs::write(&path, &bad).expect("written");
        match read_all(&path) {
            Ok(shown) => assert_eq!(shown, expected, "a flip at {at} shows something else"),
            Err(_) => noticed += 1,
        }
        assert_eq!(
            std::fs::read(&path).expect("reads"),
            bad,
            "reading wrote to the file"
        );
    }
    assert!(noticed > 100, "only {noticed} flips were noticed");
}

#[test]
fn a_cut_file_is_refused_at_any_length() {
    let (_folder, path, good, _) = sample();
    for length in (0..good.len())
        .step_by(61)
        .chain(good.len() - 3..good.len())
    {
        std::fs::write(&path, &good[..length]).expect("written");
        let error = TraceReader::open(&path)
            .err()
            .expect("a cut file was opened");
        assert!(
            matches!(error, Error::NotATrace(..)),
            "at {length}: {error}"
        );
    }
    let longer = [&good[..], &[0]].concat();
    std::fs::write(&path, longer).expect("written");
    assert!(
        TraceReader::open(&path).is_err(),
        "a padded file was opened"
    );
}

/// An unfinished trace has no length to compare with; it gives a beginning of what was committed.
#[test]
fn a_cut_unfinished_trace_gives_its_beginning_or_an_error() {
    let (folder, path) = place();
    let mut writer = TraceWriter::create(&path, &header(), false).expect("created");
    define(&mut writer);
    let all = operations(4_000);
    for piece in all.chunks(all.len() / 6) {
        writer.append(piece).expect("appended");
        writer.commit().expect("committed");
    }
    let log = std::fs::read(folder.path().join("trace.db-wal")).expect("reads");
    let (cut, cut_log) = (
        folder.path().join("cut.db"),
        folder.path().join("cut.db-wal"),
    );
    std::fs::copy(&path, &cut).expect("copied");
    let mut opened = 0;
    for length in (0..=log.len()).step_by(1777) {
        std::fs::write(&cut_log, &log[..length]).expect("written");
        let Ok(reader) = TraceReader::open(&cut) else {
            continue;
        };
        opened += 1;
        assert!(reader.events() <= 20_002);
        for info in reader.chunks() {
            let chunk = reader.chunk(info.id).expect("what was committed reads");
            assert_eq!(chunk.events.len() as u64, info.events);
        }
    }
    assert!(opened > 5, "{opened}");
}

#[test]
fn chunks_after_a_damaged_one_are_read() {
    let (_folder, path) = place();
    write(&path, 60_000);
    let reader = TraceReader::open(&path).expect("opens");
    let chunks = reader.chunks().len();
    drop(reader);
    let db = rusqlite::Connection::open(&path).expect("opens");
    db.execute("UPDATE block SET data = zeroblob(50) WHERE chunk = 1", [])
        .expect("changed");
    drop(db);
    let reader = TraceReader::open(&path).expect("opens");
    let readable = (0..chunks as u64).filter(|id| reader.chunk(ChunkId(*id)).is_ok());
    assert_eq!(readable.count(), chunks - 1);
    let error = reader.chunk(ChunkId(1)).expect_err("is damaged");
    assert!(matches!(error, Error::Damaged(1, _)), "{error}");
}

#[test]
fn rows_that_are_gone_are_missed() {
    for table in [
        "file", "code", "type", "name", "thread", "left_out", "chunk", "meta",
    ] {
        let (_folder, path) = place();
        write(&path, 3);
        let db = rusqlite::Connection::open(&path).expect("opens");
        db.execute(&format!("DELETE FROM {table}"), [])
            .expect("emptied");
        drop(db);
        let reader = TraceReader::open(&path).expect("opens");
        assert!(!reader.problems().is_empty(), "{table}");
    }
}
