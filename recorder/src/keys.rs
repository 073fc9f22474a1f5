//! Values of the keys that expressions give: ints by value, all others by address.

use pyo3::ffi;

use crate::atoms;
use crate::layout::Object;

/// The operators of `BINARY_OP` that are known here, the same from 3.12 to 3.15.
const ADD: u32 = 0;
const AND: u32 = 1;
const FLOOR_DIVIDE: u32 = 2;
const LEFT_SHIFT: u32 = 3;
const MULTIPLY: u32 = 5;
const REMAINDER: u32 = 6;
const OR: u32 = 7;
const RIGHT_SHIFT: u32 = 9;
const SUBTRACT: u32 = 10;
const XOR: u32 = 12;

/// The value of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    Int(i64),
    /// A live object, borrowed.
    Object(Object),
}

impl Value {
    /// # Safety
    /// The object is null or alive, and the GIL is held.
    pub(crate) unsafe fn of(object: Object) -> Option<Value> {
        if object.is_null() {
            return None;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            match ffi::PyLong_CheckExact(object) {
                0 => Some(Value::Object(object)),
                _ => atoms::small_int(object).map(Value::Int),
            }
        }
    }

    /// Does something with an object of this value.
    ///
    /// # Safety
    /// The value is alive, and the GIL is held.
    pub(crate) unsafe fn with<T>(self, act: impl FnOnce(Object) -> Option<T>) -> Option<T> {
        match self {
            Value::Object(object) => act(object),
            // SAFETY: as promised by the caller; the new int is dropped when it has been used.
            Value::Int(value) => unsafe {
                let object = ffi::PyLong_FromLongLong(value);
                if object.is_null() {
                    ffi::PyErr_Clear();
                    return None;
                }
                let found = act(object);
                ffi::Py_DECREF(object);
                found
            },
        }
    }
}

/// What an operator makes of two ints, as Python does; none where that is no int of this size.
pub(crate) fn operate(operator: u32, left: i64, right: i64) -> Option<i64> {
    let is_negative = |rest: i64| rest != 0 && (rest < 0) != (right < 0);
    match operator {
        ADD => left.checked_add(right),
        SUBTRACT => left.checked_sub(right),
        MULTIPLY => left.checked_mul(right),
        AND => Some(left & right),
        OR => Some(left | right),
        XOR => Some(left ^ right),
        // The result is rounded down, and the rest has the sign of the divisor.
        FLOOR_DIVIDE => {
            let rest = left.checked_rem(right)?;
            Some(left.checked_div(right)? - i64::from(is_negative(rest)))
        }
        REMAINDER => {
            let rest = left.checked_rem(right)?;
            Some(if is_negative(rest) {
                rest + right
            } else {
                rest
            })
        }
        RIGHT_SHIFT if right >= 0 => Some(left >> right.min(63)),
        LEFT_SHIFT if (0..31).contains(&right) && left.unsigned_abs() < 1 << 31 => {
            Some(left << right)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_are_divided_as_python_does() {
        // Python's own: for each pair, `a // b` and `a % b`.
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, -3, -2, 0),
            (-1, 50, -1, 49),
        ] {
            assert_eq!(operate(FLOOR_DIVIDE, a, b), Some(quotient), "{a} // {b}");
            assert_eq!(operate(REMAINDER, a, b), Some(rest), "{a} % {b}");
        }
        assert_eq!(operate(REMAINDER, 1, 0), None);
        assert_eq!(operate(FLOOR_DIVIDE, i64::MIN, -1), None);
        assert_eq!(operate(MULTIPLY, i64::MAX, 2), None);
        assert_eq!(operate(RIGHT_SHIFT, -5, 1), Some(-3));
        assert_eq!(operate(LEFT_SHIFT, 3, 4), Some(48));
        assert_eq!(operate(LEFT_SHIFT, 1, -1), None);
    }
}
