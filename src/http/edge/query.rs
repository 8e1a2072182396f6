//! Query parameters, read strictly: what does not fit is named.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use crate::http::edge::problem::{self, Problem, sentence};

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

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
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
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let (path, words) = (error.path().to_string(), error.inner().to_string());
        // What is unknown, missing or stands twice is no part of the path, but named in the words.
        let named = words.split('`').nth(1).map(str::to_owned);
        let parameter = Some(path).filter(|path| path != ".").or(named);
        let problem = Problem::new(problem::BAD_QUERY).detail(sentence("http.query", "why", words));
        match parameter {
            Some(parameter) => problem.parameter(parameter),
            None => problem,
        }
    })
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
        assert_eq!(read::<Paging>("limit=3&cursor=a%20b").unwrap().cursor.as_deref(), Some("a b"));
        assert!(read::<Paging>("").is_ok());
    }
}
