//! Which entry of the heap an address stands for.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

/// How many addresses are found without a look into the map, a power of two.
const RECENT: usize = 256;

/// No object is there.
const NOWHERE: (usize, u32) = (0, 0);

/// Numbers of entries, by the addresses of their objects.
pub(crate) struct Addresses {
    all: HashMap<usize, u32, FxBuildHasher>,
    /// Those that were asked for last, each where its address says.
    recent: Box<[(usize, u32); RECENT]>,
}

impl Default for Addresses {
    fn default() -> Addresses {
        Addresses {
            all: HashMap::default(),
            recent: Box::new([NOWHERE; RECENT]),
        }
    }
}

impl Addresses {
    #[inline]
    fn recent(&mut self, address: usize) -> &mut (usize, u32) {
        // Objects lie at multiples of 16.
        &mut self.recent[(address >> 4 ^ address >> 12) % RECENT]
    }

    /// The entry of the object at an address, if there is one.
    #[inline]
    pub(crate) fn find(&mut self, address: usize) -> Option<u32> {
        let (known, index) = *self.recent(address);
        if known == address {
            return Some(index);
        }
        let index = self.get(address)?;
        *self.recent(address) = (address, index);
        Some(index)
    }

    /// The same where nothing is to be remembered.
    pub(crate) fn get(&self, address: usize) -> Option<u32> {
        self.all.get(&address).copied()
    }

    pub(crate) fn insert(&mut self, address: usize, index: u32) {
        self.all.insert(address, index);
        *self.recent(address) = (address, index);
    }

    pub(crate) fn remove(&mut self, address: usize) {
        self.all.remove(&address);
        let recent = self.recent(address);
        if recent.0 == address {
            *recent = NOWHERE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_until_it_is_removed_or_given_to_another() {
        let mut addresses = Addresses::default();
        let far = (16 * RECENT) << 8;
        for (index, address) in [16, 32, 16 + far, 32 + 2 * far].into_iter().enumerate() {
            addresses.insert(address, index as u32);
        }
        assert_eq!(addresses.find(16), Some(0));
        assert_eq!(addresses.find(16 + far), Some(2));
        assert_eq!(addresses.find(16), Some(0));
        addresses.remove(16);
        assert_eq!((addresses.find(16), addresses.get(16)), (None, None));
        addresses.insert(16, 7);
        assert_eq!((addresses.find(16), addresses.get(16)), (Some(7), Some(7)));
        assert_eq!(addresses.find(16 + far), Some(2));
        assert_eq!(addresses.find(48), None);
    }
}
