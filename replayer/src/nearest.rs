//! The name that a misspelt one was probably meant to be.

/// Longer names are not compared.
const LONGEST: usize = 64;
/// Of more names than this, the first are compared.
const MOST: usize = 2000;

/// The name nearest to a misspelt one, if one is near: by letters that are others, missing, too
/// many, or in the wrong order.
#[must_use]
pub fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wrong: Vec<char> = wrong.chars().take(LONGEST + 1).collect();
    let mut best: Option<(usize, &str)> = None;
    for name in names.into_iter().take(MOST) {
        let letters: Vec<char> = name.chars().take(LONGEST + 1).collect();
        if letters == wrong || letters.len().max(wrong.len()) > LONGEST {
            continue;
        }
        // CPython's measure of what is near.
        let most = (letters.len() + wrong.len() + 3) / 6;
        let distance = distance(&wrong, &letters);
        if distance <= most && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// How many letters have to be changed, put in, taken out or exchanged with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut two_back = vec![0; width];
    let mut before: Vec<usize> = (0..width).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, y) in b.iter().enumerate() {
            let is_same = x == y;
            let changed = before[j] + usize::from(!is_same);
            let mut least = changed.min(before[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                least = least.min(two_back[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        two_back = std::mem::replace(&mut before, row);
    }
    before[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_name_is_recognised() {
        let names = ["balance", "owner", "history", "x", "step", "next", "until"];
        for (wrong, right) in [
            ("balanse", Some("balance")),
            ("blaance", Some("balance")),
            ("Balance", Some("balance")),
            ("ownr", Some("owner")),
            ("setp", Some("step")),
            ("untill", Some("until")),
            ("y", None),
            ("total", None),
            ("balance", None),
        ] {
            assert_eq!(nearest(wrong, names), right, "{wrong}");
        }
        assert_eq!(nearest(&"x".repeat(1000), names), None);
        assert_eq!(nearest("", names), None);
    }
}
