//! Whether a document keeps to the published schema of its type, before it is read as one.
//!
//! The schema says more than a reading by serde does (sizes, lengths, an array where an object is meant), and says it of the value,
//! not in the words of the language that this is written in.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::finding::hint;
use crate::http::edge::json::push_token;
use crate::http::edge::json::schema::{Fault, Kind, Misfit, Schema};
use crate::http::edge::problem::{self, Problem};
use crate::phrases::{Phrase, Text};

/// Most characters of a value or name that an error repeats.
const SHOWN: usize = 80;

/// Schemas made so far, by type; `None` for one that is no schema.
type Contracts = Mutex<BTreeMap<&'static str, Option<Arc<Schema>>>>;

fn contract<T: JsonSchema>() -> Option<Arc<Schema>> {
    static MADE: OnceLock<Contracts> = OnceLock::new();
    let mut made = MADE.get_or_init(Contracts::default).lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(type_name::<T>()).or_insert_with(|| Schema::new(schema_for!(T).to_value()).map(Arc::new)).clone()
}

/// Whether a document keeps to the schema of a type.
///
/// # Errors
/// 422 with the pointer of the first member that does not.
pub fn check<T: JsonSchema>(document: &Value) -> Result<(), Problem> {
    let Some(contract) = contract::<T>() else { return Err(Problem::new(problem::INTERNAL)) };
    match contract.misfit(document) {
        None => Ok(()),
        Some(misfit) => {
            let (phrase, pointer) = explain(&misfit);
            Err(Problem::new(problem::WRONG_SHAPE).detail(phrase).pointer(pointer))
        }
    }
}

/// What is wrong, and where.
fn explain(misfit: &Misfit<'_>) -> (Phrase, String) {
    let mut pointer = misfit.pointer.clone();
    let phrase = match &misfit.fault {
        Fault::Forms(forms) => return chosen(misfit, forms),
        Fault::Kind(kinds) => wrong_type(misfit.value, kinds),
        Fault::Missing(name) => {
            push_token(&mut pointer, name);
            Phrase::new("http.missing_member").with("name", *name)
        }
        Fault::Unknown(unexpected, known) => {
            let name = unexpected.first().copied().unwrap_or_default();
            push_token(&mut pointer, name);
            unknown("http.unknown_member", name, known)
        }
        Fault::Word(options) => word(misfit.value, options),
        Fault::Pattern(pattern) => Phrase::new("http.pattern").with("pattern", *pattern),
        Fault::Never => match pointer.rsplit_once('/') {
            Some((_, name)) => Phrase::new("http.unknown_member").with("name", name).with("hint", ""),
            None => Phrase::new("http.misfit").with("why", ""),
        },
        Fault::Bound(name, bound) => Phrase::new("service.out_of_bounds").with("bound", format!("{name} {bound}")),
    };
    (phrase, pointer)
}

/// What is wrong with a value that fits none of several forms: what the form it comes nearest to says.
fn chosen(misfit: &Misfit<'_>, forms: &[Vec<Misfit<'_>>]) -> (Phrase, String) {
    let here = misfit.pointer.as_str();
    let firsts: Vec<&Misfit<'_>> = forms.iter().filter_map(|form| form.first()).collect();
    let is_other_kind = |form: &Misfit<'_>| form.pointer == here && matches!(form.fault, Fault::Kind(_));
    // A word that stands here, or at the member that tells the forms apart, and is no word of any of them.
    let is_word = |form: &Misfit<'_>| matches!(form.fault, Fault::Word(_));
    let words: Vec<&Misfit<'_>> = firsts.iter().copied().filter(|form| is_word(form)).collect();
    let rest = firsts.iter().copied().filter(|form| !is_other_kind(form) && !is_word(form));
    if let Some(names) = exclusive(here, forms) {
        return (Phrase::new("http.exclusive").with("names", names), here.to_owned());
    }
    if let Some(form) = rest.max_by_key(|form| (form.pointer.len(), nearness(&form.fault))) {
        return explain(form);
    }
    if let Some(first) = words.first() {
        let known: Vec<&Value> = words.iter().flat_map(|form| options(&form.fault)).collect();
        return (word(first.value, &known), first.pointer.clone());
    }
    let expected: Vec<Kind> = firsts
        .iter()
        .flat_map(|form| match &form.fault {
            Fault::Kind(kinds) => kinds.clone(),
            _ => Vec::new(),
        })
        .collect();
    (wrong_type(misfit.value, &expected), here.to_owned())
}

/// Members of which each belongs to one form and is refused by another, and which were written together.
fn exclusive(here: &str, forms: &[Vec<Misfit<'_>>]) -> Option<String> {
    let mut names = BTreeSet::new();
    let mut known = BTreeSet::new();
    for form in forms.iter().flatten().filter(|form| form.pointer == here) {
        if let Fault::Unknown(unexpected, members) = &form.fault {
            names.extend(unexpected.iter().copied());
            known.extend(members.iter().copied());
        }
    }
    let is_exclusive = names.len() > 1 && names.is_subset(&known);
    is_exclusive.then(|| names.into_iter().collect::<Vec<_>>().join(", "))
}

/// Of two forms that both fail at the same place the one is meant whose failure says more.
fn nearness(fault: &Fault<'_>) -> u8 {
    match fault {
        Fault::Missing(_) => 0,
        Fault::Unknown(..) => 1,
        _ => 2,
    }
}

fn options<'a>(fault: &Fault<'a>) -> Vec<&'a Value> {
    match fault {
        Fault::Word(options) => options.clone(),
        _ => Vec::new(),
    }
}

