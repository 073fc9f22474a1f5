//! A block: bytes as they lie in the database. The only place that compresses.
//!
//! Layout, little-endian: version u8 (1), codec u8 (1 = zstd), length before compression u32,
//! xxh3-64 of what follows u64, then one zstd frame. SQLite does not checksum its pages' contents,
//! so each block carries its own sum, taken over the stored bytes: damage is found before decoding.

use std::cell::RefCell;

use xxhash_rust::xxh3::xxh3_64;
use zstd::bulk::{Compressor, Decompressor};

const VERSION: u8 = 1;
const ZSTD: u8 = 1;
const HEADER: usize = 14;

/// No block holds more than this before compression: a decoder allocates at most so much.
pub(crate) const MAX_LENGTH: usize = 64 << 20;

/// Level 1 costs 14 to 44 ns an event on the writer's thread; higher levels gain little on columns
/// of small numbers.
const LEVEL: i32 = 1;

/// Compresses and seals `raw`.
pub(crate) fn seal(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    let packed = pack(raw)?;
    let mut out = Vec::with_capacity(HEADER + packed.len());
    out.push(VERSION);
    out.push(ZSTD);
    out.extend_from_slice(&(raw.len() as u32).to_le_bytes());
    out.extend_from_slice(&xxh3_64(&packed).to_le_bytes());
    out.extend_from_slice(&packed);
    Ok(out)
}

/// How long a block says that it is before compression.
pub(crate) fn length(block: &[u8]) -> Result<usize, &'static str> {
    let (header, _) = block.split_at_checked(HEADER).ok_or("too short")?;
    if header[0] != VERSION || header[1] != ZSTD {
        return Err("unknown block version");
    }
    let length = u32::from_le_bytes([header[2], header[3], header[4], header[5]]) as usize;
    match length > MAX_LENGTH {
        true => Err("block exceeds the limit"),
        false => Ok(length),
    }
}

/// Checks and decompresses a block, or says what is wrong with it.
pub(crate) fn open(block: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut raw = Vec::new();
    open_into(block, &mut raw)?;
    Ok(raw)
}

/// Checks a block and decompresses it behind what is there.
pub(crate) fn open_into(block: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
    let length = length(block)?;
    let (header, packed) = block.split_at_checked(HEADER).ok_or("too short")?;
    let mut sum = [0; 8];
    sum.copy_from_slice(&header[6..HEADER]);
    if xxh3_64(packed) != u64::from_le_bytes(sum) {
        return Err("checksum mismatch");
    }
    let start = out.len();
    out.resize(start + length, 0);
    let room = out.get_mut(start..).unwrap_or_default();
    match unpack(packed, room) {
        None => Err("does not decompress"),
        Some(written) if written != length => Err("wrong length"),
        Some(_) => Ok(()),
    }
}

thread_local! {
    /// One has tables of a megabyte, which would be made anew for every block.
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

fn pack(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| match packer {
        Some(packer) => packer.compress(raw),
        none => none.insert(Compressor::new(LEVEL)?).compress(raw),
    })
}

thread_local! {
    /// To make one costs more than to unpack a small block, and a search may need thousands.
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn unpack(packed: &[u8], room: &mut [u8]) -> Option<usize> {
    UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = match unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(Decompressor::new().ok()?),
        };
        unpacker.decompress_to_buffer(packed, room).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_byte_is_found() {
        let raw: Vec<u8> = (0..1000u32).map(|i| (i % 7) as u8).collect();
        let block = seal(&raw).expect("compresses");
        assert_eq!(open(&block).as_deref(), Ok(raw.as_slice()));
        for at in 0..block.len() {
            let mut bad = block.clone();
            bad[at] ^= 0x10;
            assert!(open(&bad).is_err(), "a flip at {at} went unnoticed");
            assert!(open(&block[..at]).is_err(), "a cut at {at} went unnoticed");
        }
    }
}
