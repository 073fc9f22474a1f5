//! What gets longer: texts by appending, containers by what is put in.

use crate::value::Value;

/// How long a text may get by appending, in bytes: each time, all of it is copied.
pub const MOST_APPENDED: usize = 1 << 18;

/// A container has so many more items, or fewer.
pub(super) fn grow(length: &mut Option<u64>, before: u64, now: u64) {
    if let Some(length) = length {
        *length = (*length + now).saturating_sub(before);
    }
}

/// A `str` with this appended, of which `text` is recorded.
pub(super) fn longer(old: &Value, text: &[u8], characters: u64) -> Option<Value> {
    let joined =
        |old: &[u8]| (old.len() + text.len() <= MOST_APPENDED).then(|| [old, text].concat());
    Some(match old {
        Value::Str(old) => Value::Str(joined(old)?.into()),
        Value::StrCut(cut) if text.is_empty() => {
            let length = cut.1.saturating_add(characters);
            Value::StrCut((cut.0.clone(), length).into())
        }
        _ => return None,
    })
}
