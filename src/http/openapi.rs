//! The OpenAPI document, made from the table of routes and the types of its documents.

use std::sync::OnceLock;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Content, HttpMethod, InfoBuilder, LicenseBuilder, OpenApiBuilder, PathsBuilder, Ref, RefOr, Required,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::http::access::Deed;
use crate::http::edge::cookie;
use crate::http::edge::problem::{Document as ProblemDocument, MEDIA_TYPE};
use crate::http::links;
use crate::http::routes;
use crate::http::table::{Body, Heeds, JSON, Reply, Route};
use crate::phrases::{Lang, Phrase, Text};
use crate::store::Role;

/// Where schemas stand.
const COMPONENTS: &str = "#/components/schemas/";

/// The document as JSON.
pub fn document() -> &'static str {
    static MADE: OnceLock<String> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut generator = generator();
        let paths = routes::all().iter().fold(vital(), |paths, route| {
            let item = PathItem::new(method(route), operation(route, &mut generator));
            paths.path(route.path, item)
        });
        let api = OpenApiBuilder::new()
            .info(
                InfoBuilder::new()
                    .title("ecocomp")
                    .version(env!("CARGO_PKG_VERSION"))
                    .description(Some(said("api.about")))
                    .license(Some(LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
                    .build(),
            )
            .paths(paths)
            .components(Some(
                ComponentsBuilder::new()
                    .schemas_from_iter(problem_schemas())
                    .security_scheme(
                        "bearer",
                        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
                    )
                    .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie::PLAIN))))
                    .build(),
            ))
            .security(Some([
                SecurityRequirement::default(),
                SecurityRequirement::new::<_, [&str; 0], &str>("bearer", []),
                SecurityRequirement::new::<_, [&str; 0], &str>("session", []),
            ]))
            .build();
        let mut value = serde_json::to_value(&api).unwrap_or_default();
        add_schemas(&mut value, generator.take_definitions(true));
        let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
        text.push('\n');
        text
    })
}

/// The schema of problems, and those that it refers to.
fn problem_schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(ProblemDocument::name().into_owned(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut schemas);
    schemas
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// The schemas of records and questions as they are: utoipa would not keep every word of them.
fn add_schemas(document: &mut Value, schemas: Map<String, Value>) {
    let Some(known) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    for (name, schema) in schemas {
        known.insert(name, schema);
    }
}

/// Signs of life, which the edge answers.
fn vital() -> PathsBuilder {
    let state = json!({ "type": "string" });
    let alive = json!({ "type": "object", "properties": { "status": state }, "required": ["status"] });
    let parts = json!({ "type": "object", "additionalProperties": { "type": "boolean" } });
    let ready = json!({
        "type": "object",
        "properties": { "status": state, "parts": parts },
        "required": ["status", "parts"],
    });
    let answer = |words: &'static str, (media, schema): (&str, Value)| {
        ResponseBuilder::new()
            .description(said(words))
            .content(media, ContentBuilder::new().schema(Some(read(schema))).build())
    };
    let get = |id: &str, words: &'static str, content: (&str, Value)| {
        let operation = OperationBuilder::new()
            .operation_id(Some(id))
            .summary(Some(Phrase::new(words).render(Lang::Zh)))
            .description(Some(Phrase::new(words).render(Lang::En)))
            .tag("service")
            .response("200", answer(words, content))
            .response("default", problem("api.any_problem"));
        PathItem::new(HttpMethod::Get, operation.build())
    };
    PathsBuilder::new()
        .path("/healthz", get("healthz", "api.process_lives", (JSON, alive)))
        .path("/readyz", get("readyz", "api.ready", (JSON, ready)))
        .path("/metrics", get("metrics", "api.figures", ("text/plain", state.clone())))
}

/// A schema as the builders take it.
fn read(schema: Value) -> RefOr<Schema> {
    serde_json::from_value(schema).unwrap_or_else(|_| RefOr::T(Schema::default()))
}

