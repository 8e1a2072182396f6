//! Models there and back, and what is wrong in a sheet at its cell.

use rust_xlsxwriter::Workbook;

use crate::document::tree::Node;
use crate::finding::Findings;
use crate::forms::{SHEETS, said};
use crate::model::{Extra, Spelled, read, workbook};
use crate::phrases::Lang;
use crate::toml::{Comments, comments};

fn models() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let mut models: Vec<(String, String)> =
        paths.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect();
    models.sort();
    assert!(models.len() >= 6);
    models
}

#[track_caller]
fn back(bytes: &[u8]) -> Spelled {
    read("m.xlsx", bytes).unwrap_or_else(|findings| panic!("{findings}"))
}

#[test]
fn every_shipped_model_is_the_same_in_a_workbook_and_back() {
    for (name, text) in models() {
        let tree = Node::parse(&text, &name).unwrap();
        let remarks = comments(&text);
        for lang in [Lang::Zh, Lang::En] {
            let bytes = workbook(&tree, &remarks, &Extra::default(), lang).unwrap();
            let spelled = back(&bytes);
            let again = Node::parse(&spelled.text, &name).unwrap();
            assert_eq!(again.canonical(), tree.canonical(), "{name}\n{}", spelled.text);
            // The order of factors, pools and ecosystems is that of the record.
            assert_eq!(order(&again), order(&tree), "{name}");
            let told = comments(&spelled.text);
            for (path, remark) in &remarks {
                assert_eq!(told.get(path), Some(remark), "{name} {path}\n{}", spelled.text);
            }
            // A second turn changes nothing.
            let twice = workbook(&again, &told, &Extra::default(), lang).unwrap();
            assert_eq!(back(&twice).text, spelled.text);
        }
    }
}

fn order(tree: &Node) -> Vec<String> {
    use crate::document::tree::Value;
    let keys = |path: &[&str]| -> Vec<String> {
        let node = path.iter().try_fold(tree, |node, key| node.get(key));
        match node.map(|node| &node.value) {
            Some(Value::Table(entries)) => entries.iter().map(|(key, _)| key.clone()).collect(),
            _ => Vec::new(),
        }
    };
    [keys(&["ecosystems"]), keys(&["entitlement", "pool"]), keys(&["entitlement", "factors"])].concat()
}

#[test]
fn odd_models_go_through_the_columns_for_what_has_none() {
    let text = "[model]\nname = { zh = \"甲\" }\ndataset = \" d\"\nrounding = { unit = \"1000 元\", tolerance = true }\nyear = \"2025\"\nnote = \"一\\n二\"\n\
[fund]\nx = 1\n\
[ecosystems.a-b]\nlabel = \"草\"\naliases = [\"一\"]\n[ecosystems.\"c d\"]\nx = [[1, 2], []]\n\
[entitlement]\namount = 5\nentropy = [\"gep\", \"自有 列\"]\n[entitlement.outcome]\npoints = [[0, \"70%\"], [60, 1.0, 3]]\nindicator = \"outcome\"\n\
[[rule]]\nkind = \"corridor\"\nbetween = [\"90%\", 1.30]\nagainst = \"gep\"\n[[rule]]\nkind = \"floor\"\nof = \"total\"\nat_least = { gep = 0.5, cost = 1 }\nat_most = \"5 万元\"\n\
[[rule]]\nkind = \"share\"\nof = { area = [\"甲\", \"乙\"], ecosystem = \"forest\" }\nin = { where = { outcome = [80, 100] } }\nat_least = 0.1\nat_most = 0.2\n\
[[rule]]\nkind = \"deduct\"\nnew_key = { a = [1, { b = true }] }\nenabled = \"yes\"\nsoft = { penalty = 1.0, more = 2 }\n[[rule]]\nkind = \"cap\"\necosystem = [\"forest\"]\nat_most = \"450.0 元/亩\"\n\
[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.60]]\n[[override]]\narea = \"甲\"\namount = \"5 万元\"\nreason = \"会议\"\nby = \"张\"\n[[override]]\narea = \"乙\"\nchange = \"-5%\"\nreason = \"x\"\n\
[u]\nseed = 1\n[[u.i]]\na = { b = 1 }\n";
    let tree = Node::parse(text, "a.toml").unwrap();
    for lang in [Lang::Zh, Lang::En] {
        let spelled = back(&workbook(&tree, &Comments::new(), &Extra::default(), lang).unwrap());
        let again = Node::parse(&spelled.text, "b.toml").unwrap();
        assert_eq!(again.canonical(), tree.canonical(), "{}", spelled.text);
    }
}

