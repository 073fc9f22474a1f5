//! The positions that one's own commands led to, to go back and forward through them.

/// Older ones are forgotten.
const LONGEST: usize = 10_000;

/// Positions in the order in which they were come to, and where in that order we are.
#[derive(Default)]
pub(crate) struct Trail {
    positions: Vec<u64>,
    at: usize,
}

impl Trail {
    /// Notes where we are. Who went back and then elsewhere cannot go forward any more.
    pub(crate) fn visit(&mut self, pos: u64) {
        if self.positions.get(self.at) == Some(&pos) {
            return;
        }
        self.positions.truncate(self.at + 1);
        if self.positions.len() >= LONGEST {
            self.positions.remove(0);
        }
        self.positions.push(pos);
        self.at = self.positions.len() - 1;
    }

    /// The position so many jumps before, or behind; the furthest, if there are fewer.
    pub(crate) fn go(&mut self, count: u64, is_back: bool) -> Option<u64> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let last = self.positions.len().checked_sub(1)?;
        let at = if is_back {
            self.at.saturating_sub(count)
        } else {
            self.at.saturating_add(count).min(last)
        };
        if at == self.at {
            return None;
        }
        self.at = at;
        self.positions.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Trail;

    #[test]
    fn one_goes_back_and_forward_as_in_a_browser() {
        let mut trail = Trail::default();
        assert_eq!(trail.go(1, true), None);
        for pos in [5, 9, 9, 2] {
            trail.visit(pos);
        }
        assert_eq!(trail.go(1, false), None);
        assert_eq!(trail.go(1, true), Some(9));
        assert_eq!(trail.go(7, true), Some(5));
        assert_eq!(trail.go(1, true), None);
        assert_eq!(trail.go(2, false), Some(2));
        assert_eq!(trail.go(1, true), Some(9));
        trail.visit(30);
        assert_eq!(trail.go(1, false), None);
        assert_eq!(trail.go(1, true), Some(9));
    }
}
