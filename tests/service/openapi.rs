//! The OpenAPI document: complete, true to the table of routes, and the one that is published.

use crate::common;
use ecocomp::http::openapi::document;
use ecocomp::http::routes;
use serde_json::Value;

fn parsed() -> Value {
    serde_json::from_str(document()).unwrap()
}

#[test]
fn the_published_document_is_the_one_of_the_code() {
    let path = common::repository("docs/openapi.json");
    if std::env::var_os("ECOCOMP_BLESS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == document(), "docs/openapi.json is stale: run this test once with ECOCOMP_BLESS=1");
}

/// Every `$ref` of a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(path) if key == "$ref" => found.push(path.clone()),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = parsed();
    assert_eq!(document["openapi"].as_str().unwrap().split('.').take(2).collect::<Vec<_>>(), ["3", "1"]);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for path in found {
        assert!(document.pointer(path.trim_start_matches('#')).is_some(), "{path} leads nowhere");
    }
}

#[test]
fn every_route_is_described_once_with_problems_and_without_undescribed_ones() {
    let document = parsed();
    let mut ids = std::collections::BTreeSet::new();
    for route in routes::all() {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{}", route.path);
        assert!(!operation["summary"].as_str().unwrap().is_empty());
        for status in ["400", "401", "403", "429", "503", "default"] {
            let schema = &operation["responses"][status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{} {status}", route.path);
        }
        let named = |parameter: &Value| parameter["in"] == "path";
        let count = operation["parameters"].as_array().map_or(0, |list| list.iter().filter(|p| named(p)).count());
        assert_eq!(count, route.parameters().count(), "{}", route.path);
    }
    let described: usize =
        document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
    // /healthz, /readyz and /metrics are answered by the edge.
    assert_eq!(described, routes::all().len() + 3);
}

#[test]
fn examples_are_what_their_schemas_describe() {
    let document = parsed();
    for route in routes::all() {
        let Some(example) = route.example else { continue };
        let content = &document["paths"][route.path]["post"]["requestBody"]["content"]["application/json"];
        let mut schema = content["schema"].clone();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let example: Value = serde_json::from_str(example).unwrap();
        if let Err(error) = validator.validate(&example) {
            panic!("{}: {error}", route.path);
        }
        assert!(!validator.is_valid(&serde_json::json!({ "modle": "x" })), "{}", route.path);
    }
}