#[test]
fn what_was_paid_has_a_sheet_of_its_own() {
    let fund = "[model]\nname = \"a\"\n[[fund]]\nid = \"x\"\n";
    let batch = "area = \"甲\"\nfund = \"x\"\nkind = \"withdrawal\"\namount = \"5.50 万元\"\nbatch = \"第一批\"\ndate = \"2025-03-01\"\n\
                 document = \"财〔2025〕1号\"\nnote = \"审计\" # 见附件\nredistribute = true\nother = 1\n";
    for paid in [
        format!("# 说明\n[[paid]]\n{batch}\n[[paid]]\narea = \"乙\"\namount = \"3 元\"\n"),
        format!(
            "# 全部\n[paid]\nrecall = false # 一\n# 二\n# 三\nredistribute = true\n# 说明\n[[paid.batch]]\n{batch}"
        ),
        format!("[[paid.batch]]\n{batch}"),
        "[paid]\nfile = \"批次.csv\"\nsheet = \"一\"\n".to_owned(),
        "[paid]\nrecall = 3\n[[paid.batch]]\narea = \"甲\"\n".to_owned(),
    ] {
        let text = format!("{fund}{paid}");
        let tree = Node::parse(&text, "a.toml").unwrap();
        let is_odd = text.contains("= 3\n[[");
        for lang in [Lang::Zh, Lang::En] {
            let bytes = workbook(&tree, &comments(&text), &Extra::default(), lang).unwrap();
            let names: Vec<String> = crate::dataset::workbook::read_grids("m.xlsx", &bytes)
                .unwrap()
                .iter()
                .filter(|grid| grid.rows().len() > 2)
                .filter_map(|grid| grid.place.sheet.clone())
                .collect();
            assert_eq!(names.contains(&said("office.sheet_paid").get(lang).to_owned()), !is_odd, "{names:?}");
            let spelled = back(&bytes);
            let again = Node::parse(&spelled.text, "b.toml").unwrap();
            assert_eq!(again.canonical(), tree.canonical(), "{}", spelled.text);
            assert!(is_odd || comments(&spelled.text) == comments(&text), "{}", spelled.text);
        }
    }
}

