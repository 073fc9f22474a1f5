//! Immutable values of the standard library that are kept in C, as `repr` writes them: one table of
//! types and readers. Only memory is read; no code of the program runs.

use std::ffi::CStr;
use std::fmt::Write as _;

use pyo3::ffi;

use crate::atoms;
use crate::classes::{HEAP_TYPE, IMMUTABLE_TYPE};
use crate::layout::{Object, read};
use crate::offsets::{DECIMAL_FLAGS, DECIMAL_NUMBERS, DECIMAL_WORDS, OFFSETS, TIMEZONE_PARTS};

/// Gives the `repr` of an object of exactly one type; nothing if it does not look as expected.
type Reader = unsafe fn(Object) -> Option<String>;

const READERS: &[(&str, Reader)] = &[
    ("datetime.date", date),
    ("datetime.datetime", datetime),
    ("datetime.time", time),
    ("datetime.timedelta", delta),
    ("datetime.timezone", zone),
    ("decimal.Decimal", decimal),
    ("slice", slice),
];
/// Numbers of more digits are not written out.
const MOST_DIGITS: usize = 10_000;

/// What `repr` says of a value of these types.
///
/// # Safety
/// `object` is alive and the GIL is held.
pub(crate) unsafe fn repr(object: Object) -> Option<String> {
    // SAFETY: as promised by the caller. Only C code makes types that are static, or immutable ones
    // on the heap, so no class of the program passes for one of these by its name.
    unsafe {
        let class = ffi::Py_TYPE(object);
        let flags = (*class).tp_flags;
        if flags & HEAP_TYPE != 0 && flags & IMMUTABLE_TYPE == 0 {
            return None;
        }
        let name = CStr::from_ptr((*class).tp_name).to_bytes();
        let (_, reader) = READERS.iter().find(|(known, _)| known.as_bytes() == name)?;
        reader(object)
    }
}

unsafe fn date(object: Object) -> Option<String> {
    // SAFETY: the table calls this with a `date`.
    unsafe {
        let (year, month) = (
            ffi::PyDateTime_GET_YEAR(object),
            ffi::PyDateTime_GET_MONTH(object),
        );
        let day = ffi::PyDateTime_GET_DAY(object);
        Some(format!("datetime.date({year}, {month}, {day})"))
    }
}

unsafe fn datetime(object: Object) -> Option<String> {
    // SAFETY: the table calls this with a `datetime`.
    unsafe {
        let mut text = format!(
            "datetime.datetime({}, {}, {}, {}, {}",
            ffi::PyDateTime_GET_YEAR(object),
            ffi::PyDateTime_GET_MONTH(object),
            ffi::PyDateTime_GET_DAY(object),
            ffi::PyDateTime_DATE_GET_HOUR(object),
            ffi::PyDateTime_DATE_GET_MINUTE(object),
        );
        let second = ffi::PyDateTime_DATE_GET_SECOND(object);
        let micro = ffi::PyDateTime_DATE_GET_MICROSECOND(object);
        let zone = ffi::PyDateTime_DATE_GET_TZINFO(object);
        let fold = ffi::PyDateTime_DATE_GET_FOLD(object);
        seconds(&mut text, second, micro);
        end(&mut text, zone, fold != 0, false)?;
        Some(text)
    }
}

unsafe fn time(object: Object) -> Option<String> {
    // SAFETY: the table calls this with a `time`.
    unsafe {
        let hour = ffi::PyDateTime_TIME_GET_HOUR(object);
        let minute = ffi::PyDateTime_TIME_GET_MINUTE(object);
        let mut text = format!("datetime.time({hour}, {minute}");
        let second = ffi::PyDateTime_TIME_GET_SECOND(object);
        let micro = ffi::PyDateTime_TIME_GET_MICROSECOND(object);
        let zone = ffi::PyDateTime_TIME_GET_TZINFO(object);
        let fold = ffi::PyDateTime_TIME_GET_FOLD(object);
        seconds(&mut text, second, micro);
        end(&mut text, zone, fold != 0, true)?;
        Some(text)
    }
}

