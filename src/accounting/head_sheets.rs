//! The head of an account in sheets of a workbook instead of `account.toml`: 账户 with an item a row, and a sheet for each list of
//! the head. The sheets become the same text, and what is wrong with it is told at its cell.

use std::fmt::Write as _;

use crate::dataset::table::Table;
use crate::dataset::workbook::read_xlsx;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::sheet::{Column, Row, Sheet, needed, optional};

/// How a cell becomes a value of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text as it stands.
    Text,
    /// A number.
    Number,
    /// 是 or 否.
    Flag,
    /// Words with 、 between them.
    Words,
    /// The Chinese name, beside which an English one may stand.
    Label,
    /// Left to another column.
    Beside,
    /// One of a list of words, each with what the head calls it.
    Choice(&'static [(&'static str, &'static str)]),
}

/// A list of the head: the sheets that it may stand in, its columns, how each of them is meant.
pub(crate) struct List {
    /// What the head calls it.
    pub name: &'static str,
    /// Names of its sheet, the printed one first, the English one last.
    pub sheets: &'static [&'static str],
    /// Its columns.
    pub columns: &'static [Column],
    /// How they are meant, in the same order.
    pub forms: &'static [Form],
}

const BASIS: &[(&str, &str)] = &[("现价", "current"), ("不变价", "constant")];
const KINDS: &[(&str, &str)] = &[("比例", "ratio"), ("重复", "overlap")];

const ID: Column = needed("id", &["编号", "id"]);
const ZH: Column = optional("label", &["名称", "label"]);
const EN: Column = optional("label_en", &["英文名称", "label_en"]);
const SOURCE: Column = optional("source", &["来源", "依据", "source"]);

/// The items of the sheet of the account itself: key, names, how they are meant.
pub(crate) const ACCOUNT: &[(&str, &[&str], Form)] = &[
    ("id", &["编号", "id"], Form::Text),
    ("name", &["名称", "name"], Form::Text),
    ("version", &["版本", "version"], Form::Text),
    ("illustrative", &["示例数据", "illustrative"], Form::Flag),
    ("year", &["年份", "year"], Form::Number),
    ("norm", &["规范", "norm"], Form::Text),
    ("prices", &["价格体系", "prices"], Form::Text),
    ("counted", &["计入的可选指标", "counted"], Form::Words),
    ("source", &["来源", "source"], Form::Text),
    ("note", &["说明", "note"], Form::Text),
];
/// Names of the sheet of the account itself.
pub(crate) const SHEET: &[&str] = &["账户", "account"];
pub(crate) const ITEMS: &[Column] = &[needed("item", &["项目", "item"]), optional("content", &["内容", "content"])];

/// The lists of the head.
pub(crate) const LISTS: &[List] = &[
    List {
        name: "norm",
        sheets: &["规范一览", "norm list"],
        columns: &[
            ID,
            ZH,
            EN,
            optional("issued", &["印发", "issued"]),
            optional("in_force", &["施行", "in_force"]),
            optional("levels", &["适用层级", "levels"]),
            SOURCE,
        ],
        forms: &[Form::Text, Form::Label, Form::Beside, Form::Text, Form::Text, Form::Words, Form::Text],
    },
    List {
        name: "prices",
        sheets: &["价格体系", "price sets"],
        columns: &[ID, ZH, EN, optional("basis", &["口径", "basis"]), optional("year", &["基年", "year"]), SOURCE],
        forms: &[Form::Text, Form::Label, Form::Beside, Form::Choice(BASIS), Form::Number, Form::Text],
    },
    List {
        name: "ecosystem",
        sheets: &["生态系统", "ecosystems"],
        columns: &[ID, ZH, EN, optional("aliases", &["其他名称", "aliases"])],
        forms: &[Form::Text, Form::Label, Form::Beside, Form::Words],
    },
    List {
        name: "unit",
        sheets: &["计量单位", "units"],
        columns: &[
            needed("symbol", &["符号", "symbol"]),
            optional("names", &["其他写法", "names"]),
            optional("is", &["等于", "is"]),
        ],
        forms: &[Form::Text, Form::Words, Form::Text],
    },
    List {
        name: "view",
        sheets: &["视图", "views"],
        columns: &[
            ID,
            ZH,
            EN,
            optional("in", &["纳入", "in"]),
            optional("out", &["不纳入", "out"]),
            optional("prices", &["价格体系", "prices"]),
            optional("norm", &["规范", "norm"]),
        ],
        forms: &[Form::Text, Form::Label, Form::Beside, Form::Words, Form::Words, Form::Text, Form::Text],
    },
    List {
        name: "downscale",
        sheets: &["分摊", "downscaling"],
        columns: &[
            needed("of", &["分摊的数据", "of"]),
            optional("key", &["分摊依据", "key"]),
            optional("same", &["各处相同", "same"]),
        ],
        forms: &[Form::Words, Form::Text, Form::Flag],
    },
    List {
        name: "check",
        sheets: &["校核规则", "checks"],
        columns: &[
            needed("kind", &["方式", "kind"]),
            needed("of", &["指标", "of"]),
            optional("to", &["对照指标", "to"]),
            optional("is", &["应为", "is"]),
            optional("within", &["允许偏差", "within"]),
            SOURCE,
        ],
        forms: &[Form::Choice(KINDS), Form::Words, Form::Text, Form::Text, Form::Text, Form::Text],
    },
];

