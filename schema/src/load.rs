//! What a reader knows from the start: header, ending, facts, and where chunks lie.
//!
//! Damage here does not keep the rest from being read: a fact that is lost is missed when an event
//! refers to it, and what was found is told to whoever asks.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use bincode::Options;
use rusqlite::{Connection, Row};
use serde::de::DeserializeOwned;

use crate::allowance::Meter;
use crate::block;
use crate::body::Body;
use crate::chunk::ChunkInfo;
use crate::error::{Error, Result};
use crate::facts::{Code, Facts, Thread, Type, TypeKind, Variable};
use crate::header::{Counts, Header};
use crate::ids::{ChunkId, CodeId, FileId, NameId, Pos, ThreadId, TypeId};
use crate::sql::{self, row_sum};
use crate::uncaught::Uncaught;

/// Problems beyond this many are not listed: a file of nothing else would fill the memory.
const MAX_PROBLEMS: usize = 100;

impl Facts {
    /// Reads all tables but those of the events.
    pub(crate) fn load(db: &Connection, meter: &Meter) -> Facts {
        let mut facts = Facts::default();
        let details = Details::new(meter);
        let mut counts = None;
        facts.each(
            db,
            "metadata",
            "SELECT key, value FROM meta",
            |facts, row| facts.take_meta(row, &details, &mut counts),
        );
        facts.each(
            db,
            "file",
            "SELECT id, path, length(source), sum FROM file",
            Self::take_file,
        );
        let codes =
            "SELECT id, file, name, qualname, first_line, flags, arguments, detail, sum FROM code";
        facts.each(db, "code object", codes, |facts, row| {
            facts.take_code(row, &details)
        });
        facts.each(
            db,
            "type",
            "SELECT id, name, detail, sum FROM type",
            |facts, row| facts.take_class(row, &details),
        );
        facts.each(
            db,
            "name",
            "SELECT id, name, sum FROM name",
            Self::take_name,
        );
        facts.each(
            db,
            "thread",
            "SELECT id, name, native, sum FROM thread ORDER BY id",
            Self::take_thread,
        );
        facts.each(
            db,
            "file left out",
            "SELECT path, rule, codes, sum FROM left_out ORDER BY path",
            Self::take_leave_out,
        );
        if sql::version(db).is_ok_and(|version| version >= 4) {
            facts.uncaught = Some(Vec::new());
            facts.each(
                db,
                "uncaught exception",
                "SELECT id, thread, detail, sum FROM uncaught ORDER BY id",
                |facts, row| facts.take_uncaught(row, &details),
            );
        }
        let chunks = "SELECT id, first, events, lines, kinds, sealed, sum FROM chunk ORDER BY id";
        facts.each(db, "chunk", chunks, Self::take_chunk);
        if let Some(counts) = counts {
            facts.compare(&counts);
        }
        facts.relate();
        facts
    }

    /// Notices what names rows that are not there: code objects a file, tracebacks a code object.
    fn relate(&mut self) {
        let is_lost = |code: &&Arc<Code>| !self.files.contains_key(&code.file);
        let mut lost: Vec<(CodeId, FileId)> = self
            .codes
            .values()
            .filter(is_lost)
            .map(|code| (code.id, code.file))
            .collect();
        lost.sort_unstable();
        for (code, file) in lost {
            self.problem(format!(
                "code object {code} is of file {file}, which is not there"
            ));
        }
        let told = self
            .uncaught
            .iter()
            .flatten()
            .flat_map(|one| &one.exceptions);
        let passed = told.flat_map(|one| &one.traceback).map(|at| at.code);
        let lost: BTreeSet<CodeId> = passed.filter(|id| !self.codes.contains_key(id)).collect();
        for code in lost {
            self.problem(format!(
                "a traceback names code object {code}, which is not there"
            ));
        }
    }