/// Seconds and microseconds as far as they say anything.
fn seconds(text: &mut String, second: i32, micro: i32) {
    if micro != 0 {
        let _ = write!(text, ", {second}, {micro}");
    } else if second != 0 {
        let _ = write!(text, ", {second}");
    }
}

/// The zone, if there is one, and the fold, if it is not 0: a `time` tells the zone first, a
/// `datetime` the fold.
unsafe fn end(text: &mut String, zone: Object, is_folded: bool, zone_first: bool) -> Option<()> {
    // SAFETY: the caller passes the zone of a live value.
    let zone = unsafe {
        match zone == ffi::Py_None() {
            true => String::new(),
            false => format!(", tzinfo={}", zone_of(zone)?),
        }
    };
    let fold = if is_folded { ", fold=1" } else { "" };
    let (first, second) = if zone_first {
        (zone.as_str(), fold)
    } else {
        (fold, zone.as_str())
    };
    let _ = write!(text, "{first}{second})");
    Some(())
}

/// What `repr` says of a zone; nothing of one whose class is the program's.
unsafe fn zone_of(zone: Object) -> Option<String> {
    // SAFETY: the caller passes a live object.
    unsafe {
        if let Some(text) = repr(zone) {
            return Some(text);
        }
        let class = ffi::Py_TYPE(zone);
        let name = CStr::from_ptr((*class).tp_name).to_bytes();
        let is_plain = (*class).tp_repr.is_some() && name == b"zoneinfo.ZoneInfo";
        // The type is on the heap and can be changed, as a class of Python can: that one has no such
        // member, so the name is checked to be a member of C's.
        if !is_plain || (*class).tp_basicsize < ZONE_KEY + 8 || !has_member(class, "key") {
            return None;
        }
        let key: Object = read(zone.cast(), ZONE_KEY as usize);
        let key = atoms::to_string(key)?;
        Some(format!(
            "zoneinfo.ZoneInfo(key={})",
            schema::repr_str(key.as_bytes())
        ))
    }
}

/// The key of a `ZoneInfo` follows the head.
const ZONE_KEY: isize = 16;

/// Whether a class has a member of C's at that place.
unsafe fn has_member(class: *mut ffi::PyTypeObject, name: &str) -> bool {
    // SAFETY: the caller passes a live class, which is on the heap and has a dict.
    unsafe {
        crate::classes::find((*class).tp_dict, name).is_some_and(|member| {
            std::ptr::eq(ffi::Py_TYPE(member), &raw const ffi::PyMemberDescr_Type)
                && (*(*member.cast::<ffi::PyMemberDescrObject>()).d_member).offset == ZONE_KEY
        })
    }
}

unsafe fn delta(object: Object) -> Option<String> {
    // SAFETY: the table calls this with a `timedelta`.
    unsafe {
        let parts = [
            ("days", ffi::PyDateTime_DELTA_GET_DAYS(object)),
            ("seconds", ffi::PyDateTime_DELTA_GET_SECONDS(object)),
            (
                "microseconds",
                ffi::PyDateTime_DELTA_GET_MICROSECONDS(object),
            ),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, number)| *number != 0)
            .map(|(name, number)| format!("{name}={number}"))
            .collect();
        let shown = if parts.is_empty() {
            "0".to_owned()
        } else {
            parts.join(", ")
        };
        Some(format!("datetime.timedelta({shown})"))
    }
}

unsafe fn zone(object: Object) -> Option<String> {
    // SAFETY: the table calls this with a `timezone`: an offset and a name follow the head.
    unsafe {
        let [offset, name]: [Object; 2] = read(object.cast(), TIMEZONE_PARTS);
        if offset.is_null() {
            return None;
        }
        let shown = repr(offset)?;
        if !name.is_null() {
            let name = atoms::to_string(name)?;
            let name = schema::repr_str(name.as_bytes());
            return Some(format!("datetime.timezone({shown}, {name})"));
        }
        // There is one without a name and without an offset.
        Some(match shown.as_str() {
            "datetime.timedelta(0)" => "datetime.timezone.utc".to_owned(),
            _ => format!("datetime.timezone({shown})"),
        })
    }
}

