//! Query parameters, read strictly: what does not fit is named.

use std::collections::BTreeSet;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::finding::hint;
use crate::http::edge::problem::{self, Problem};
use crate::phrases::Phrase;

/// Most characters of a name or value that an error repeats.
const SHOWN: usize = 80;

/// Extractor of a query. The type should be `deny_unknown_fields`.
///
/// 400 with the parameter that is unknown, missing, written twice or no value of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T> Query<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::ops::Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

/// A query in which one parameter may stand several times: its values in order, and the query without them.
pub fn several(text: &str, name: &str) -> (Vec<String>, String) {
    let pairs = || form_urlencoded::parse(text.as_bytes());
    let values = pairs().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let rest = pairs().filter(|(known, _)| known != name);
    (values.collect(), form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish())
}

/// Reads a query.
///
/// # Errors
/// 400 with the parameter at fault.
pub fn read<T: DeserializeOwned + JsonSchema>(text: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let (path, words) = (error.path().to_string(), error.inner().to_string());
        Fault::new(text, &path, &words, &schema_for!(T).to_value()).problem()
    })
}

/// That an address takes no parameters.
///
/// # Errors
/// 400 with the first one where there is any.
pub fn none(text: &str) -> Result<(), Problem> {
    match form_urlencoded::parse(text.as_bytes()).next() {
        None => Ok(()),
        Some((name, _)) => Err(Fault { name: name.into_owned(), kind: Wrong::Surplus }.problem()),
    }
}

/// A parameter that does not fit. What is wrong is found by the schema, so that nobody is told in the words of a parser.
struct Fault {
    name: String,
    kind: Wrong,
}

enum Wrong {
    /// There is none of this name, but these.
    Unknown(Vec<String>),
    /// The address takes none at all.
    Surplus,
    Twice,
    Missing,
    /// The value is none of these words.
    Word(String, Vec<String>),
    /// The value is of another kind than the one that this phrase names.
    Kind(String, &'static str),
    /// The value does not fit otherwise.
    Value(String),
}

impl Fault {
    /// What is wrong with a query that was refused at `path` in these words.
    fn new(text: &str, path: &str, words: &str, schema: &Value) -> Self {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into(), value.into())).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let known: Vec<String> = properties.into_iter().flat_map(|known| known.keys().cloned()).collect();
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !known.contains(name)) {
            return Self { name: name.clone(), kind: Wrong::Unknown(known) };
        }
        let mut seen = BTreeSet::new();
        if let Some(name) = pairs.iter().map(|(name, _)| name).find(|name| !seen.insert(*name)) {
            return Self { name: name.clone(), kind: Wrong::Twice };
        }
        if let Some((name, value)) = pairs.iter().find(|(name, _)| name == path) {
            let own = properties.and_then(|known| known.get(name)).unwrap_or(&Value::Null);
            return Self { name: name.clone(), kind: Wrong::of(value, own, words) };
        }
        let mut needed =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        match needed.find(|name| pairs.iter().all(|(known, _)| known != name)) {
            Some(name) => Self { name: name.to_owned(), kind: Wrong::Missing },
            None => {
                let (name, value) = pairs.into_iter().next().unwrap_or_default();
                Self { name, kind: Wrong::Value(value) }
            }
        }
    }

    fn problem(&self) -> Problem {
        let shown = |text: &str| text.chars().take(SHOWN).collect::<String>();
        let near = |word: &str, known: &[String]| hint(word, known.iter().map(String::as_str));
        let phrase = match &self.kind {
            Wrong::Unknown(known) if known.is_empty() => Phrase::new("http.query_surplus"),
            Wrong::Unknown(known) => Phrase::new("http.query_unknown").with_phrase("hint", &near(&self.name, known)),
            Wrong::Surplus => Phrase::new("http.query_surplus"),
            Wrong::Twice => Phrase::new("http.query_twice"),
            Wrong::Missing => Phrase::new("http.query_missing"),
            Wrong::Word(value, known) => {
                Phrase::new("http.query_word").with("value", shown(value)).with_phrase("hint", &near(value, known))
            }
            Wrong::Kind(value, kind) => {
                Phrase::new("http.query_kind").with("value", shown(value)).with_phrase("expected", &Phrase::new(kind))
            }
            Wrong::Value(value) => Phrase::new("http.query").with("value", shown(value)),
        };
        Problem::new(problem::BAD_QUERY).detail(phrase.with("name", shown(&self.name))).parameter(&self.name)
    }
}

impl Wrong {
    /// What is wrong with the value of a parameter that has this schema.
    fn of(value: &str, schema: &Value, words: &str) -> Self {
        // Which words there are stands between backticks, the one that was sent first.
        if words.starts_with("unknown variant ") {
            let known = words.split('`').skip(3).step_by(2).map(str::to_owned).collect();
            return Self::Word(value.to_owned(), known);
        }
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(kind)) => vec![kind.as_str()],
            _ => Vec::new(),
        };
        let natural = schema.get("minimum").and_then(Value::as_f64).is_some_and(|least| least >= 0.0);
        let named = |kind: &&str| match *kind {
            "integer" if natural => Some("http.kind_natural"),
            "integer" => Some("http.kind_integer"),
            "number" => Some("http.kind_number"),
            "boolean" => Some("http.kind_flag"),
            _ => None,
        };
        match kinds.iter().find_map(named) {
            Some(kind) => Self::Kind(value.to_owned(), kind),
            None => Self::Value(value.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::answers::Paging;
    use crate::phrases::Lang;

    #[test]
    fn the_parameter_at_fault_is_named() {
        let wrong = |text: &str| read::<Paging>(text).unwrap_err().document(Lang::En, None);
        for (text, parameter) in
            [("limit=x", "limit"), ("limit=-1", "limit"), ("what=1", "what"), ("limit=1&limit=2", "limit")]
        {
            let document = wrong(text);
            assert_eq!((document.status, document.parameter.as_deref()), (400, Some(parameter)), "{text}");
        }
        for (text, words) in [
            ("limti=1", ["没有名为“limti”的查询参数", "是否指:limit?"]),
            ("limit=x", ["“limit”的值是“x”,应为不小于零的整数", "openapi"]),
            ("limit=", ["“limit”的值是“”,应为不小于零的整数", "openapi"]),
            ("limit=1&limit=2", ["“limit”写了两次", "只保留一个"]),
            ("zz=1", ["“zz”", "可选:cursor, limit"]),
        ] {
            let told = read::<Paging>(text).unwrap_err().document(Lang::Zh, None);
            let whole = format!("{} {}", told.detail, told.remedy.unwrap_or_default());
            assert!(words.iter().all(|word| whole.contains(word)), "{text}: {whole}");
        }
        assert_eq!(read::<Paging>("limit=3&cursor=a%20b").unwrap().cursor.as_deref(), Some("a b"));
        assert!(read::<Paging>("").is_ok() && none("").is_ok());
        assert_eq!(none("x=1&y").unwrap_err().document(Lang::Zh, None).parameter.as_deref(), Some("x"));
    }
}
