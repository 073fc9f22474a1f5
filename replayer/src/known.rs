//! Values of the standard library that a person knows by their `repr`: one table of classes.
//!
//! What is kept in C, the recorder writes as a text, which is what `repr` says; what is written in
//! Python is put together here from its attributes.

use num_bigint::BigInt;
use schema::{Facts, Maker, Object, Type, TypeKind, Value};

/// Classes whose recorded text is their `repr`, and how it begins.
const TEXTS: &[(&str, &str)] = &[
    ("datetime.date", "datetime.date("),
    ("datetime.datetime", "datetime.datetime("),
    ("datetime.time", "datetime.time("),
    ("datetime.timedelta", "datetime.timedelta("),
    ("datetime.timezone", "datetime.timezone"),
    ("decimal.Decimal", "Decimal("),
    ("slice", "slice("),
];

/// The `repr` of an object of one of these classes.
pub(crate) fn repr(facts: &Facts, object: &Object, class: &Type) -> Option<String> {
    let name = class.name.as_str();
    let maker = class.body.as_ref()?.maker;
    if class.kind == TypeKind::Opaque && maker != Maker::Python {
        let text = object.text.as_deref()?;
        let is_it = |(known, begin): &&(&str, &str)| *known == name && text.starts_with(begin);
        return TEXTS.iter().find(is_it).map(|_| text.to_owned());
    }
    let field = |wanted: &str| {
        let mut fields = object.fields.iter().flatten();
        let found = fields.find(|(field, _)| facts.name(*field).is_ok_and(|name| name == wanted));
        found.map(|(_, value)| value)
    };
    match name {
        "fractions.Fraction" => {
            let (over, under) = (field("_numerator")?.repr()?, field("_denominator")?.repr()?);
            Some(format!("Fraction({over}, {under})"))
        }
        "uuid.UUID" => {
            let number = match field("int")? {
                Value::Int(number) => BigInt::from(*number),
                Value::BigInt(number) => BigInt::from_bytes_le(num_bigint::Sign::Plus, &number.1),
                _ => return None,
            };
            let digits = format!("{:0>32}", number.to_str_radix(16));
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range));
            let parts: Option<Vec<&str>> = parts.into_iter().collect();
            Some(format!("UUID('{}')", parts?.join("-")))
        }
        _ if is_plain_member(facts, class) => {
            let Value::Str(member) = field("_name_")? else {
                return None;
            };
            let member = String::from_utf8_lossy(member);
            let value = field("_value_")?.repr()?;
            let called = class.body.as_ref().map_or("", |body| &body.called);
            Some(format!("<{called}.{member}: {value}>"))
        }
        _ => None,
    }
}

/// Whether an object is a member of an enumeration that is shown as `enum` does it.
fn is_plain_member(facts: &Facts, class: &Type) -> bool {
    let line = class.body.iter().flat_map(|body| &body.line);
    let mut classes = line.map(|id| facts.class(*id).ok());
    let definer = classes.find_map(|class| {
        let Some(class) = class else {
            return Some(None);
        };
        let is_it = class
            .body
            .as_ref()
            .is_some_and(|body| body.bound("__repr__").is_some());
        is_it.then_some(Some(class))
    });
    definer
        .flatten()
        .is_some_and(|definer| matches!(definer.name.as_str(), "enum.Enum" | "enum.IntEnum"))
}

/// An attribute of a value whose `repr` tells it.
pub(crate) fn attribute(text: &str, name: &str) -> Option<Value> {
    let (class, rest) = text.split_once('(')?;
    let inside = rest.strip_suffix(')')?;
    let (before, zone) = match inside.split_once("tzinfo=") {
        Some((before, _)) => (before.trim_end_matches(", "), true),
        None => (inside, false),
    };
    let parts: Vec<&str> = before.split(", ").filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.parse().ok().map(Value::Int);
    let named = |name: &str| {
        let found = parts
            .iter()
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.map_or(Some(Value::Int(0)), number)
    };
    let names: &[&str] = match class {
        "datetime.date" => &["year", "month", "day"],
        "datetime.datetime" => &[
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "microsecond",
        ],
        "datetime.time" => &["hour", "minute", "second", "microsecond"],
        "slice" => {
            let at = ["start", "stop", "step"]
                .iter()
                .position(|known| *known == name)?;
            let part = parts.get(at)?;
            return if *part == "None" {
                Some(Value::None)
            } else {
                number(part)
            };
        }
        "datetime.timedelta" if ["days", "seconds", "microseconds"].contains(&name) => {
            return named(name);
        }
        _ => return None,
    };
    if let Some(at) = names.iter().position(|known| *known == name) {
        let part = parts.get(at).filter(|part| !part.contains('='));
        return part.map_or(Some(Value::Int(0)), |part| number(part));
    }
    match name {
        // A `time` tells the zone first.
        "fold" if class != "datetime.date" && inside.ends_with(", fold=1") => Some(Value::Int(1)),
        "fold" if class != "datetime.date" => named("fold"),
        "tzinfo" if class != "datetime.date" && !zone => Some(Value::None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use schema::Value;

    use super::attribute;

    #[test]
    fn attributes_that_a_text_tells() {
        let when = "datetime.datetime(2024, 3, 31, 2, 30, fold=1, tzinfo=datetime.timezone.utc)";
        for (text, name, value) in [
            (when, "year", Some(Value::Int(2024))),
            (when, "minute", Some(Value::Int(30))),
            (when, "second", Some(Value::Int(0))),
            (when, "fold", Some(Value::Int(1))),
            (when, "tzinfo", None),
            (when, "weekday", None),
            ("datetime.time(23, 59)", "tzinfo", Some(Value::None)),
            (
                "datetime.timedelta(days=-1, seconds=5)",
                "days",
                Some(Value::Int(-1)),
            ),
            ("datetime.timedelta(0)", "seconds", Some(Value::Int(0))),
            ("slice(1, None, -2)", "stop", Some(Value::None)),
            ("slice(1, None, -2)", "step", Some(Value::Int(-2))),
        ] {
            assert_eq!(attribute(text, name), value, "{text} {name}");
        }
    }
}
