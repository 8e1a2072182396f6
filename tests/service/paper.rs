//! What leaves the service to be signed: files of runs and plans, and the explanations of a whole run.

use std::io::Cursor;

use calamine::{Reader as _, Xlsx};
use ecocomp::store::Role;
use serde_json::{Value, json};

use crate::common::repository;
use crate::house::{Answer, House, settings};

/// The sheet 下达附件 of a workbook.
fn annex(answer: &Answer) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body.as_slice())).unwrap();
    let sheet = book.worksheet_range("下达附件").unwrap();
    sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn a_plan_leaves_the_service_with_its_approval_once_it_has_one() {
    let house = House::new(&repository("models"), false, settings());
    let (planner, approver) = (house.token("o", "张三", Role::Planner), house.token("o", "李四", Role::Approver));
    let ask = |token: &str, method: &str, path: &str, body: Option<Value>| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("if-match", "\"1\"")];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        house.send(method, path, &headers, body.as_bytes())
    };
    let run = ask(&planner, "POST", "/api/v1/runs", Some(json!({ "model": "minimal" }))).is(201).json();
    let plan = json!({ "run": run["id"], "title": "2026年方案", "note": "第二稿" });
    let plan = ask(&planner, "POST", "/api/v1/plans", Some(plan)).is(201).json();
    let path = format!("/api/v1/plans/{}", plan["id"].as_str().unwrap());
    let file = format!("{path}/exports/xlsx?unit=%E4%B8%87%E5%85%83&date=2026-03-28");
    let before = annex(&ask(&planner, "GET", &file, None).is(200)).concat().join("\n");
    assert!(
        before.contains("单位:万元") && before.contains("2026年3月28日") && !before.contains("审批通过"),
        "{before}"
    );
    let decision = json!({ "decision": "approve", "comment": "同意下达" });
    ask(&approver, "POST", &format!("{path}/decision"), Some(decision)).is(200);
    let rows = annex(&ask(&planner, "GET", &file, None).is(200));
    for (name, words) in [("提交", "张三"), ("审批通过", "李四"), ("审批意见", "同意下达"), ("提交说明", "第二稿")]
    {
        let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name}: {rows:#?}"));
        assert!(row[2].contains(words), "{row:?}");
    }
    assert!(rows.concat().iter().any(|cell| cell.contains(run["id"].as_str().unwrap())));
    ask(&planner, "GET", &format!("{path}/exports/pdf"), None).is(404);
    ask(&planner, "GET", &format!("{path}/exports/xlsx?date=28.3.2026"), None).is(400);
    ask(&planner, "GET", "/api/v1/plans/none/exports/xlsx", None).is(404);
}

#[test]
fn a_run_leaves_the_service_as_a_document_and_explains_itself_whole() {
    let house = House::open();
    let run = house.post("/api/v1/runs", &json!({ "model": "chongming-vertical" })).is(201).json();
    let path = format!("/api/v1/runs/{}", run["id"].as_str().unwrap());
    let file = house.get(&format!("{path}/exports/docx?unit=wan&to=x")).is(200);
    assert!(file.body.starts_with(b"PK") && file.header("content-disposition").unwrap().contains(".docx"));
    let all = house.get(&format!("{path}/explanation?all=true")).is(200).json();
    assert_eq!(all["areas"].as_array().unwrap().len(), 18);
    let two = house.get(&format!("{path}/explanation?area=310151101&area=%E7%BB%BF%E5%8D%8E%E9%95%87")).is(200).json();
    assert_eq!(two["areas"].as_array().unwrap().len(), 2);
    let one = house.get(&format!("{path}/explanation?area=310151101")).is(200).json();
    assert_eq!(one, two["areas"][0]);
    house.get(&format!("{path}/explanation?area=310151101&all=perhaps")).is(400);
    let question = json!({ "model": "chongming-vertical", "question": { "area": ["310151101", "绿华镇"] } });
    let asked = house.post("/api/v1/what-if/explanation", &question).is(200).json();
    assert_eq!(asked, two);
}
