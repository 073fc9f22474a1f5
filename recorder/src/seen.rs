//! What was last seen in a place: enough to tell whether it changed, without holding it.
//!
//! Texts and big numbers are remembered by a 64-bit hash of their content. An unchanged address
//! proves nothing: after `x += 1; x += 1` the new int often sits where the old one was.

use std::num::NonZeroU64;

/// What a place held, in two words, so that it is passed and compared in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Its kind; of a text also how wide its characters are and how many there are.
    head: NonZeroU64,
    /// A number, the hash of the content, or the number of an entry.
    content: u64,
}

/// What kind of thing was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Unbound = 1,
    None,
    False,
    True,
    Ellipsis,
    NotImplemented,
    Int,
    Float,
    Str,
    /// An int of more than 64 bits.
    BigInt,
    Complex,
    Bytes,
    Range,
    /// Content that is compared but written by its owner (`bytearray`).
    Array,
    /// An entry of the heap.
    Object,
}

/// Where in the head the width of a text's characters and their count are.
const WIDTH: u32 = 8;
const COUNT: u32 = 32;

impl Seen {
    pub(crate) const UNBOUND: Seen = Seen::plain(Kind::Unbound);
    pub(crate) const NONE: Seen = Seen::plain(Kind::None);
    pub(crate) const FALSE: Seen = Seen::plain(Kind::False);
    pub(crate) const TRUE: Seen = Seen::plain(Kind::True);
    pub(crate) const ELLIPSIS: Seen = Seen::plain(Kind::Ellipsis);
    pub(crate) const NOT_IMPLEMENTED: Seen = Seen::plain(Kind::NotImplemented);

    const fn plain(kind: Kind) -> Seen {
        Seen::hashed(kind, 0)
    }

    /// Content of a kind, by its hash.
    #[inline]
    pub(crate) const fn hashed(kind: Kind, hash: u64) -> Seen {
        Seen {
            head: NonZeroU64::new(kind as u64).expect("no kind is 0"),
            content: hash,
        }
    }

    #[inline]
    pub(crate) const fn int(number: i64) -> Seen {
        Seen::hashed(Kind::Int, number as u64)
    }

    /// A float, by its bits.
    #[inline]
    pub(crate) const fn float(bits: u64) -> Seen {
        Seen::hashed(Kind::Float, bits)
    }

    /// A text: how wide its characters are, how many there are, and the hash of the content.
    #[inline]
    pub(crate) const fn text(width: u8, count: u32, hash: u64) -> Seen {
        let more = (width as u64) << WIDTH | (count as u64) << COUNT;
        Seen {
            head: Seen::plain(Kind::Str).head.saturating_add(more),
            content: hash,
        }
    }

    #[inline]
    pub(crate) const fn object(index: u32) -> Seen {
        Seen::hashed(Kind::Object, index as u64)
    }

    #[inline]
    fn is(self, kind: Kind) -> bool {
        self.head.get() as u8 == kind as u8
    }

    pub(crate) fn kind(self) -> Kind {
        const KINDS: [Kind; 15] = [
            Kind::Unbound,
            Kind::None,
            Kind::False,
            Kind::True,
            Kind::Ellipsis,
            Kind::NotImplemented,
            Kind::Int,
            Kind::Float,
            Kind::Str,
            Kind::BigInt,
            Kind::Complex,
            Kind::Bytes,
            Kind::Range,
            Kind::Array,
            Kind::Object,
        ];
        let known = KINDS.get((self.head.get() as u8 as usize).wrapping_sub(1));
        known.copied().unwrap_or(Kind::Unbound)
    }

    /// The number or hash.
    #[inline]
    pub(crate) fn content(self) -> u64 {
        self.content
    }

    /// The number of an int.
    #[inline]
    pub(crate) fn as_int(self) -> Option<i64> {
        self.is(Kind::Int).then_some(self.content as i64)
    }

    /// What [`text`](Self::text) was given.
    #[inline]
    pub(crate) fn as_text(self) -> Option<(u8, u32, u64)> {
        let head = self.head.get();
        let parts = ((head >> WIDTH) as u8, (head >> COUNT) as u32, self.content);
        self.is(Kind::Str).then_some(parts)
    }

    /// The entry of an object.
    #[inline]
    pub(crate) fn entry(self) -> Option<u32> {
        self.is_object().then_some(self.content as u32)
    }

    #[inline]
    pub(crate) fn is_object(self) -> bool {
        self.is(Kind::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_comes_back() {
        assert_eq!(Seen::int(-3).as_int(), Some(-3));
        assert_eq!(Seen::object(7).entry(), Some(7));
        assert_eq!(Seen::int(7).entry(), None);
        let text = Seen::text(4, u32::MAX, 5);
        assert_eq!(text.as_text(), Some((4, u32::MAX, 5)));
        assert_eq!(text.kind(), Kind::Str);
        assert_ne!(text, Seen::text(4, u32::MAX - 1, 5));
        for seen in [Seen::UNBOUND, Seen::float(0), Seen::object(0)] {
            assert_eq!(seen.kind() as u8, seen.head.get() as u8);
        }
        assert_eq!(size_of::<Option<Seen>>(), size_of::<Seen>());
    }
}
