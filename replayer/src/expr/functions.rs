//! Calls of builtin functions.

use ruff_python_ast::{CmpOp, Expr, ExprCall, Operator};
use schema::Value;

use super::Datum;
use super::arguments::Arguments;
use super::classes;
use super::eval::{Eval, python, refused};
use super::iterate::transposed;
use super::shape::View;
use super::text;
use crate::error::Result;

/// Builtin functions that are known here, apart from classes.
const FUNCTIONS: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "callable",
    "chr",
    "dir",
    "divmod",
    "format",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "hex",
    "id",
    "isinstance",
    "issubclass",
    "len",
    "locals",
    "max",
    "min",
    "oct",
    "ord",
    "repr",
    "round",
    "sorted",
    "sum",
    "vars",
];

/// Functions that walk through all of their argument, so that a generator may stand there.
const WALKS: &[&str] = &[
    "sum",
    "min",
    "max",
    "sorted",
    "list",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "enumerate",
    "zip",
    "map",
    "filter",
    "join",
    "union",
];

impl Eval<'_> {
    /// A call of a builtin function, of a builtin class, or of a method that only reads.
    pub(super) fn call(&self, node: &ExprCall, depth: usize) -> Result<Datum> {
        match &*node.func {
            Expr::Name(name) => {
                let Some(name) = self.builtin_name(&name.id)? else {
                    return self.call_name(node, &name.id, depth);
                };
                if let ("any" | "all", [Expr::Generator(generator)]) =
                    (name.as_str(), &*node.arguments.args)
                    && node.arguments.keywords.is_empty()
                {
                    let (element, loops) = (&generator.elt, &generator.generators);
                    return Ok(self.decided(element, loops, name == "any", depth)?.into());
                }
                if let ("map" | "filter", [function, Expr::Starred(_), ..] | [function, ..]) =
                    (name.as_str(), &*node.arguments.args)
                {
                    let watch = self.lazy_watch(&name);
                    let found = self.mapped(node, &name, function, depth)?;
                    return self.lazily(&name, found, watch);
                }
                if self.running.is_some() && classes::is_exception(&name) {
                    let callee = Datum::Class(classes::described(&name));
                    let given = self.given(node, depth)?;
                    return self.call_datum(&callee, given);
                }
                let walks = WALKS.contains(&name.as_str());
                let watch = self.lazy_watch(&name);
                let arguments = self.arguments(node, &name, walks, depth)?;
                let found = self
                    .builtin(node.func.as_ref(), arguments, depth)
                    .map_err(|error| self.or_whole(error, node))?;
                self.lazily(&name, found, watch)
            }
            Expr::Attribute(attribute) => {
                let object = self.operand(&attribute.value, depth)?;
                let name = self.private(&attribute.attr);
                if let Some(datum) = self.call_member(node, &object, &name, depth)? {
                    return Ok(datum);
                }
                let name = name.as_str();
                let walks = WALKS.contains(&name);
                let arguments = self.arguments(node, name, walks, depth)?;
                let found = self.method(node, &object, arguments)?;
                self.lazily_viewed(&object, name, found)
            }
            function if self.running.is_some() => {
                let callee = self.operand(function, depth)?;
                let given = self.given(node, depth)?;
                self.call_datum(&callee, given)
            }
            _ => Err(self.would_run(node)),
        }
    }

    /// The error, unless it is about the name that is called: then about the whole call.
    fn or_whole(&self, error: crate::error::Error, node: &ExprCall) -> crate::error::Error {
        if error.to_string() == self.would_run(node.func.as_ref()).to_string() {
            return self.would_run(node);
        }
        error
    }

    /// The builtin function or class that a name means here, if it means one.
    pub(super) fn builtin_name(&self, name: &str) -> Result<Option<String>> {
        if self.own_name(name).is_some() {
            return Ok(None);
        }
        let found = match &self.running {
            Some(running) => self.running_name(running, name)?,
            None => self.scope.lookup(name)?.map(Datum::Value),
        };
        let Some(datum) = found else {
            if self.running.is_none() && self.scope.is_own(name)?.is_some() {
                return Ok(None);
            }
            let is_known = FUNCTIONS.contains(&name) || classes::builtin(name).is_some();
            return Ok(is_known.then(|| name.to_owned()));
        };
        if let Datum::Class(class) = &datum {
            let is_builtin =
                class.id == schema::TypeId(0) && classes::builtin(&class.name).is_some();
            return Ok(is_builtin.then(|| class.name.clone()));
        }
        let View::Opaque(_, described) = self.view(&datum)? else {
            return Ok(None);
        };
        if let Some(class) = self.named_class(&datum)? {
            let is_builtin = classes::builtin(&class).is_some() && !self.is_redefined(&class);
            return Ok(is_builtin.then_some(class));
        }
        let function = described
            .strip_prefix("<built-in function ")
            .and_then(|rest| rest.strip_suffix('>'));
        // Methods of arrays and the like are described alike, and have such names.
        let is_common = |name: &str| {
            matches!(
                name,
                "all" | "any" | "format" | "max" | "min" | "round" | "sum"
            )
        };
        Ok(function
            .filter(|name| FUNCTIONS.contains(name) && !is_common(name))
            .map(str::to_owned))
    }

    /// `map()` and `filter()`, as lists.
    fn mapped(&self, node: &ExprCall, name: &str, function: &Expr, depth: usize) -> Result<Datum> {
        let [_, rest @ ..] = &*node.arguments.args else {
            return Err(self.would_run(node));
        };
        let mut lists = Vec::new();
        for iterable in rest {
            let items = match iterable {
                Expr::Generator(part) => self.comprehended(&part.elt, &part.generators, depth)?,
                iterable => self.operand(iterable, depth)?,
            };
            lists.push(self.iterate_in_order(&items)?);
        }
        let is_usual = node.arguments.keywords.is_empty() && !lists.is_empty();
        if !is_usual || (name == "filter" && lists.len() != 1) {
            return Err(refused(format!(
                "{name}() is given other arguments than a function and iterables"
            )));
        }
        let mut out = Vec::new();
        for items in transposed(lists) {
            if name == "map" {
                out.push(self.apply(function, items, depth)?);
                continue;
            }
            let Some(item) = items.first().cloned() else {
                continue;
            };
            let verdict = match function {
                function if self.is_none(function, depth) => item.clone(),
                Expr::NoneLiteral(_) => item.clone(),
                function => self.apply(function, items, depth)?,
            };
            if self.truth(&verdict)? {
                out.push(item);
            }
        }
        Ok(Datum::List(out))
    }

    /// A builtin function or class, called; the node is for messages.
    pub(super) fn builtin(
        &self,
        node: &Expr,
        mut arguments: Arguments<'_>,
        depth: usize,
    ) -> Result<Datum> {
        match arguments.name {
            "abs" => self.absolute(arguments.one()?),
            "all" | "any" => {
                let is_any = arguments.name == "any";
                for item in self.iterate_in_order(arguments.one()?)? {
                    if self.truth(&item)? == is_any {
                        return Ok(is_any.into());
                    }
                }
                Ok((!is_any).into())
            }
            "repr" => Ok(Value::text(&self.repr_of(arguments.one()?)?).into()),
            "ascii" => Ok(Value::text(&self.ascii_of(arguments.one()?)?).into()),
            "bin" | "hex" | "oct" => self.in_radix(arguments.name, arguments.one()?),
            "chr" => {
                let number = self.whole_number(arguments.one()?)?;
                if i32::try_from(&number).is_err() && !self.is_since(13) {
                    return Err(python(
                        "OverflowError: Python int too large to convert to C int",
                    ));
                }
                let point = u32::try_from(&number).ok().and_then(text::encoded);
                let text =
                    point.ok_or_else(|| python("ValueError: chr() arg not in range(0x110000)"))?;
                Ok(Value::Str(text.into()).into())
            }
            "ord" => self.ordinal(arguments.one()?),
            "divmod" => {
                let (left, right) = arguments.two()?;
                self.asks_both(
                    "divmod() of",
                    (left, &["__divmod__"]),
                    (right, &["__rdivmod__"]),
                )?;
                self.check_divmod(left, right)?;
                let quotient = self.binary(Operator::FloorDiv, left, right)?;
                let rest = self.binary(Operator::Mod, left, right)?;
                Ok(Datum::Tuple(vec![quotient, rest]))
            }
            "format" => {
                arguments.check(1, 2)?;
                let value = arguments
                    .one()
                    .or_else(|_| arguments.two().map(|two| two.0))?;
                let spec = match arguments.get(1) {
                    Some(spec) => self.text_of(spec, "format() argument 2")?,
                    None => Vec::new(),
                };
                Ok(Value::Str(self.format(value, &spec)?.into()).into())
            }
            "getattr" | "hasattr" => self.attribute_call(&arguments),
            "hash" => self.hash_call(arguments.one()?),
            "id" => Err(refused(
                "addresses are not recorded; `#` numbers tell objects apart",
            )),
            "isinstance" => {
                let (value, classes) = arguments.two()?;
                Ok(self.is_instance(value, classes, 0)?.into())
            }
            "issubclass" => {
                let (class, classes) = arguments.two()?;
                Ok(self.is_subclass(class, classes)?.into())
            }
            "len" => self.length(arguments.one()?),
            "max" | "min" => self.extreme(arguments, depth),
            "round" => {
                let digits = arguments.second("ndigits")?;
                self.round(arguments.one()?, digits.as_ref())
            }
            "sorted" => {
                let is_reverse = match arguments.keyword("reverse") {
                    Some(datum) => self.truth(&datum)?,
                    None => false,
                };
                let key = arguments.key.take();
                let items = self.iterate_for_order(arguments.one()?)?;
                Ok(Datum::List(self.sort_by(items, key, is_reverse, depth)?))
            }
            "sum" => {
                let start = arguments.second("start")?;
                self.sum(arguments.one()?, start)
            }
            "callable" | "dir" | "globals" | "locals" | "vars" => self.namespace_call(&arguments),
            name if classes::builtin(name).is_some() => self.construct(node, arguments),
            _ => Err(self.would_run(node)),
        }
    }

    /// The items of what is sorted. Members of a set that is computed have no order that would show
    /// among equal ones, unless a key makes different ones equal.
    fn iterate_for_order(&self, datum: &Datum) -> Result<Vec<Datum>> {
        let items = self.iterate(datum)?;
        let is_unordered = match datum {
            Datum::Value(Value::Object(id)) => self.heap.is_unordered(*id),
            datum => matches!(datum, Datum::Set(_) | Datum::FrozenSet(_)),
        };
        if is_unordered {
            let is_number = |item: &Datum| matches!(item, Datum::Value(Value::Int(_)));
            let is_text = |item: &Datum| matches!(item, Datum::Value(Value::Str(_)));
            if !items.iter().all(is_number) && !items.iter().all(is_text) {
                return self.iterate_in_order(datum);
            }
        }
        Ok(items)
    }

    fn sort_by(
        &self,
        items: Vec<Datum>,
        key: Option<&Expr>,
        is_reverse: bool,
        depth: usize,
    ) -> Result<Vec<Datum>> {
        match key {
            None | Some(Expr::NoneLiteral(_)) => {
                let pairs = items.into_iter().map(|item| (item, None)).collect();
                self.sort(pairs, is_reverse)
            }
            Some(key) => {
                let mut pairs = Vec::with_capacity(items.len());
                for item in items {
                    pairs.push((self.apply(key, vec![item.clone()], depth)?, Some(item)));
                }
                self.sort(pairs, is_reverse)
            }
        }
    }

    /// `min()` and `max()`: the first of the least or greatest.
    fn extreme(&self, mut arguments: Arguments<'_>, depth: usize) -> Result<Datum> {
        let op = if arguments.name == "max" {
            CmpOp::Gt
        } else {
            CmpOp::Lt
        };
        let default = arguments.keyword("default");
        let key = arguments
            .key
            .take()
            .filter(|key| !key.is_none_literal_expr());
        arguments.check(1, usize::MAX)?;
        let items = match arguments.positional.as_slice() {
            [iterable] => self.iterate_for_order(iterable)?,
            items if default.is_none() => items.to_vec(),
            _ => {
                let name = arguments.name;
                return Err(python(format!(
                    "TypeError: Cannot specify a default for {name}() with multiple positional \
                     arguments"
                )));
            }
        };
        let mut best: Option<(Datum, Datum)> = None;
        for item in items {
            let measure = match key {
                Some(key) => self.apply(key, vec![item.clone()], depth)?,
                None => item.clone(),
            };
            let is_better = match &best {
                Some((known, _)) => self.ordered(op, &measure, known, 0)?,
                None => true,
            };
            if is_better {
                best = Some((measure, item));
            }
        }
        best.map(|(_, item)| item).or(default).ok_or_else(|| {
            let name = arguments.name;
            python(format!("ValueError: {name}() iterable argument is empty"))
        })
    }
}
