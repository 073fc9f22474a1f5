//! FORMAT.md says what the code does.

use super::*;
use crate::block;
use crate::decode::Decoder;
use crate::encode::{code, part, tag};
use crate::sql;

const TEXT: &str = include_str!("../../FORMAT.md");

/// The fenced blocks of one language.
fn fenced(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let blocks = TEXT.split(opening.as_str()).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap_or(""))
        .collect()
}

/// The rows of the table whose header begins with this, cell by cell.
fn table(first: &str) -> Vec<Vec<&'static str>> {
    let lines = TEXT
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {first} |")));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let words = hex.split_whitespace();
    words
        .map(|word| u8::from_str_radix(word, 16).expect(word))
        .collect()
}

#[test]
fn the_tables_are_those_of_the_code() {
    let shown: Vec<_> = fenced("sql")
        .iter()
        .flat_map(|block| block.lines())
        .collect();
    let ours: Vec<_> = sql::SCHEMA
        .iter()
        .map(|(_, statement)| *statement)
        .collect();
    assert_eq!(shown, ours);
    let described: Vec<_> = table("table")
        .iter()
        .map(|row| row[0].trim_matches('`'))
        .collect();
    let ours: Vec<_> = sql::SCHEMA.iter().map(|(name, _)| *name).collect();
    assert_eq!(described, ours);
    assert!(TEXT.starts_with(&format!("# The trace format, version {FORMAT_VERSION}\n")));
    assert_eq!(table("version").len() as i64, FORMAT_VERSION);
}

#[test]
fn every_operation_is_listed() {
    let listed = table("code").into_iter().map(|row| {
        let number = u8::from_str_radix(row[0].trim_start_matches("0x"), 16).expect(row[0]);
        (number, row[1])
    });
    let ours = [
        (code::THREAD, "Thread"),
        (code::TIME, "Time"),
        (code::PUSH, "Push"),
        (code::MOVED, "Moved"),
        (code::GONE, "Gone"),
        (code::REENTER, "Reenter"),
        (code::SUSPEND, "Suspend"),
        (code::SET, "Set"),
        (code::UNSET, "Unset"),
        (code::OBJECT, "Object"),
        (code::SPLICE, "Splice"),
        (code::PUT, "Put"),
        (code::REMOVE, "Remove"),
        (code::FIELD, "Field"),
        (code::UNFIELD, "Unfield"),
        (code::LENGTH, "Length"),
        (code::DROP, "Drop"),
        (code::APPEND, "Append"),
        (code::SHARE, "Share"),
        (code::AGAIN, "Again"),
        (code::CELL, "Cell"),
        (code::LATE, "Late"),
        (code::START, "Start"),
        (code::RESUME, "Resume"),
        (code::THROW, "Throw"),
        (code::LINE, "Line"),
        (code::RETURN, "Return"),
        (code::YIELD, "Yield"),
        (code::RAISE, "Raise"),
        (code::HANDLE, "Handle"),
        (code::UNWIND, "Unwind"),
        (code::MARK, "Mark"),
    ];
    assert_eq!(listed.collect::<Vec<_>>(), ours);
    // And no other first byte is an operation.
    for first in 0..=u8::MAX {
        let tail = [[first].as_slice(), &[0; 40]].concat();
        let is_known = ours.iter().any(|(number, _)| *number == first);
        assert_eq!(
            Decoder::new(&tail, 0).next_op().is_ok(),
            is_known,
            "{first:#x}"
        );
    }
    for kind in EventKind::ALL {
        let (_, name) = ours[22 + kind as usize];
        assert_eq!(
            (code::EVENT + kind as u8, name.to_lowercase()),
            (0x20 + kind as u8, kind.name().into())
        );
    }
}

#[test]
fn every_value_is_listed() {
    let values = [
        (tag::NONE, Value::None),
        (tag::FALSE, Value::Bool(false)),
        (tag::TRUE, Value::Bool(true)),
        (tag::ELLIPSIS, Value::Ellipsis),
        (tag::NOT_IMPLEMENTED, Value::NotImplemented),
        (tag::INT, Value::Int(-3)),
        (tag::BIG, Value::BigInt((true, [1, 2].into()).into())),
        (tag::FLOAT, Value::Float(0.5)),
        (tag::COMPLEX, Value::Complex((1.0, f64::NAN).into())),
        (tag::STR, Value::text("é")),
        (
            tag::STR_CUT,
            Value::StrCut((std::sync::Arc::from(*b"ab"), 9).into()),
        ),
        (tag::BYTES, Value::Bytes((*b"ab").into())),
        (
            tag::BYTES_CUT,
            Value::BytesCut((std::sync::Arc::from(*b"ab"), 9).into()),
        ),
        (tag::RANGE, Value::Range([0, 5, 1].map(Value::Int).into())),
        (tag::OBJECT, Value::Object(ObjectId(300))),
        (tag::UNKNOWN, Value::Unknown(Reason::TooDeep)),
        (tag::REDACTED, Value::Redacted),
    ];
    let listed: Vec<u8> = table("tag")
        .iter()
        .map(|row| row[0].parse().expect(row[0]))
        .collect();
    assert_eq!(listed, values.each_ref().map(|(tag, _)| *tag));
    for (tag, value) in values {
        let mut out = Vec::new();
        encode::op(&mut out, &Op::Return(value.clone()));
        assert_eq!(out[1], tag);
        assert_eq!(
            Decoder::new(&out, 0).next_op().expect("decodes"),
            Some(Op::Return(value))
        );
    }
}

#[test]
fn every_part_is_listed() {
    let listed: Vec<u8> = table("bit")
        .iter()
        .map(|row| row[0].parse().expect(row[0]))
        .collect();
    let ours = [
        part::LENGTH,
        part::UNKNOWN,
        part::ITEMS,
        part::PAIRS,
        part::FIELDS,
        part::TEXT,
        part::BASE,
        part::CUT,
    ];
    assert_eq!(listed, ours);
}

#[test]
fn the_example_decodes_as_it_says() {
    let mut all = Vec::new();
    let mut state = State::new(Pos(0));
    for line in fenced("text")[0].lines() {
        let (hex, said) = line.split_at(line.find(|c: char| c.is_ascii_uppercase()).expect(line));
        let hex = bytes(hex);
        let mut decoder = Decoder::new(&hex, 0);
        let op = decoder.next_op().expect(line).expect(line);
        assert_eq!(decoder.position(), hex.len(), "{line}");
        assert_eq!(format!("{op:?}"), said);
        let mut again = Vec::new();
        encode::op(&mut again, &op);
        assert_eq!(again, hex);
        all.extend(hex);
        state.apply(op).expect(line);
    }
    assert_eq!(block::open(&bytes(fenced("block")[0])), Ok(all));
    assert_eq!(state.next, Pos(6));
}
