//! Recorded values as Python's: atoms as they are, everything else as a view that is looked into.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyComplex, PyDict, PyList, PyTuple};
use replayer::Datum;
use schema::{Object, Type, Value};

/// What Python makes of what cannot be one of its own values.
pub(crate) struct Views {
    pub(crate) object: Py<PyAny>,
    pub(crate) cut: Py<PyAny>,
    pub(crate) unknown: Py<PyAny>,
}

/// An error in one line.
pub(crate) fn failed(error: replayer::Error) -> PyErr {
    let text = schema::escape_control(&error.to_string());
    PyValueError::new_err(text.replace('\n', " "))
}

/// A text that may hold lone surrogates.
fn text<'py>(py: Python<'py>, wtf8: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a buffer and its length; the result is a new reference or an error.
    unsafe {
        let errors = c"surrogatepass".as_ptr();
        let start = wtf8.as_ptr().cast();
        let object = ffi::PyUnicode_DecodeUTF8(start, wtf8.len() as ffi::Py_ssize_t, errors);
        Bound::from_owned_ptr_or_err(py, object)
    }
}

impl Views {
    /// A value as it was at a position.
    pub(crate) fn value<'py>(
        &self,
        py: Python<'py>,
        value: &Value,
        pos: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        match value {
            Value::None => Ok(py.None().into_bound(py)),
            Value::Bool(truth) => truth.into_bound_py_any(py),
            Value::Ellipsis => Ok(py.Ellipsis().into_bound(py)),
            Value::NotImplemented => Ok(py.NotImplemented().into_bound(py)),
            Value::Int(number) => number.into_bound_py_any(py),
            Value::BigInt(int) => {
                let (is_negative, magnitude) = &**int;
                let int = py.get_type::<pyo3::types::PyInt>();
                let bytes = PyBytes::new(py, magnitude);
                let number = int.call_method1("from_bytes", (bytes, "little"))?;
                if *is_negative {
                    return number.neg();
                }
                Ok(number)
            }
            Value::Float(number) => number.into_bound_py_any(py),
            Value::Complex(parts) => Ok(PyComplex::from_doubles(py, parts.0, parts.1).into_any()),
            Value::Str(bytes) => text(py, bytes),
            Value::StrCut(cut) => {
                let begin = text(py, &cut.0)?;
                self.cut.bind(py).call1((begin, cut.1))
            }
            Value::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
            Value::BytesCut(cut) => {
                let begin = PyBytes::new(py, &cut.0);
                self.cut.bind(py).call1((begin, cut.1))
            }
            Value::Range(parts) => {
                let parts: Vec<_> = parts
                    .iter()
                    .map(|part| self.value(py, part, pos))
                    .collect::<PyResult<_>>()?;
                let range = py.import("builtins")?.getattr("range")?;
                range.call1(PyTuple::new(py, parts)?)
            }
            Value::Object(id) => self.object.bind(py).call1((pos, id.0)),
            Value::Unknown(reason) => self.unknown.bind(py).call1((reason.text(),)),
            Value::Redacted => self.unknown.bind(py).call1(("held back on purpose",)),
        }
    }

    fn values<'py>(
        &self,
        py: Python<'py>,
        values: &[Value],
        pos: u64,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let values = values.iter();
        values.map(|value| self.value(py, value, pos)).collect()
    }

    /// What an expression gives; containers that it computed are Python's own.
    pub(crate) fn datum<'py>(
        &self,
        py: Python<'py>,
        datum: &Datum,
        pos: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let all = |items: &[Datum]| -> PyResult<Vec<_>> {
            items.iter().map(|item| self.datum(py, item, pos)).collect()
        };
        match datum {
            Datum::Value(value) => self.value(py, value, pos),
            Datum::Tuple(items) => Ok(PyTuple::new(py, all(items)?)?.into_any()),
            Datum::List(items) => Ok(PyList::new(py, all(items)?)?.into_any()),
            Datum::Dict(pairs) => {
                let dict = PyDict::new(py);
                for (key, value) in pairs {
                    dict.set_item(self.datum(py, key, pos)?, self.datum(py, value, pos)?)?;
                }
                Ok(dict.into_any())
            }
            Datum::Set(items) => Ok(pyo3::types::PySet::new(py, all(items)?)?.into_any()),
            Datum::FrozenSet(items) => {
                Ok(pyo3::types::PyFrozenSet::new(py, all(items)?)?.into_any())
            }
            Datum::Class(class) => {
                let text = format!("the class {}", class.name);
                self.unknown.bind(py).call1((text,))
            }
            Datum::Instance(class, _) => {
                let text = format!("a {} that was made to answer this", class.name);
                self.unknown.bind(py).call1((text,))
            }
        }
    }

    /// What is known of an object at a position, part by part; `names` are those of its fields.
    pub(crate) fn object<'py>(
        &self,
        py: Python<'py>,
        object: &Object,
        class: &Type,
        names: Vec<String>,
        pos: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let parts = PyDict::new(py);
        parts.set_item("type", &class.name)?;
        parts.set_item("kind", format!("{:?}", class.kind).to_lowercase())?;
        parts.set_item("length", object.length)?;
        parts.set_item("truncated", object.cut)?;
        parts.set_item("unknown", object.unknown.map(schema::Reason::text))?;
        parts.set_item("text", object.text.as_deref())?;
        if let Some(items) = &object.items {
            parts.set_item("items", self.values(py, items, pos)?)?;
        }
        if let Some(pairs) = &object.pairs {
            let pair = |(key, value): &(Value, Value)| {
                Ok((self.value(py, key, pos)?, self.value(py, value, pos)?))
            };
            let pairs: PyResult<Vec<_>> = pairs.iter().map(pair).collect();
            parts.set_item("pairs", pairs?)?;
        }
        let fields = PyDict::new(py);
        for (name, (_, value)) in names.into_iter().zip(object.fields.iter().flatten()) {
            fields.set_item(name, self.value(py, value, pos)?)?;
        }
        parts.set_item("fields", fields)?;
        if let Some(base) = &object.base {
            parts.set_item("base", self.value(py, base, pos)?)?;
        }
        Ok(parts.into_any())
    }
}
