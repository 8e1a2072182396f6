//! The table of routes: each with its deed, its documents and its handler, in one place.

use actix_web::http::Method;
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};

use crate::http::access::Deed;

/// How a type becomes a schema.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A body: its media type and schema; no schema where it is bytes.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// Media type.
    pub media: &'static str,
    /// Schema of a JSON body.
    pub schema: Option<SchemaOf>,
}

/// An answer that is no problem.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// What it means, by code of a phrase.
    pub words: &'static str,
    /// Its bodies, by media type.
    pub bodies: Vec<Body>,
    /// Its headers.
    pub headers: Vec<&'static str>,
}

/// Headers of a request that a route heeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heeds {
    /// `Idempotency-Key`.
    IdempotencyKey,
    /// `If-Match`, or `If-None-Match: *` for what is new.
    IfMatch,
    /// `If-None-Match`.
    IfNoneMatch,
    /// `Prefer: respond-async`.
    Prefer,
    /// `Last-Event-ID`.
    LastEventId,
}

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// Name of the operation.
    pub id: &'static str,
    /// What it does, by code of a phrase of one line.
    pub words: &'static str,
    /// Resource it belongs to.
    pub tag: &'static str,
    /// Who may.
    pub deed: Deed,
    /// Schema of the query, an object.
    pub query: Option<SchemaOf>,
    /// Bodies that it takes.
    pub bodies: Vec<Body>,
    /// An example of the JSON body.
    pub example: Option<&'static str>,
    /// Answers that are no problem.
    pub replies: Vec<Reply>,
    /// Whether its answers are one party's secret, which a browser must not keep on its disk.
    pub private: bool,
    /// Headers that it heeds.
    pub heeds: Vec<Heeds>,
    /// Makes the handler.
    pub handler: fn() -> actix_web::Route,
}

/// JSON.
pub const JSON: &str = "application/json";

impl Route {
    /// A route without documents yet.
    pub fn new(
        (method, path): (Method, &'static str),
        (id, words): (&'static str, &'static str),
        deed: Deed,
        handler: fn() -> actix_web::Route,
    ) -> Self {
        let tag = path.strip_prefix("/api/v1/").unwrap_or(path);
        let tag = tag.split('/').next().unwrap_or(tag);
        Self {
            method,
            path,
            id,
            words,
            tag,
            deed,
            query: None,
            bodies: Vec::new(),
            example: None,
            replies: Vec::new(),
            private: false,
            heeds: Vec::new(),
            handler,
        }
    }

    /// Takes a query of a type.
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(schema_of::<T>);
        self
    }

    /// Takes a JSON body of a type.
    pub fn takes<T: JsonSchema>(mut self) -> Self {
        self.bodies.push(Body { media: JSON, schema: Some(schema_of::<T>) });
        self
    }

    /// Takes bytes of a media type.
    pub fn takes_bytes(mut self, media: &'static str) -> Self {
        self.bodies.push(Body { media, schema: None });
        self
    }

    /// An example of the JSON body.
    pub fn example(mut self, text: &'static str) -> Self {
        self.example = Some(text);
        self
    }

    /// Answers with a document.
    pub fn gives<T: JsonSchema>(self, status: u16, words: &'static str) -> Self {
        let body = Body { media: JSON, schema: Some(schema_of::<T>) };
        self.reply(Reply { status, words, bodies: vec![body], headers: Vec::new() })
    }

    /// Answers with bytes of a media type.
    pub fn gives_bytes(self, status: u16, words: &'static str, media: &[&'static str]) -> Self {
        let bodies = media.iter().map(|media| Body { media, schema: None }).collect();
        self.reply(Reply { status, words, bodies, headers: Vec::new() })
    }

    /// Answers without a body.
    pub fn gives_nothing(self, status: u16, words: &'static str) -> Self {
        self.reply(Reply { status, words, bodies: Vec::new(), headers: Vec::new() })
    }

    /// The last answer may also be bytes of these media types.
    pub fn or_gives_bytes(mut self, media: &[&'static str]) -> Self {
        if let Some(reply) = self.replies.last_mut() {
            reply.bodies.extend(media.iter().map(|media| Body { media, schema: None }));
        }
        self
    }

    fn reply(mut self, reply: Reply) -> Self {
        self.replies.push(reply);
        self
    }

    /// Headers of the last answer.
    pub fn with_headers(mut self, names: &[&'static str]) -> Self {
        if let Some(reply) = self.replies.last_mut() {
            reply.headers.extend_from_slice(names);
        }
        self
    }

    /// The last answer has a tag; whoever knows it is told that nothing is new.
    pub fn revalidated(self) -> Self {
        self.with_headers(&["ETag"]).gives_nothing(304, "api.as_known").heeds(&[Heeds::IfNoneMatch])
    }

    /// Its answers are one party's secret.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Heeds headers of the request.
    pub fn heeds(mut self, headers: &[Heeds]) -> Self {
        self.heeds.extend_from_slice(headers);
        self
    }

    /// Names of the parameters in the path.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split('{').skip(1).filter_map(|part| part.split('}').next())
    }
}