fn method(route: &Route) -> HttpMethod {
    match route.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> utoipa::openapi::path::Operation {
    // A client writes the word; who reads Chinese is told what it stands for.
    let called = |role: &Role| Text { zh: format!("{}({})", role.label().zh, role.word()), en: role.word().to_owned() };
    let roles: Vec<Text> = route.deed.roles().iter().map(called).collect();
    let roles = Phrase::new("api.roles").with("roles", Text::joined(&roles, "、", ", "));
    let does = Phrase::new(route.words);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.id))
        .summary(Some(does.render(Lang::Zh)))
        .description(Some(format!("{}\n\n{}", does.render(Lang::En), both(&roles))))
        .tag(route.tag);
    for name in route.parameters() {
        operation = operation.parameter(path_parameter(route, name));
    }
    for parameter in queries(route, generator) {
        operation = operation.parameter(parameter);
    }
    for parameter in route.heeds.iter().flat_map(|heeded| headers(*heeded)) {
        operation = operation.parameter(parameter);
    }
    if !route.bodies.is_empty() {
        let mut body = RequestBodyBuilder::new().required(Some(Required::True));
        for one in &route.bodies {
            body = body.content(one.media, content(*one, route.example, generator));
        }
        operation = operation.request_body(Some(body.build()));
    }
    for reply in &route.replies {
        operation = operation.response(reply.status.to_string(), answered(reply, generator));
    }
    for (status, words) in problems(route) {
        operation = operation.response(status, problem(words));
    }
    operation.build()
}

/// The problems that a route may answer with.
fn problems(route: &Route) -> Vec<(&'static str, &'static str)> {
    let mut list = vec![("400", "api.unreadable"), ("401", "api.no_token"), ("403", "api.role_may_not")];
    let has = |heeded: Heeds| route.heeds.contains(&heeded);
    if !route.bodies.is_empty() || route.path.contains('{') {
        list.push(("404", "api.not_there"));
    }
    let changes = matches!(route.deed, Deed::Make | Deed::Decide);
    if changes || route.path.contains('{') || route.tag == "comparisons" {
        list.push(("409", "api.state_forbids"));
    }
    if has(Heeds::IfMatch) {
        list.push(("412", "api.has_changed"));
        list.push(("428", "api.match_missing"));
    }
    if !route.bodies.is_empty() {
        list.push(("408", "api.too_slow"));
        list.push(("413", "api.too_large"));
        list.push(("415", "api.not_read"));
    }
    if !route.bodies.is_empty() || route.query.is_some() {
        list.push(("422", "api.wrong_input"));
    }
    list.push(("429", "api.too_many"));
    list.push(("503", "api.full"));
    list.push(("default", "api.other_problem"));
    list
}

/// A sentence in both languages, for the one text that the document has for it.
fn both(phrase: &Phrase) -> String {
    format!("{} / {}", phrase.render(Lang::Zh), phrase.render(Lang::En))
}

fn said(code: &'static str) -> String {
    both(&Phrase::new(code))
}

fn problem(words: &'static str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    ResponseBuilder::new().description(said(words)).content(MEDIA_TYPE, content)
}

fn text(pattern: Option<&str>) -> RefOr<Schema> {
    RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::String).pattern(pattern).build()))
}

fn binary() -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
    RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()))
}

fn path_parameter(route: &Route, name: &str) -> Parameter {
    let whole = |least: f64| {
        let object = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(1e9));
        RefOr::T(Schema::Object(object.build()))
    };
    let words = ["xlsx", "csv", "mps"];
    let schema = match name {
        "version" => whole(1.0),
        "format" => {
            RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()))
        }
        "name" => text(Some(crate::http::documents::NAME)),
        "id" if route.tag == "runs" => text(Some("^[0-9a-f]{64}$")),
        "id" => text(Some("^[A-Za-z0-9-]{1,64}$")),
        _ => text(Some("^[^/\\\\?#%\\s]{1,200}$")),
    };
    let example = match (route.tag, name) {
        ("models", "name") => Some(json!("chongming-vertical")),
        ("datasets", "name") => Some(json!("chongming")),
        ("datasets", "file") => Some(json!("areas.csv")),
        (_, "version") => Some(json!(1)),
        _ => None,
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .example(example)
        .build()
}