/// A head spelled by sheets.
#[derive(Debug)]
pub struct Spelled {
    /// The same as text.
    pub text: String,
    places: Vec<Place>,
}

impl Spelled {
    /// Findings at lines of the text at their cells.
    pub fn locate(&self, Findings(list): Findings) -> Findings {
        let cell = |mut finding: Finding| {
            let line =
                finding.place.row.and_then(|line| usize::try_from(line).ok()).and_then(|line| line.checked_sub(1));
            if let Some(place) = line.and_then(|line| self.places.get(line)) {
                finding.place = place.clone();
            }
            finding
        };
        Findings(list.into_iter().map(cell).collect())
    }

    fn line(&mut self, text: &str, place: Place) {
        let _ = writeln!(self.text, "{text}");
        self.places.push(place);
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn words(text: &str) -> String {
    let parts = text.split(['、', ',', '\u{FF0C}', ';', '\u{FF1B}']).map(str::trim).filter(|part| !part.is_empty());
    format!("[{}]", parts.map(quoted).collect::<Vec<_>>().join(", "))
}

/// A cell as the head writes it.
fn written(text: &str, form: Form) -> String {
    match form {
        Form::Number if text.trim().parse::<i64>().is_ok() => text.trim().to_owned(),
        Form::Flag => match text {
            "是" | "yes" | "true" | "1" => "true".to_owned(),
            "否" | "no" | "false" | "0" => "false".to_owned(),
            other => quoted(other),
        },
        Form::Words => words(text),
        Form::Choice(list) => quoted(list.iter().find(|(name, _)| *name == text).map_or(text, |(_, meant)| meant)),
        _ => quoted(text),
    }
}

/// The head that a workbook spells; `None` where it has no sheet of the account itself.
///
/// # Errors
/// What is wrong with its sheets.
pub fn spelled(file: &str, bytes: &[u8]) -> Result<Option<Spelled>, Findings> {
    let is = |names: &[&str], sheet: &str| names.iter().any(|name| name.eq_ignore_ascii_case(sheet.trim()));
    let named = |sheet: &str| is(SHEET, sheet) || LISTS.iter().any(|list| is(list.sheets, sheet));
    let tables = read_xlsx(file, bytes, &named)?;
    let of = |names: &'static [&'static str]| {
        tables.iter().filter(move |table| table.place.sheet.as_deref().is_some_and(|sheet| is(names, sheet)))
    };
    let mut log = FindingLog::of_tables();
    let mut head = Spelled { text: String::new(), places: Vec::new() };
    let Some(own) = of(SHEET).next() else { return Ok(None) };
    account(own, &mut head, &mut log);
    head.line("[files]", own.place.clone());
    head.line(&format!("all = [{}]", quoted(file)), own.place.clone());
    for list in LISTS {
        for table in of(list.sheets) {
            let Some(sheet) = Sheet::of(table, list.columns, &mut log) else { continue };
            for row in sheet.rows() {
                head.line(&format!("[[{}]]", list.name), row.place());
                entry(list, &row, &mut head, &mut log);
            }
        }
    }
    Findings::gate(Some(head), log.into_findings()).map(|(head, _)| head)
}

fn account(table: &Table, head: &mut Spelled, log: &mut FindingLog) {
    head.line("[account]", table.place.clone());
    let Some(sheet) = Sheet::of(table, ITEMS, log) else { return };
    for row in sheet.rows() {
        let Some(item) = row.need("item", log) else { continue };
        let Some((key, _, form)) = ACCOUNT.iter().find(|(_, names, _)| names.iter().any(|name| *name == item)) else {
            let like = hint(&item, ACCOUNT.iter().flat_map(|(_, names, _)| names.iter().copied())).text();
            log.push(Finding::error("policy.unknown_word", row.at("item")).with("word", &item).with("like", like));
            continue;
        };
        if let Some(content) = row.text("content", log) {
            head.line(&format!("{key} = {}", written(&content, *form)), row.at("content"));
        }
    }
}

fn entry(list: &List, row: &Row<'_>, head: &mut Spelled, log: &mut FindingLog) {
    let overlap = list.name == "check" && row.text("kind", log).is_some_and(|kind| kind == "重复" || kind == "overlap");
    for (column, form) in list.columns.iter().zip(list.forms) {
        let text = if column.needed { row.need(column.key, log) } else { row.text(column.key, log) };
        let Some(text) = text else { continue };
        let value = match form {
            Form::Beside => continue,
            Form::Label => {
                let english = row.text("label_en", log).unwrap_or_else(|| text.clone());
                format!("{{ zh = {}, en = {} }}", quoted(&text), quoted(&english))
            }
            // Of a ratio one indicator stands above the line.
            Form::Words if list.name == "check" && !overlap => quoted(&text),
            form => written(&text, *form),
        };
        head.line(&format!("{} = {value}", column.key), row.at(column.key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_a_list_has_its_form() {
        for list in LISTS {
            assert_eq!(list.columns.len(), list.forms.len(), "{}", list.name);
        }
    }

    #[test]
    fn cells_are_written_as_the_head_has_them() {
        assert_eq!(written("R1、R2", Form::Words), r#"["R1", "R2"]"#);
        assert_eq!(written("是", Form::Flag), "true");
        assert_eq!(written("2023", Form::Number), "2023");
        assert_eq!(written("不变价", Form::Choice(BASIS)), r#""constant""#);
        assert_eq!(written("a\"b", Form::Text), r#""a\"b""#);
    }
}
