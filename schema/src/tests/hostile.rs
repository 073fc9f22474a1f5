//! Files made to harm whoever opens them: each is refused with one line, soon and without a trace
//! of it being run.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use rusqlite::Connection;

use super::*;
use crate::block;

/// Opens what must be refused; returns the message.
fn refused(path: &Path) -> String {
    let error = TraceReader::open(path).err();
    let text = error
        .unwrap_or_else(|| panic!("{} was opened", path.display()))
        .to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// A trace changed by SQL.
fn changed(sql: &str) -> (TempDir, PathBuf) {
    let (folder, path) = place();
    write(&path, 3);
    let db = Connection::open(&path).expect("opens");
    db.execute_batch(sql).expect(sql);
    (folder, path)
}

#[test]
fn what_is_no_file() {
    let (folder, path) = place();
    assert!(refused(&path).contains("no such trace"));
    assert!(refused(folder.path()).contains("directory"));
    symlink(&path, folder.path().join("other")).expect("linked");
    symlink(folder.path().join("other"), &path).expect("linked");
    refused(&path);
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("runs");
    assert!(made.success());
    assert!(refused(&pipe).contains("regular file"));
    assert!(refused(Path::new("/dev/zero")).contains("regular file"));
    refused(Path::new("/dev/null"));
    refused(Path::new(""));
}

#[test]
fn what_is_no_database() {
    let (_folder, path) = place();
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"hello\n", "SQLite"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x1f\x8b\x08\x00", "gunzip"),
        (b"PK\x03\x04", "unzip"),
        (b"\x89PNG\r\n\x1a\n", "SQLite"),
    ] {
        fs::write(&path, bytes).expect("written");
        assert!(refused(&path).contains(word), "{bytes:?}");
    }
}

#[test]
fn a_link_to_a_trace_opens_and_so_does_a_read_only_one() {
    let (folder, path) = place();
    write(&path, 3);
    let link = folder.path().join("link.db");
    symlink(&path, &link).expect("linked");
    assert_eq!(
        read_all(&link).expect("reads"),
        read_all(&path).expect("reads")
    );
    let odd = folder.path().join("odd ?mode=rwc#%41\u{e9}.db");
    fs::copy(&path, &odd).expect("copied");
    assert_eq!(
        read_all(&odd).expect("reads"),
        read_all(&path).expect("reads")
    );
    let mut permissions = path.metadata().expect("is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("changed");
    read_all(&path).expect("reads");
}

#[test]
fn what_the_first_bytes_tell() {
    let (_folder, path) = place();
    write(&path, 3);
    let good = fs::read(&path).expect("reads");
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        fs::write(&path, bad).expect("written");
        refused(&path)
    };
    assert!(with(68, &[1, 2, 3, 4]).contains("another program"));
    assert!(with(60, &[0x7f, 0xff, 0xff, 0xfe]).contains("newer"));
    assert!(with(60, &[0, 0, 0, 0]).contains("version"));
    assert!(with(60, &[0xff, 0xff, 0xff, 0xff]).contains("version"));
    assert!(with(16, &[0, 3]).contains("page size"));
    assert!(with(16, &[0, 0]).contains("page size"));
    assert!(with(16, &[2, 0]).contains("truncated"));
    assert!(with(28, &[0, 0, 0, 1]).contains("truncated"));
    with(20, &[255]);
}

#[test]
fn a_database_that_is_not_ours() {
    for sql in [
        "CREATE TABLE more (x)",
        "CREATE INDEX fast ON line (chunk)",
        "CREATE VIEW chunks AS SELECT * FROM chunk",
        "CREATE TRIGGER evil AFTER INSERT ON name BEGIN DELETE FROM chunk; END",
        "DROP TABLE line",
        "DROP TABLE chunk; CREATE VIEW chunk (id, first, events, lines, kinds, sealed, sum) AS \
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
         SELECT x, x, x, x, x, x, x FROM n",
        "DROP TABLE name; CREATE TABLE name (id INTEGER PRIMARY KEY, name TEXT NOT NULL, \
         sum INTEGER AS (abs(-9223372036854775808))) STRICT",
        "ALTER TABLE name ADD COLUMN more TEXT",
    ] {
        let (_folder, path) = changed(sql);
        assert!(refused(&path).contains("tables"), "{sql}");
    }
    let (_folder, path) = changed("ANALYZE");
    assert!(refused(&path).contains("tables"));
}

#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    write(&path, 3);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("changed");
    // Nothing is forbidden to the superuser, as whom the tests may run.
    if fs::File::open(&path).is_err() {
        assert!(refused(&path).contains("denied"));
    }
}

