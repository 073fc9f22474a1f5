//! Between integers of any size and floats, rounded as CPython rounds.

use num_bigint::{BigInt, BigUint, Sign};

/// `magnitude * 2**exponent` as the nearest float, ties to even; `inexact` says that the true value
/// is a little above. `None` if it is too large.
pub(super) fn scaled(magnitude: &BigUint, exponent: i64, inexact: bool) -> Option<f64> {
    let bits = i64::try_from(magnitude.bits()).ok()?;
    if bits == 0 {
        return Some(0.0);
    }
    let top = bits + exponent;
    if top > 1024 {
        return None;
    }
    // Below 2**-1021 floats have fewer bits than 53, down to none.
    let precision = (top + 1074).min(53);
    if precision < 0 {
        return Some(0.0);
    }
    let dropped = bits - precision;
    let mut mantissa = if dropped <= 0 {
        magnitude << dropped.unsigned_abs()
    } else {
        magnitude >> dropped.unsigned_abs()
    };
    if dropped > 0 {
        let half = dropped.unsigned_abs() - 1;
        let below = inexact || magnitude.trailing_zeros().is_some_and(|zeros| zeros < half);
        if magnitude.bit(half) && (below || mantissa.bit(0)) {
            mantissa += 1_u32;
        }
    }
    let mantissa = mantissa.iter_u64_digits().next().unwrap_or(0);
    // At most 2**53, so the conversion and the product with a power of two are exact.
    let result = mantissa as f64 * power_of_two(exponent + dropped);
    result.is_finite().then_some(result)
}

/// `2.0**exponent` for exponents of floats.
fn power_of_two(exponent: i64) -> f64 {
    match exponent {
        ..-1074 => 0.0,
        -1074..-1022 => f64::from_bits(1 << (exponent + 1074)),
        -1022..=1023 => f64::from_bits(((exponent + 1023).unsigned_abs()) << 52),
        _ => f64::INFINITY,
    }
}

/// The nearest float, ties to even; `None` if the number is too large.
pub(super) fn to_float(number: &BigInt) -> Option<f64> {
    let magnitude = scaled(number.magnitude(), 0, false)?;
    Some(if number.sign() == Sign::Minus {
        -magnitude
    } else {
        magnitude
    })
}

/// The integer part of a float, exactly; `None` if it is not finite.
pub(super) fn truncated(number: f64) -> Option<BigInt> {
    if !number.is_finite() {
        return None;
    }
    let number = number.trunc();
    let bits = number.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1075;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == -1075 {
        return Some(BigInt::ZERO);
    }
    let mantissa = BigInt::from(fraction | 1 << 52);
    let magnitude = if exponent >= 0 {
        mantissa << exponent.unsigned_abs()
    } else {
        mantissa >> exponent.unsigned_abs()
    };
    Some(if number < 0.0 { -magnitude } else { magnitude })
}

/// `left / right` of integers as the nearest float; `None` if it is too large. The divisor is not 0.
pub(super) fn ratio(left: &BigInt, right: &BigInt) -> Option<f64> {
    let (over, under) = (left.magnitude(), right.magnitude());
    let (over_bits, under_bits) = (
        i64::try_from(over.bits()).ok()?,
        i64::try_from(under.bits()).ok()?,
    );
    // So many bits of quotient that the rest only says whether the quotient is exact.
    let shift = under_bits - over_bits + 66;
    let (over, under) = if shift >= 0 {
        (over << shift.unsigned_abs(), under.clone())
    } else {
        (over.clone(), under << shift.unsigned_abs())
    };
    let quotient = &over / &under;
    let inexact = &quotient * &under != over;
    let magnitude = scaled(&quotient, -shift, inexact)?;
    Some(
        if (left.sign() == Sign::Minus) == (right.sign() == Sign::Minus) {
            magnitude
        } else {
            -magnitude
        },
    )
}
