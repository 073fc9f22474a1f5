//! Bytes into the segment that is being filled: the fast ways, and those across its end.

use schema::encode::{Out, TAIL};

use super::{SEGMENT, Sink};

/// Bytes of `u64::MAX` in LEB128.
const LONGEST_NUMBER: usize = 10;

impl Out for Sink {
    #[inline(always)]
    fn event(&mut self) {
        self.events += 1;
    }

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

    #[inline(always)]
    fn tagged(&mut self, tag: u8, number: u64) {
        if number >= 0x20_0000 || self.length > SEGMENT - size_of::<u32>() {
            return self.row(tag, [number]);
        }
        // Most numbers take one byte or two.
        let (word, length) = match number as u32 {
            digit @ ..0x80 => (digit, 2),
            number @ ..0x4000 => (number & 0x7f | 0x80 | number >> 7 << 8, 3),
            number => {
                let middle = number >> 7 & 0x7f | 0x80;
                (number & 0x7f | 0x80 | middle << 8 | number >> 14 << 16, 4)
            }
        };
        // SAFETY: the segment has room for four bytes; what is written too much is written over.
        unsafe {
            let at = self.start.add(self.length).cast::<u32>();
            at.write_unaligned((u32::from(tag) | word << 8).to_le());
        }
        self.length += length;
    }

    #[inline(always)]
    fn first(&mut self, bytes: &[u8; TAIL], count: usize) {
        if SEGMENT - self.length < TAIL {
            return self.cut_bytes(&bytes[..count.min(TAIL)]);
        }
        // SAFETY: the segment has room for all; what is written too much is written over.
        unsafe {
            let at = self.start.add(self.length).cast::<[u8; TAIL]>();
            at.write_unaligned(*bytes);
        }
        self.length += count.min(TAIL);
    }

    #[inline(never)]
    fn row<const N: usize>(&mut self, tag: u8, numbers: [u64; N]) {
        if SEGMENT - self.length < 1 + N * LONGEST_NUMBER {
            self.byte(tag);
            return numbers
                .into_iter()
                .for_each(|number| self.cut_number(number));
        }
        // SAFETY: the segment has room for the byte and the longest numbers.
        unsafe {
            let begin = self.start.add(self.length);
            begin.write(tag);
            let mut at = begin.add(1);
            for mut number in numbers {
                while number >= 0x80 {
                    at.write(number as u8 | 0x80);
                    number >>= 7;
                    at = at.add(1);
                }
                at.write(number as u8);
                at = at.add(1);
            }
            self.length += at.offset_from_unsigned(begin);
        }
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