/// A value that is none of the known words.
fn word(found: &Value, known: &[&Value]) -> Phrase {
    let known: Vec<&str> = known.iter().filter_map(|known| known.as_str()).collect();
    match found.as_str() {
        Some(text) => unknown("http.unknown_word", text, &known),
        None if known.is_empty() => unknown("http.unknown_word", &found.to_string(), &known),
        None => wrong_type(found, &[Kind::String]),
    }
}

fn unknown(code: &'static str, name: &str, known: &[&str]) -> Phrase {
    let shown: String = name.chars().take(SHOWN).collect();
    Phrase::new(code).with_phrase("hint", &hint(name, known.iter().copied())).with("name", shown)
}

fn wrong_type(found: &Value, expected: &[Kind]) -> Phrase {
    let mut codes: Vec<&'static str> = Vec::new();
    for code in expected.iter().map(|kind| name(*kind)) {
        // What may be left out may also be null; nobody is told to write it.
        if !codes.contains(&code) && (code != "http.kind_null" || expected.len() == 1) {
            codes.push(code);
        }
    }
    let names: Vec<Text> = codes.into_iter().map(|code| Phrase::new(code).text()).collect();
    let join = |between: &str, of: fn(&Text) -> &str| names.iter().map(of).collect::<Vec<_>>().join(between);
    let expected = Text { zh: join("或", |name| &name.zh), en: join(" or ", |name| &name.en) };
    Phrase::new("http.wrong_type").with("found", shown(found)).with("expected", expected)
}

/// The kind of a value, and the value where it is short.
fn shown(found: &Value) -> Text {
    let kind = Phrase::new(name(Kind::of(found))).text();
    if !matches!(found, Value::Bool(_) | Value::Number(_) | Value::String(_)) {
        return kind;
    }
    let text = found.to_string();
    let mut value: String = text.chars().take(SHOWN).collect();
    if value.len() < text.len() {
        value.push('…');
    }
    Text { zh: format!("{} {value}", kind.zh), en: format!("{} ({value})", kind.en) }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "http.kind_string",
        Kind::Integer => "http.kind_integer",
        Kind::Number => "http.kind_number",
        Kind::Boolean => "http.kind_boolean",
        Kind::Array => "http.kind_array",
        Kind::Object => "http.kind_object",
        Kind::Null => "http.kind_null",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::answers::PlanBody;
    use crate::http::documents::{Analysis, WhatIf};
    use crate::phrases::Lang;
    use crate::questions::{Alternatives, Sobol};
    use serde_json::json;

    fn pointer<T: JsonSchema>(document: Value) -> Option<String> {
        check::<T>(&document).err().and_then(|problem| problem.document(Lang::En, None).pointer)
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

    #[test]
    fn forms_and_words_are_told_in_plain_words() {
        let told = |document: Value| {
            let problem = check::<WhatIf>(&document).unwrap_err().document(Lang::Zh, None);
            (problem.pointer.unwrap_or_default(), problem.detail, problem.remedy.unwrap_or_default())
        };
        let model = |model: Value| told(json!({ "model": model }));
        let change = |change: Value| told(json!({ "model": "a", "changes": [change] }));
        assert_eq!(told(json!(["a"])).0, "");
        assert!(told(json!(["a"])).1.contains("对象") && told(json!(["a"])).1.contains("数组"));
        assert_eq!(model(json!(["a"])).0, "/model");
        assert!(model(json!(["a"])).1.contains("文本或对象"), "{:?}", model(json!(["a"])));
        assert_eq!(model(json!(3)).0, "/model");
        let (pointer, detail, _) = model(json!({ "name": "a", "text": "" }));
        assert_eq!(pointer, "/model");
        assert!(detail.contains("name, text"), "{detail}");
        assert!(model(json!({ "nam": "a" })).1.contains("nam"), "{:?}", model(json!({ "nam": "a" })));
        assert_eq!(model(json!({ "name": ["a"] })).0, "/model/name");
        assert_eq!(change(json!(["a", "set", 1])).0, "/changes/0");
        assert_eq!(change(json!({ "path": "a", "op": "st", "value": 1 })).0, "/changes/0/op");
        assert!(change(json!({ "path": "a", "op": "st", "value": 1 })).2.contains("set"));
        assert_eq!(change(json!({ "path": "a", "op": "set" })).0, "/changes/0/value");
        assert_eq!(change(json!({ "path": "a", "op": "set", "value": 1, "x": 1 })).0, "/changes/0/x");
        assert!(told(json!({ "model": "a", "chnges": [] })).2.contains("changes"));
        assert_eq!(told(json!({})).0, "/model");
    }
}