/// Makes row sums right again, as an enemy would.
fn resum(path: &Path, chunk: &str) {
    let db = Connection::open(path).expect("opens");
    let row: (u64, u64, u64, u64, i64, u8) = db
        .query_row(
            "SELECT id, first, events, lines, kinds, sealed FROM chunk WHERE id = 0",
            [],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                ))
            },
        )
        .expect(chunk);
    let sum = crate::sql::row_sum(&[&row.0, &row.1, &row.2, &row.3, &row.4, &row.5]);
    db.execute("UPDATE chunk SET sum = ? WHERE id = 0", [sum])
        .expect("changed");
}

#[test]
fn promises_of_more_events_than_there_are() {
    for events in [0, 1, 5, 4_000_000_000, u32::MAX as i64 + 1, i64::MAX, -1] {
        let (_folder, path) = changed(&format!("UPDATE chunk SET events = {events}"));
        if events >= 0 {
            resum(&path, "resummed");
        }
        let reader = TraceReader::open(&path).expect("opens");
        assert!(!reader.problems().is_empty(), "{events}");
        let chunk = reader.chunk(ChunkId(0));
        assert!(matches!(chunk, Err(Error::Damaged(0, _))), "{events}");
    }
}

/// Puts bytes in place of the first chunk's operations.
fn with_operations(pieces: &[Vec<u8>]) -> Result<String> {
    let (_folder, path) = place();
    write(&path, 3);
    let db = Connection::open(&path).expect("opens");
    db.execute("DELETE FROM block", []).expect("emptied");
    for (seq, piece) in pieces.iter().enumerate() {
        db.execute(
            "INSERT INTO block VALUES (0, ?, ?)",
            rusqlite::params![seq, piece],
        )
        .expect("inserted");
    }
    drop(db);
    read_all(&path)
}

fn sealed(raw: &[u8]) -> Vec<u8> {
    block::seal(raw).expect("compresses")
}

#[test]
fn blocks_that_swell() {
    let zeros = sealed(&vec![0; block::MAX_LENGTH]);
    assert!(zeros.len() < 10_000);
    let error = with_operations(&vec![zeros.clone(); 100]).expect_err("too much");
    assert!(error.to_string().contains("limit"), "{error}");
    let mut lying = zeros.clone();
    lying[2..6].copy_from_slice(&100u32.to_le_bytes());
    assert!(with_operations(&[lying]).is_err());
    let mut huge = zeros;
    huge[2..6].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(with_operations(&[huge]).is_err());
    assert!(with_operations(&[sealed(b"")[..10].to_vec()]).is_err());
    assert!(with_operations(&[vec![]]).is_err());
    assert!(with_operations(&[]).is_err());
}

#[test]
fn operations_that_lie() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    for start in [
        &[0x23, 1][..],                        // a line where no frame runs
        &[0x24, 0],                            // a return from nothing
        &[0x21, 9],                            // a frame that was never suspended
        &[0x01, 1, 0x20, 1, 1, 1, 0, 0, 0x08], // a slot past any
        &[0x0b, 1, 0, 0],                      // items of no object, as many as there are numbers
        &[0x0a, 1, 1, 1],
        &[0x0a, 1, 1, 2],
        &[0x0a, 1, 1, 4],
        &[0x0a, 1, 1, 8],
        &[0x08, 0, 9],
        &[0x08, 0, 6, 1],
        &[0x11],
        &[0x7f],
    ] {
        for tail in [&huge[..], &[], &[0xff; 11], &[0; 40]] {
            let bytes = [start, tail].concat();
            assert!(with_operations(&[sealed(&bytes)]).is_err(), "{bytes:x?}");
        }
    }
}

#[test]
fn random_operations_give_an_error_and_no_panic() {
    let good = operations(20);
    let mut random = 88172645463325252u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for _ in 0..3000 {
        let mut bytes = good.clone();
        for _ in 0..1 + next() % 4 {
            let at = next() as usize % bytes.len();
            bytes[at] = next() as u8;
        }
        let mut state = State::new(Pos(0));
        let mut decoder = decode::Decoder::new(&bytes, 0);
        while let Ok(Some(op)) = decoder.next_op() {
            if state.apply(op).is_err() {
                break;
            }
        }
        // Thread 0 is where a keyframe keeps suspended frames; no recorder uses it.
        if state.stacks.iter().any(|(id, _)| id == ThreadId(0)) {
            continue;
        }
        let restored = State::from_keyframe(state.next, &state.keyframe(), Extent::Whole);
        assert!(
            restored.is_ok_and(|restored| restored.same(&state)),
            "{bytes:x?}"
        );
    }
}