unsafe fn slice(object: Object) -> Option<String> {
    // SAFETY: the table calls this with a `slice`: its three parts follow the head.
    unsafe {
        let parts: [Object; 3] = read(object.cast(), OFFSETS.slice_parts);
        let shown: Option<Vec<String>> = parts.iter().map(|part| whole(*part)).collect();
        Some(format!("slice({})", shown?.join(", ")))
    }
}

/// `None` or an int of 64 bits.
unsafe fn whole(object: Object) -> Option<String> {
    // SAFETY: the caller passes a live object.
    unsafe {
        if object == ffi::Py_None() {
            return Some("None".into());
        }
        if ffi::PyLong_CheckExact(object) == 0 {
            return None;
        }
        atoms::small_int(object).map(|number| number.to_string())
    }
}

/// Decimal digits in a word.
const WORD_DIGITS: usize = 19;

/// `PyDecObject` and `mpd_t` of `_decimal.c` and `mpdecimal.h`: the numbers are the exponent, how many
/// digits, how many words are used, and how many there are.
unsafe fn decimal(object: Object) -> Option<String> {
    // SAFETY: the table calls this with a `Decimal`, whose numbers are compared before its words are
    // read.
    unsafe {
        let flags: u8 = read(object.cast(), DECIMAL_FLAGS);
        let [exponent, digits, used, there]: [isize; 4] = read(object.cast(), DECIMAL_NUMBERS);
        let words: *const u64 = read(object.cast(), DECIMAL_WORDS);
        let sign = if flags & 1 != 0 { "-" } else { "" };
        if flags & 2 != 0 {
            return Some(format!("Decimal('{sign}Infinity')"));
        }
        let (digits, used) = (usize::try_from(digits).ok()?, usize::try_from(used).ok()?);
        let is_sound = digits <= MOST_DIGITS
            && used == digits.div_ceil(WORD_DIGITS)
            && used as isize <= there
            && !words.is_null();
        if !is_sound {
            return None;
        }
        let mut shown = String::new();
        for word in std::slice::from_raw_parts(words, used).iter().rev() {
            let _ = write!(shown, "{word:019}");
        }
        let shown = shown.get(shown.len() - digits..)?;
        if flags & 12 != 0 {
            let kind = if flags & 8 != 0 { "sNaN" } else { "NaN" };
            return Some(format!("Decimal('{sign}{kind}{shown}')"));
        }
        Some(format!(
            "Decimal('{sign}{}')",
            scientific(shown, exponent as i64)?
        ))
    }
}

/// Digits and an exponent as `to-scientific-string` of the decimal specification writes them.
fn scientific(digits: &str, exponent: i64) -> Option<String> {
    let count = i64::try_from(digits.len()).ok()?;
    let adjusted = exponent.checked_add(count - 1)?;
    if exponent <= 0 && adjusted >= -6 {
        let point = count + exponent;
        return Some(match usize::try_from(point) {
            _ if exponent == 0 => digits.to_owned(),
            Ok(point) if point > 0 => {
                format!("{}.{}", digits.get(..point)?, digits.get(point..)?)
            }
            _ => {
                let zeros = "0".repeat(usize::try_from(-point).ok()?);
                format!("0.{zeros}{digits}")
            }
        });
    }
    let (first, rest) = digits.split_at_checked(1)?;
    let point = if rest.is_empty() { "" } else { "." };
    Some(format!("{first}{point}{rest}E{adjusted:+}"))
}

#[cfg(test)]
mod tests {
    use super::scientific;

    #[test]
    fn decimals_as_the_specification_writes_them() {
        for (digits, exponent, text) in [
            ("123", 0, "123"),
            ("123", 1, "1.23E+3"),
            ("123", -2, "1.23"),
            ("123", -8, "0.00000123"),
            ("123", -9, "1.23E-7"),
            ("0", -2, "0.00"),
            ("0", 3, "0E+3"),
            ("5", -1, "0.5"),
        ] {
            assert_eq!(scientific(digits, exponent).as_deref(), Some(text));
        }
    }
}
