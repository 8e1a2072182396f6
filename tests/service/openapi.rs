//! The OpenAPI document: complete, true to the table of routes, and the one that is published.

use crate::common;
use ecocomp::http::edge::json::schema::{HEEDED, SILENT, Schema};
use ecocomp::http::openapi::document;
use ecocomp::http::routes;
use serde_json::{Value, json};

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

/// A client that is generated from the document must know the members of every answer.
#[test]
fn every_answer_has_members() {
    let document = parsed();
    for route in routes::all() {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let Some(body) = answer["content"].get("application/json") else { continue };
            let name = body["schema"]["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/"));
            let name = name.unwrap_or_else(|| panic!("{} {status}: {}", route.path, body["schema"]));
            let schema = &document["components"]["schemas"][name];
            let known = ["properties", "anyOf", "oneOf", "$ref"].iter().any(|word| schema.get(word).is_some());
            assert!(known, "{} {status}: {name} is a bare {}", route.path, schema["type"]);
        }
    }
}

#[test]
fn examples_are_what_their_schemas_describe() {
    let document = parsed();
    for route in routes::all() {
        let Some(example) = route.example else { continue };
        let method = route.method.as_str().to_lowercase();
        let content = &document["paths"][route.path][method]["requestBody"]["content"]["application/json"];
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

/// Every keyword of a schema and of those within.
fn keywords(schema: &Value, found: &mut std::collections::BTreeSet<String>) {
    let Some(rules) = schema.as_object() else { return };
    for (name, rule) in rules {
        found.insert(name.clone());
        match name.as_str() {
            "properties" | "$defs" => rule.as_object().unwrap().values().for_each(|part| keywords(part, found)),
            "prefixItems" | "allOf" | "anyOf" | "oneOf" => {
                rule.as_array().unwrap().iter().for_each(|part| keywords(part, found));
            }
            "items" | "additionalProperties" | "propertyNames" => keywords(rule, found),
            _ => {}
        }
    }
}

#[test]
fn our_validator_knows_every_keyword_of_our_schemas() {
    let document = parsed();
    let mut found = std::collections::BTreeSet::new();
    for schema in document["components"]["schemas"].as_object().unwrap().values() {
        keywords(schema, &mut found);
    }
    assert!(found.len() > 12, "{found:?}");
    for keyword in found {
        assert!(HEEDED.contains(&&*keyword) || SILENT.contains(&&*keyword), "{keyword} is not known");
    }
}

/// Pointers of all values within.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointers(member, &format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{here}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Every example with every value replaced, left out or joined by another: our validator says what a full one says.
#[test]
fn our_validator_agrees_with_a_full_one() {
    let others = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(5.0),
        json!(0.5),
        json!(1e12),
        json!(""),
        json!("a"),
        json!("名"),
        json!("x".repeat(600)),
        json!([]),
        json!(["a", "a"]),
        json!([1]),
        json!({}),
        json!({ "x": 1 }),
    ];
    let document = parsed();
    let (mut fit, mut misfit) = (0, 0);
    for route in routes::all() {
        let Some(example) = route.example else { continue };
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        let mut schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
        schema["components"] = document["components"].clone();
        let full = jsonschema::validator_for(&schema).unwrap();
        let ours = Schema::new(schema).unwrap();
        let example: Value = serde_json::from_str(example).unwrap();
        let mut places = Vec::new();
        pointers(&example, "", &mut places);
        let mut tried = vec![example.clone()];
        for place in places {
            for other in &others {
                let mut changed = example.clone();
                *changed.pointer_mut(&place).unwrap() = other.clone();
                tried.push(changed);
            }
            let mut joined = example.clone();
            if let Some(members) = joined.pointer_mut(&place).unwrap().as_object_mut() {
                for name in members.keys().cloned().collect::<Vec<_>>() {
                    let mut without = example.clone();
                    without.pointer_mut(&place).unwrap().as_object_mut().unwrap().remove(&name);
                    tried.push(without);
                }
                members.insert("ecosystem".to_owned(), json!("a"));
                tried.push(joined);
            }
        }
        for value in tried {
            let found = ours.misfit(&value);
            assert_eq!(found.is_none(), full.is_valid(&value), "{}: {value}: {found:?}", route.path);
            if found.is_none() { fit += 1 } else { misfit += 1 }
        }
    }
    assert!(fit > 200 && misfit > 1000, "{fit} {misfit}");
}
