//! What the recorder assumes of opcodes, held against the interpreter's own words for them: one that
//! is renamed or encoded otherwise fails a test, and no user.

use std::collections::BTreeSet;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::acts::{ACTS, Act, NAMES, intrinsic};
use super::{IN_PLACE, SUBSCRIPT};
use crate::keys;

/// Left out of the table on purpose: the first can do anything, the others are no program's.
const UNKNOWN: [&str; 6] = [
    "CHECK_EG_MATCH",
    "BUILD_INTERPOLATION",
    "BUILD_TEMPLATE",
    "ENTER_EXECUTOR",
    "RESERVED",
    "TRACE_RECORD",
];

const PROGRAM: &std::ffi::CStr = c"
import dis, opcode
names = [name for name, number in opcode.opmap.items() if number < 256 and not name.startswith('INSTRUMENTED')]
operators = list(opcode._nb_ops)
results = [None if '=' in sign or sign in '@[]' else int(eval(f'-7 {sign} 2')) if sign != '/' else None for _, sign in operators]
intrinsics = list(opcode._intrinsic_1_descs)

def unpacked(source, name):
    'For each such instruction of a function: its argument, and the place among names of what it names.'
    space = {}
    exec(source, space)
    code = space['f'].__code__
    found = []
    for one in dis.get_instructions(code):
        if one.opname == name:
            named = one.argval[0] if isinstance(one.argval, tuple) else one.argval
            names = code.co_varnames if isinstance(one.argval, tuple) else code.co_names
            found.append((one.arg, names.index(named) if named in names else -1))
    return found

attributes = unpacked('def f(o): o.z; o.a; o.b()', 'LOAD_ATTR')
globals_ = unpacked('def f(): z; a; b()', 'LOAD_GLOBAL')
supers = unpacked('class C:\\n def g(self): super().z; super().a(); return super().b\\nf = C.g', 'LOAD_SUPER_ATTR')
pairs = unpacked('def f(a, b, c, d): return c + d', 'LOAD_FAST_LOAD_FAST') or unpacked('def f(a, b, c, d): return c + d', 'LOAD_FAST_BORROW_LOAD_FAST_BORROW')
";

fn with_metadata(look: impl FnOnce(Python<'_>, &Bound<'_, PyDict>) -> PyResult<()>) {
    Python::initialize();
    Python::attach(|py| {
        let told = PyDict::new(py);
        py.run(PROGRAM, Some(&told), None)
            .and_then(|()| look(py, &told))
            .expect("the interpreter says it");
    });
}

fn listed<T: for<'a, 'py> FromPyObject<'a, 'py, Error = PyErr>>(
    told: &Bound<'_, PyDict>,
    name: &str,
) -> PyResult<Vec<T>> {
    told.get_item(name)?
        .expect("a name of the program")
        .extract()
}

#[test]
fn every_opcode_is_known_by_its_name() {
    with_metadata(|_, told| {
        let names: Vec<String> = listed(told, "names")?;
        let known: BTreeSet<&str> = NAMES
            .iter()
            .flat_map(|(_, names)| names.split(' '))
            .collect();
        let is_known = |name: &str| known.contains(name) || UNKNOWN.contains(&name);
        let missing: Vec<_> = names.iter().filter(|name| !is_known(name)).collect();
        assert!(missing.is_empty(), "what do they do? {missing:?}");
        assert_eq!(ACTS[0], Act::Nothing, "caches");
        Ok(())
    });
}

#[test]
fn operators_have_their_numbers() {
    with_metadata(|_, told| {
        let operators: Vec<(String, String)> = listed(told, "operators")?;
        let results: Vec<Option<i64>> = listed(told, "results")?;
        for (number, (name, _)) in (0..).zip(&operators) {
            assert_eq!(
                IN_PLACE.contains(&number),
                name.starts_with("NB_INPLACE"),
                "{name}"
            );
            assert_eq!(number == SUBSCRIPT, name == "NB_SUBSCR", "{name}");
        }
        let mut count = 0;
        for (number, result) in (0..).zip(results) {
            if let (Some(ours), Some(theirs)) = (keys::operate(number, -7, 2), result) {
                assert_eq!(ours, theirs, "{:?}", operators[number as usize]);
                count += 1;
            }
        }
        assert!(count >= 9, "{count} operators");
        Ok(())
    });
}

#[test]
fn intrinsics_have_their_numbers() {
    with_metadata(|_, told| {
        let names: Vec<String> = listed(told, "intrinsics")?;
        for (number, name) in (0..).zip(names) {
            let expected = match name.trim_start_matches("INTRINSIC_") {
                "STOPITERATION_ERROR" | "ASYNC_GEN_WRAP" | "LIST_TO_TUPLE" => Act::Make,
                "UNARY_POSITIVE" => Act::Operate,
                _ => Act::Opaque,
            };
            assert_eq!(intrinsic(number), expected, "{name}");
        }
        Ok(())
    });
}

#[test]
fn arguments_are_packed_as_assumed() {
    with_metadata(|_, told| {
        let of = |name| listed::<(i64, i64)>(told, name);
        let is_method: Vec<_> = of("attributes")?
            .iter()
            .map(|(argument, _)| argument & 1)
            .collect();
        assert_eq!(is_method, [0, 0, 1]);
        for (name, shift) in [("attributes", 1), ("globals_", 1), ("supers", 2)] {
            let found = of(name)?;
            assert_eq!(found.len(), 3, "{name}");
            for (argument, index) in found {
                assert_eq!(argument >> shift, index, "{name}");
            }
        }
        // 3.12 loads one variable at a time.
        for (argument, first) in of("pairs")? {
            assert_eq!((argument >> 4, argument & 15), (first, first + 1));
        }
        assert_eq!(of("pairs")?.is_empty(), cfg!(not(Py_3_13)));
        Ok(())
    });
}