    fn problem(&mut self, text: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(text);
        }
    }

    /// Takes every row of a table that can be read.
    fn each(
        &mut self,
        db: &Connection,
        what: &str,
        sql: &str,
        mut take: impl FnMut(&mut Facts, &Row<'_>) -> Result<()>,
    ) {
        let mut walk = || -> Result<()> {
            let mut statement = db.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Err(error) = take(self, row) {
                    self.problem(error.to_string());
                }
            }
            Ok(())
        };
        if let Err(error) = walk() {
            self.problem(format!(
                "the table of each {what} cannot be read to its end: {error}"
            ));
        }
    }

    fn take_meta(
        &mut self,
        row: &Row<'_>,
        details: &Details<'_>,
        counts: &mut Option<Counts>,
    ) -> Result<()> {
        let block: Vec<u8> = row.get(1)?;
        match row.get::<_, String>(0)?.as_str() {
            "header" => self.header = Some(details.read(&block, "header", 0)?),
            "ending" => {
                let (ending, all) = details.read(&block, "ending", 0)?;
                (self.ending, *counts) = (Some(ending), Some(all));
            }
            _ => return Err(Error::BadFact("metadata", 0)),
        }
        Ok(())
    }

    fn take_file(&mut self, row: &Row<'_>) -> Result<()> {
        let (id, path): (u32, String) = (row.get(0)?, row.get(1)?);
        let source = row.get::<_, Option<i64>>(2)?.unwrap_or(-1);
        check(row, "file", id, &[&id, &path, &source])?;
        self.files.insert(FileId(id), path.into());
        Ok(())
    }

    fn take_code(&mut self, row: &Row<'_>, details: &Details<'_>) -> Result<()> {
        let (id, file, name, qualname): (u32, u32, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let (first_line, flags, arguments): (u32, u32, u32) =
            (row.get(4)?, row.get(5)?, row.get(6)?);
        let block: Vec<u8> = row.get(7)?;
        let sum: [&dyn Display; 8] = [
            &id,
            &file,
            &name,
            &qualname,
            &first_line,
            &flags,
            &arguments,
            &block.len(),
        ];
        check(row, "code object", id, &sum)?;
        let (variables, lines): (Vec<Variable>, Vec<u32>) =
            details.read(&block, "code object", id)?;
        let code = Code {
            id: CodeId(id),
            file: FileId(file),
            name,
            qualname,
            first_line,
            flags,
            arguments,
            variables,
            lines,
        };
        self.codes.insert(code.id, Arc::new(code));
        Ok(())
    }

    fn take_class(&mut self, row: &Row<'_>, details: &Details<'_>) -> Result<()> {
        let (id, name, block): (u32, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        check(row, "type", id, &[&id, &name, &block.len()])?;
        type Told = (TypeKind, Vec<String>, Vec<String>);
        let raw = details.unpack(&block, "type", id)?;
        let whole = parsed::<(TypeKind, Vec<String>, Vec<String>, Option<Body>)>(&raw);
        let (kind, mro, tuple_fields, body) = match whole {
            Some(whole) => whole,
            // As it was before version 4.
            None => match parsed::<Told>(&raw) {
                Some((kind, mro, tuple_fields)) => (kind, mro, tuple_fields, None),
                None => return Err(Error::BadFact("type", id.into())),
            },
        };
        let class = Type {
            id: TypeId(id),
            name,
            kind,
            mro,
            tuple_fields,
            body,
        };
        self.types.insert(class.id, Arc::new(class));
        Ok(())
    }

    fn take_name(&mut self, row: &Row<'_>) -> Result<()> {
        let (id, name): (u32, String) = (row.get(0)?, row.get(1)?);
        check(row, "name", id, &[&id, &name])?;
        self.names.insert(NameId(id), name.into());
        Ok(())
    }

    fn take_thread(&mut self, row: &Row<'_>) -> Result<()> {
        let (id, name, native): (u32, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        check(row, "thread", id, &[&id, &name, &native])?;
        self.threads.push(Thread {
            id: ThreadId(id),
            name,
            native: native as u64,
        });
        Ok(())
    }

    fn take_leave_out(&mut self, row: &Row<'_>) -> Result<()> {
        let (path, rule, codes): (String, String, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        check(row, "file left out", 0, &[&path, &rule, &codes])?;
        self.left_out.push((path, rule, codes));
        Ok(())
    }

    fn take_uncaught(&mut self, row: &Row<'_>, details: &Details<'_>) -> Result<()> {
        let (id, thread, block): (u32, u32, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        check(row, "uncaught exception", id, &[&id, &thread, &block.len()])?;
        let uncaught: Uncaught = details.read(&block, "uncaught exception", id)?;
        self.uncaught.get_or_insert_default().push(uncaught);
        Ok(())
    }

    /// Takes a chunk if it follows the last one; those after a gap have no positions to trust.
    fn take_chunk(&mut self, row: &Row<'_>) -> Result<()> {
        let id: u64 = row.get(0)?;
        let (first, events, lines): (u64, u64, u64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let (kinds, sealed): (i64, bool) = (row.get(4)?, row.get(5)?);
        let sum: [&dyn Display; 6] = [&id, &first, &events, &lines, &kinds, &u8::from(sealed)];
        if row.get::<_, i64>(6)? != row_sum(&sum) {
            return Err(Error::Damaged(id, "its row has changed"));
        }
        let is_ring = |header: &Header| header.limits.ring.is_some();
        let follows = match self.chunks.last() {
            Some(last) => id == last.id.0 + 1 && first == self.end().0,
            None => (id, first) == (0, 0) || self.header.as_ref().is_some_and(is_ring),
        };
        let is_small = events <= u64::from(u32::MAX) && first.checked_add(events).is_some();
        if !follows || !is_small {
            return Err(Error::Damaged(id, "it does not follow the one before"));
        }
        self.chunks.push(ChunkInfo {
            id: ChunkId(id),
            first: Pos(first),
            events,
            lines,
            kinds: kinds as u64,
            sealed,
        });
        Ok(())
    }

    /// Notices rows that are gone.
    fn compare(&mut self, promised: &Counts) {
        let events = self.end().0;
        let found: [(&str, u64, usize); 8] = [
            ("files", promised.files, self.files.len()),
            ("code objects", promised.codes, self.codes.len()),
            ("types", promised.types, self.types.len()),
            ("names", promised.names, self.names.len()),
            ("threads", promised.threads, self.threads.len()),
            ("files left out", promised.left_out, self.left_out.len()),
            ("chunks", promised.chunks, self.chunks.len()),
            ("events", promised.events, events as usize),
        ];
        for (what, promised, found) in found {
            if promised != found as u64 {
                self.problem(format!("{found} of {promised} {what} can be read"));
            }
        }
    }
}

/// Compares a row with its sum, which stands in the column after those given.
fn check(row: &Row<'_>, what: &'static str, id: u32, columns: &[&dyn Display]) -> Result<()> {
    if row.get::<_, i64>(columns.len())? == row_sum(columns) {
        Ok(())
    } else {
        Err(Error::BadFact(what, id.into()))
    }
}

/// Reads details of facts, as much as the file's size allows.
struct Details<'m> {
    meter: &'m Meter,
    /// Bytes that those so far take.
    bytes: Cell<u64>,
}

/// A byte of a detail makes no more bytes than this: a name of one letter is ten, and takes an
/// entry of a list and memory of its own.
const BYTES_A_BYTE: u64 = 7;

impl<'m> Details<'m> {
    fn new(meter: &'m Meter) -> Self {
        Details {
            meter,
            bytes: Cell::new(0),
        }
    }

    fn read<T: DeserializeOwned>(&self, block: &[u8], what: &'static str, id: u32) -> Result<T> {
        let raw = self.unpack(block, what, id)?;
        parsed(&raw).ok_or(Error::BadFact(what, id.into()))
    }

    fn unpack(&self, block: &[u8], what: &'static str, id: u32) -> Result<Vec<u8>> {
        let bad = |_| Error::BadFact(what, id.into());
        let length = block::length(block).map_err(bad)?;
        let bytes = self
            .bytes
            .get()
            .saturating_add(length as u64 * BYTES_A_BYTE);
        self.meter.facts(bytes)?;
        self.bytes.set(bytes);
        block::open(block).map_err(bad)
    }
}

/// What bincode says; the limit keeps a hostile length from allocating more than the block holds.
fn parsed<T: DeserializeOwned>(raw: &[u8]) -> Option<T> {
    let options = bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_limit(block::MAX_LENGTH as u64);
    options.deserialize(raw).ok()
}
