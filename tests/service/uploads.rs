//! What offices have at hand is put as it is: a workbook that is a model, and tables beside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::common;
use crate::house::House;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook with a sheet for each CSV text.
pub fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, text) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

/// A file as a part of a form.
fn part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

#[test]
fn a_workbook_is_put_as_a_model_and_asked_as_one() {
    let house = House::open();
    let new = ("if-none-match", "*");
    let put = |name: &str, kind: &str, body: &[u8]| {
        house.send("PUT", &format!("/api/v1/models/{name}"), &[("content-type", kind), new], body)
    };
    let model = [
        ("模型", "项目,值\n名称,云岭县\n"),
        ("资金", "名称,金额,单位,代码\n一般,300,万元,a"),
        ("规则", "类型,按,下限,单位或倍数\n保底,每个区域,10,万元"),
        ("目标", "类型\n保障最低的覆盖率"),
    ];
    let data = [("areas", common::AREAS), ("cells", common::CELLS)];
    let whole = workbook(&[&model[..], &data[..]].concat());
    let ask = |question: Value| house.post("/api/v1/what-if", &question);
    // Within a question, with its own data.
    let inline = json!({ "workbook": STANDARD.encode(&whole) });
    let answer = ask(json!({ "model": inline })).is(200).json();
    assert_eq!(answer["model"]["name"]["zh"], "云岭县", "{answer}");
    let run = house.post("/api/v1/runs", &json!({ "model": inline })).is(201).json();
    house.get(&format!("{}/exports/xlsx", run["links"]["self"].as_str().unwrap())).is(200);
    // Kept: the model under its name, its data when the same workbook is put there.
    let made = put("yunling", XLSX, &whole).is(201).json();
    assert!(made["text"].as_str().unwrap().contains("dataset = \"yunling\""), "{made}");
    ask(json!({ "model": "yunling" })).is(404);
    house.send("PUT", "/api/v1/datasets/yunling", &[("content-type", XLSX), new], &whole).is(201);
    assert_eq!(ask(json!({ "model": "yunling" })).is(200).json()["cells"], answer["cells"]);
    // What is wrong is told with its sheet and cell, wherever the workbook comes.
    let mut wrong = model;
    wrong[2].1 = "类型,按,下限,单位或倍数\n保底,每个区域,10,公斤";
    let wrong = workbook(&[&wrong[..], &data[..]].concat());
    let inline = json!({ "model": { "workbook": STANDARD.encode(&wrong) } });
    for problem in [put("wrong", XLSX, &wrong).is(422).json(), ask(inline).is(422).json()] {
        let place = &problem["findings"][0]["place"];
        assert_eq!((&place["sheet"], &place["row"]), (&json!("规则"), &json!(2)), "{problem}");
        assert!(place["column"].as_str().unwrap().starts_with('C'), "{problem}");
    }
    let no_model = put("wrong", XLSX, &workbook(&data)).is(422).json();
    assert_eq!(no_model["findings"][0]["code"], "office.no_model");
    put("wrong", XLSX, b"PK\x03\x04").is(422);
    put("wrong", "text/csv", &whole).is(415);
    put("wrong", "application/json", &whole).is(400);
    assert_eq!(ask(json!({ "model": { "workbook": "*" } })).is(422).json()["pointer"], "/model/workbook");
    let both = json!({ "model": { "workbook": "UEs=", "text": "x" } });
    ask(both).is(422);
}

#[test]
fn a_table_of_batches_comes_beside_the_workbook_of_the_data() {
    let house = House::open();
    let data = workbook(&[("areas", common::AREAS), ("cells", common::CELLS)]);
    let area = common::AREAS.lines().nth(1).unwrap().split(',').next().unwrap();
    let batches = workbook(&[("已下达", &format!("代码,金额(万元)\n{area},1"))]);
    let form = [part("资料.xlsx", &data), part("批次.xlsx", &batches), b"--b--\r\n".to_vec()].concat();
    let kind = ("content-type", "multipart/form-data; boundary=b");
    house.send("PUT", "/api/v1/datasets/town", &[kind, ("if-none-match", "*")], &form).is(201);
    let model = common::MODEL.replace("dataset = \".\"", "dataset = \"town\"") + "\n[paid]\nfile = \"批次.xlsx\"\n";
    let answer = house.post("/api/v1/what-if", &json!({ "model": { "text": model } })).is(200).json();
    assert_eq!(answer["paid"]["total"]["paid_fen"], 1_000_000, "{}", answer["paid"]);
    // Two workbooks of data are still one too many.
    let form = [part("a.xlsx", &data), part("b.xlsx", &data), b"--b--\r\n".to_vec()].concat();
    let twice = house.send("PUT", "/api/v1/datasets/two", &[kind, ("if-none-match", "*")], &form).is(422).json();
    assert_eq!(twice["findings"][0]["code"], "dataset.two_tables");
}
