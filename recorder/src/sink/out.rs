//! Bytes into the segment that is being filled: the fast ways, and those across its end.

use schema::encode::Out;

use super::{SEGMENT, Sink};

/// Bytes of `u64::MAX` in LEB128.
const LONGEST_NUMBER: usize = 10;

impl Out for Sink {
    #[inline]
    fn byte(&mut self, byte: u8) {
        if self.length == SEGMENT {
            self.next_segment();
        }
        // SAFETY: `length` is below the segment's size.
        unsafe { *self.start.add(self.length) = byte };
        self.length += 1;
    }

    #[inline]
    fn number(&mut self, mut number: u64) {
        if SEGMENT - self.length < LONGEST_NUMBER {
            return self.cut_number(number);
        }
        let mut length = self.length;
        // SAFETY: the segment has room for the longest number.
        unsafe {
            while number >= 0x80 {
                *self.start.add(length) = number as u8 | 0x80;
                number >>= 7;
                length += 1;
            }
            *self.start.add(length) = number as u8;
        }
        self.length = length + 1;
    }

    #[inline]
    fn tagged(&mut self, tag: u8, number: u64) {
        if number >= 0x4000 || SEGMENT - self.length < size_of::<u32>() {
            self.byte(tag);
            return self.number(number);
        }
        // A byte and a number of one or two in one go; what was written too much is written over.
        let (low, high) = (number as u32 & 0x7f, number as u32 >> 7);
        let is_long = high != 0;
        let word = u32::from(tag) | (low | u32::from(is_long) << 7) << 8 | high << 16;
        // SAFETY: the segment has room for a word.
        unsafe {
            let at = self.start.add(self.length).cast::<u32>();
            at.write_unaligned(word.to_le());
        }
        self.length += 2 + usize::from(is_long);
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        if SEGMENT - self.length < bytes.len() {
            return self.cut_bytes(bytes);
        }
        // SAFETY: the segment has room for them; source and target do not overlap.
        unsafe {
            let at = self.start.add(self.length);
            at.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.length += bytes.len();
    }
}

impl Sink {
    /// Appends a number that may have to be continued in the next segment.
    #[cold]
    fn cut_number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Appends bytes that have to be continued in the next segment.
    #[cold]
    fn cut_bytes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.length == SEGMENT {
                self.next_segment();
            }
            let count = bytes.len().min(SEGMENT - self.length);
            // SAFETY: the segment has room for `count` bytes; source and target do not overlap.
            unsafe {
                self.start
                    .add(self.length)
                    .copy_from_nonoverlapping(bytes.as_ptr(), count);
            }
            self.length += count;
            bytes = &bytes[count..];
        }
    }
}
