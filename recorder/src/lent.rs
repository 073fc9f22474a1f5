//! What is known of code objects and classes is lent out while a recording lasts, and freed with it.

/// Owns what it lends.
pub(crate) struct Lent<T>(Vec<*mut T>);

impl<T> Default for Lent<T> {
    fn default() -> Self {
        Lent(Vec::new())
    }
}

impl<T> Lent<T> {
    /// Keeps a thing, and lends it until [`free`](Self::free).
    pub(crate) fn lend(&mut self, thing: T) -> &'static T {
        let owned = Box::into_raw(Box::new(thing));
        self.0.push(owned);
        // SAFETY: made just now; whoever frees it promises that nobody uses it.
        unsafe { &*owned }
    }

    /// Frees all of it.
    ///
    /// # Safety
    /// Nothing uses what was lent.
    pub(crate) unsafe fn free(self) {
        for owned in self.0 {
            // SAFETY: `lend` made it of a box; as promised, nobody uses it.
            drop(unsafe { Box::from_raw(owned) });
        }
    }
}
