//! The bounds that the schemas of bodies state, kept: sizes of numbers, lengths of texts and lists.
//!
//! Types, names of members and words are judged where the value is read; patterns where a name is looked up.

use std::any::type_name;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::http::edge::problem::{self, Problem};
use crate::phrases::Phrase;

/// Schemas made so far, by type.
type Schemas = Mutex<BTreeMap<&'static str, Arc<Value>>>;

fn schema<T: JsonSchema>() -> Arc<Value> {
    static MADE: OnceLock<Schemas> = OnceLock::new();
    let mut made = MADE.get_or_init(Schemas::default).lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(made.entry(type_name::<T>()).or_insert_with(|| Arc::new(schema_for!(T).to_value())))
}

/// Whether a document keeps within the bounds of the schema of a type.
///
/// # Errors
/// 422 with the pointer of the first member that does not.
pub fn check<T: JsonSchema>(document: &Value) -> Result<(), Problem> {
    let schema = schema::<T>();
    let beyond = walk(&schema, &schema, document, &mut String::new());
    beyond.map_or(Ok(()), |(pointer, bound)| {
        let words = Phrase::new("service.out_of_bounds").with("bound", bound);
        Err(Problem::new(problem::WRONG_SHAPE).detail(words).pointer(pointer))
    })
}

/// The first member beyond a bound: its pointer, and the bound.
type Beyond = Option<(String, String)>;

fn walk(root: &Value, schema: &Value, value: &Value, pointer: &mut String) -> Beyond {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        let found = root.pointer(path.trim_start_matches('#'))?;
        return walk(root, found, value, pointer);
    }
    for word in ["oneOf", "anyOf"] {
        let Some(choices) = schema.get(word).and_then(Value::as_array) else { continue };
        let fitting = choices.iter().filter(|choice| is_kind(root, choice, value));
        let ends: Vec<Beyond> = fitting.map(|choice| walk(root, choice, value, pointer)).collect();
        // One that it keeps within is enough.
        let within = ends.is_empty() || ends.iter().any(Option::is_none);
        return if within { None } else { ends.into_iter().flatten().next() };
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let size = match value {
        Value::Number(number) => number.as_f64().map(|size| (size, "minimum", "maximum")),
        Value::String(text) => Some((text.chars().count() as f64, "minLength", "maxLength")),
        Value::Array(items) => Some((items.len() as f64, "minItems", "maxItems")),
        _ => None,
    };
    if let Some((size, least, most)) = size {
        for (name, beyond) in
            [(least, bound(least).is_some_and(|b| size < b)), (most, bound(most).is_some_and(|b| size > b))]
        {
            if beyond {
                return Some((pointer.clone(), format!("{name} {}", schema.get(name).unwrap_or(&Value::Null))));
            }
        }
    }
    let length = pointer.len();
    let mut below = |token: &str, schema: &Value, value: &Value| {
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        let found = walk(root, schema, value, pointer);
        pointer.truncate(length);
        found
    };
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let schema =
                schema.get("properties").and_then(|all| all.get(name)).or(schema.get("additionalProperties"))?;
            below(name, schema, value)
        }),
        Value::Array(items) => {
            let schema = schema.get("items")?;
            items.iter().enumerate().find_map(|(index, value)| below(&index.to_string(), schema, value))
        }
        _ => None,
    }
}

/// Whether a value is of the kind that a choice describes, and has the members that it needs.
fn is_kind(root: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        return root.pointer(path.trim_start_matches('#')).is_some_and(|found| is_kind(root, found, value));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is = |word: &Value| word == kind || (word == "integer" && kind == "number");
    let fits = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is),
        Some(word) => is(word),
        None => true,
    };
    let needed = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    fits && needed.filter_map(Value::as_str).all(|name| !value.is_object() || value.get(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::answers::PlanBody;
    use crate::http::documents::{Analysis, WhatIf};
    use crate::questions::{Alternatives, Sobol};
    use serde_json::json;

    fn pointer<T: JsonSchema>(document: Value) -> Option<String> {
        check::<T>(&document).err().and_then(|problem| problem.document(crate::phrases::Lang::En, None).pointer)
    }

    #[test]
    fn what_is_beyond_a_bound_is_named() {
        let question = |question: Value| json!({ "model": "a", "question": question });
        assert_eq!(pointer::<Analysis<Alternatives>>(question(json!({ "count": 3 }))), None);
        assert_eq!(pointer::<Analysis<Alternatives>>(question(json!({ "count": 0 }))).unwrap(), "/question/count");
        assert_eq!(pointer::<Analysis<Alternatives>>(question(json!({ "within": 101 }))).unwrap(), "/question/within");
        assert_eq!(pointer::<Analysis<Sobol>>(question(json!({ "samples": 1 }))).unwrap(), "/question/samples");
        assert_eq!(pointer::<PlanBody>(json!({ "run": "a", "title": "" })).unwrap(), "/title");
        assert_eq!(pointer::<PlanBody>(json!({ "run": "a", "title": "字".repeat(200) })), None);
        let many = vec![json!("a=1"); 201];
        assert_eq!(pointer::<WhatIf>(json!({ "model": "a", "changes": many })).unwrap(), "/changes");
        let long = json!({ "path": "a".repeat(501), "op": "set", "value": 1 });
        assert_eq!(pointer::<WhatIf>(json!({ "model": "a", "changes": ["a=1", long] })).unwrap(), "/changes/1/path");
        assert_eq!(pointer::<WhatIf>(json!({ "model": { "text": "" } })).unwrap(), "/model/text");
        assert_eq!(pointer::<WhatIf>(json!({ "model": { "name": "a", "version": 0 } })).unwrap(), "/model/version");
        assert_eq!(pointer::<WhatIf>(json!({ "model": { "name": "a" }, "data": null })), None);
    }
}