/// The members of a query type as parameters.
fn queries(route: &Route, generator: &mut SchemaGenerator) -> Vec<Parameter> {
    let Some(of) = route.query else { return Vec::new() };
    let schema = of(generator);
    let schema = match component(&schema) {
        Some(name) => generator.definitions().get(name).cloned().unwrap_or_default(),
        None => schema.to_value(),
    };
    let required = |name: &str| {
        let list = schema.get("required").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|known| known == name))
    };
    let members = schema.get("properties").and_then(Value::as_object);
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let words = schema.get("description").and_then(Value::as_str).map(str::to_owned);
        if let Some(entries) = schema.as_object_mut() {
            // A parameter is there or not; it is never null.
            if let Some(kinds) = entries.get("type").and_then(Value::as_array) {
                let kind = kinds.iter().find(|kind| *kind != "null").cloned().unwrap_or_default();
                entries.insert("type".to_owned(), kind);
            }
            entries.remove("description");
        }
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query)
            .required(if required(name) { Required::True } else { Required::False })
            .description(words)
            .schema(serde_json::from_value::<RefOr<Schema>>(schema).ok())
            .build()
    };
    members.into_iter().flatten().map(parameter).collect()
}

/// `*`, or tags as RFC 9110 §13.1 writes them.
const TAGS: &str = r#"^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)$"#;

/// Headers of a request that a route heeds, each with what it says.
fn headers(heeded: Heeds) -> Vec<Parameter> {
    let absent = Heeds::IfMatch == heeded;
    let absent = absent.then(|| header_of("If-None-Match", "api.only_new", "^\\*$"));
    std::iter::once(header(heeded)).chain(absent).collect()
}

fn header(heeded: Heeds) -> Parameter {
    let (name, words, pattern) = match heeded {
        Heeds::IdempotencyKey => ("Idempotency-Key", "api.one_of_many", "^[\\x21-\\x7e]{1,200}$"),
        Heeds::IfMatch => ("If-Match", "api.tag_to_change", TAGS),
        Heeds::IfNoneMatch => ("If-None-Match", "api.tag_known", TAGS),
        // RFC 7240: a preference that is not known is left aside.
        Heeds::Prefer => ("Prefer", "api.answer_is_job", ""),
        Heeds::LastEventId => ("Last-Event-ID", "api.last_event", "^[0-9]{1,18}$"),
    };
    header_of(name, words, pattern)
}

fn header_of(name: &str, words: &'static str, pattern: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(said(words)))
        .schema(Some(text(Some(pattern).filter(|pattern| !pattern.is_empty()))))
        .build()
}

fn content(body: Body, example: Option<&str>, generator: &mut SchemaGenerator) -> Content {
    let schema = match body.schema {
        Some(of) => read(of(generator).to_value()),
        None if body.media == "multipart/form-data" => RefOr::T(Schema::Object(
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .property("areas", binary())
                .property("cells", binary())
                .property("provenance", text(None))
                .required("areas")
                .required("cells")
                .build(),
        )),
        None if body.media == "text/event-stream" => RefOr::T(Schema::Object(
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .property("id", text(None))
                .property("event", text(None))
                .property("data", text(None))
                .build(),
        )),
        None => binary(),
    };
    let example = example.filter(|_| body.schema.is_some()).and_then(|text| serde_json::from_str::<Value>(text).ok());
    ContentBuilder::new().schema(Some(schema)).example(example).build()
}

fn answered(reply: &Reply, generator: &mut SchemaGenerator) -> ResponseBuilder {
    let mut response = ResponseBuilder::new().description(said(reply.words));
    for body in &reply.bodies {
        response = response.content(body.media, content(*body, None, generator));
    }
    let schemas: Vec<schemars::Schema> = reply.bodies.iter().filter_map(|body| Some(body.schema?(generator))).collect();
    for link in schemas.iter().filter_map(component).flat_map(links::of) {
        let mut made = LinkBuilder::new().operation_id(link.operation);
        for (name, expression) in link.parameters {
            made = made.parameter(*name, *expression);
        }
        response = response.link(link.operation, made.build());
    }
    for name in &reply.headers {
        response = response.header(*name, HeaderBuilder::new().schema(Some(text(None))).build());
    }
    response
}

/// Name of the component that a schema refers to.
fn component(schema: &schemars::Schema) -> Option<&str> {
    schema.as_value().get("$ref")?.as_str()?.strip_prefix(COMPONENTS)
}