/// A workbook of a clerk's own: a sheet by its name, lines of cells.
fn clerk(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, text) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in (0_u32..).zip(text.lines()) {
            for (column, cell) in (0_u16..).zip(line.split('|').map(str::trim)) {
                match cell.parse::<f64>() {
                    Ok(number) => drop(sheet.write_number(row, column, number).unwrap()),
                    Err(_) if cell.is_empty() => {}
                    Err(_) => drop(sheet.write_string(row, column, cell).unwrap()),
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_clerk_fills_in_words_and_numbers() {
    let bytes = clerk(&[
        ("模型", "项目|值\n名称|云岭县2025年\n年度|2025\n取整单位|1 元"),
        ("资金", "代码|名称|金额|单位|只用于\ngeneral|一般资金|3000|万元|\nwater|水源地专项|５００|万元|水源地"),
        (
            "规则",
            "类型|对象|按|下限|上限|单位或倍数|得分低于|无上年数\n保底||每个区域|100||万元||\n增减幅限制||每个区域|0.9|120%|||不受限\n成效门槛||||0.9|×上年补偿|60|\n补偿标准|林地、湿地||17||元/亩||",
        ),
        (
            "应得额",
            "项目|名称或得分|值\n生态系统占比|林地|0.6\n生态系统占比|水源地|0.4\n因素权重|面积|0.5\n因素权重|生态产品总值|0.5\n成效系数|60|0.7\n成效系数|100|1.2",
        ),
        ("目标", "类型\n保障最低的覆盖率"),
        ("已下达", "项目|值|乡镇|性质|金额|单位|批次\n|||下达|||\n||城关镇||12.5|万元|第一批\n可追减|否|||||"),
        ("区域", "代码|名称"),
        ("单元", "区域代码|生态系统"),
    ]);
    let spelled = back(&bytes);
    let expected = "[model]\nname = \"云岭县2025年\"\nyear = 2025\nrounding = \"1 元\"\ndataset = \"m.xlsx\"\n\
[[fund]]\nid = \"general\"\nlabel = \"一般资金\"\namount = \"3000 万元\"\n\
[[fund]]\nid = \"water\"\nlabel = \"水源地专项\"\namount = \"500 万元\"\nonly = { ecosystem = \"水源地\" }\n\
[[rule]]\nkind = \"floor\"\nper = \"area\"\nat_least = \"100 万元\"\n\
[[rule]]\nkind = \"corridor\"\nper = \"area\"\nbetween = [0.9, \"120%\"]\nnew = \"free\"\n\
[[rule]]\nkind = \"outcome_gate\"\nat_most = { last_year = 0.9 }\nbelow = 60\n\
[[rule]]\nkind = \"unit_standard\"\necosystem = [\"林地\", \"湿地\"]\nat_least = \"17 元/亩\"\n\
[entitlement]\npool = { forest = 0.6, water_source = 0.4 }\nfactors = { extent = 0.5, gep = 0.5 }\noutcome = { points = [[60, 0.7], [100, 1.2]] }\n\
[[objective]]\nkind = \"max_min_coverage\"\n\
[paid]\nrecall = false\n[[paid.batch]]\nkind = \"release\"\n[[paid.batch]]\narea = \"城关镇\"\namount = \"12.5 万元\"\nbatch = \"第一批\"\n";
    let wanted = Node::parse(expected, "x").unwrap();
    assert_eq!(Node::parse(&spelled.text, "y").unwrap().canonical(), wanted.canonical(), "{}", spelled.text);
    // Each line knows its cell.
    let line = spelled.text.lines().position(|line| line.starts_with("between")).unwrap() as u64 + 1;
    let spot = spelled.spots.lines.get(&line).unwrap();
    assert_eq!((spot.sheet.as_str(), spot.row, spot.column.as_str()), ("规则", 3, "D 下限"));
}

#[test]
fn what_is_wrong_in_a_sheet_is_told_with_its_cell() {
    let funds = ("资金", "名称|金额|单位|代码\n一般|1|万元|a");
    for (what, sheets, place) in [
        ("an unknown column", vec![("资金", "名称|金額数|单位|代码\n一般|1|万元|a")], "[资金]:1:B 金額数"),
        ("a column twice", vec![("资金", "名称|金额|金额|代码\n一般|1|1|a")], "[资金]:1:C 金额"),
        ("an unknown item", vec![funds, ("模型", "项目|值\n名子|甲")], "[模型]:2"),
        ("an item twice", vec![funds, ("模型", "项目|值\n名称|甲\n名称|乙")], "[模型]:3"),
        ("a weight without a factor", vec![funds, ("应得额", "项目|名称或得分|值\n因素权重||1")], "[应得额]:2"),
        (
            "a factor twice",
            vec![funds, ("应得额", "项目|名称或得分|值\n因素权重|面积|1\n因素权重|面积|1")],
            "[应得额]:3",
        ),
        ("no key in further keys", vec![("资金", "名称|金额|单位|其他键\n一般|1|万元|随便")], "[资金]:2:D 其他键"),
        ("an unknown kind", vec![funds, ("规则", "类型|下限|上限\n增减幅|0.9|1.1")], "[规则]:2:A 类型"),
        ("an unknown group", vec![funds, ("规则", "类型|按|下限\n保底|每个乡镇|1")], "[规则]:2:B 按"),
        ("an unknown objective", vec![funds, ("目标", "类型|可让步\n最低|0")], "[目标]:2:A 类型"),
        ("neither yes nor no", vec![funds, ("规则", "类型|启用|下限\n保底|好|1")], "[规则]:2:B 启用"),
        ("a value of a batch", vec![funds, ("已下达", "项目|值|乡镇\n|3|甲")], "[已下达]:2:B 值"),
        ("a setting twice", vec![funds, ("已下达", "项目|值\n可追减|是\n可追减|是")], "[已下达]:3"),
        ("an unknown setting", vec![funds, ("已下达", "项目|值\n追减|是")], "[已下达]:2"),
        ("no header", vec![("资金", "一般|1\n二般|2")], "[资金]"),
        ("two sheets of a kind", vec![funds, ("funds", "label|amount|unit\na|1|万元")], "[funds]"),
        ("a cell outside", vec![("资金", "名称|金额|单位\n一般|1|万元|什么")], "[资金]:2:D"),
        ("a path that is taken", vec![funds, ("其他设置", "路径|值(TOML)\nfund|1")], "[其他设置]:2"),
        ("no model", vec![("Sheet1", "a|b\n1|2")], "m.xlsx"),
    ] {
        let Err(Findings(found)) = read("m.xlsx", &clerk(&sheets)) else { panic!("{what} was taken") };
        let said: Vec<String> = found.iter().map(|finding| finding.render(Lang::Zh)).collect();
        assert!(said.len() == 1 && said.iter().all(|said| said.contains(place)), "{what}: {said:#?}");
    }
}

#[test]
fn no_two_columns_of_a_sheet_and_no_two_sheets_share_a_name() {
    for lang in [Lang::Zh, Lang::En] {
        let name = |code: &'static str| said(code).get(lang).to_owned();
        let mut sheets: Vec<String> = SHEETS.iter().map(|sheet| name(sheet.code)).collect();
        sheets.sort();
        sheets.dedup();
        assert_eq!(sheets.len(), SHEETS.len());
        for sheet in SHEETS {
            let mut columns: Vec<String> = sheet.columns.iter().map(|column| name(column.code)).collect();
            columns.sort();
            columns.dedup();
            assert_eq!(columns.len(), sheet.columns.len(), "{}", sheet.key);
        }
    }
}
