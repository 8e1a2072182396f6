//! The template of an account and of an inventory: filled by nothing but what it asks for, it opens, computes and is checked.

use calamine::Reader as _;
use ecocomp::accounting::book::Book;
use ecocomp::accounting::checks::check;
use ecocomp::accounting::ledger::Chosen;
use ecocomp::accounting::library::library;
use ecocomp::accounting::norm::Include;
use ecocomp::accounting::statement::account;
use ecocomp::accounting::stock::inventory;
use ecocomp::accounting::template::Wanted;
use ecocomp::dataset::Source;
use ecocomp::finding::Findings;
use ecocomp::phrases::Lang;
use ecocomp::questions::gep_template;

fn wanted(norm: &str) -> Wanted {
    Wanted { norm: norm.to_owned(), year: 2023, area: ("310151".to_owned(), "崇明区".to_owned()), inventory: false }
}

fn template(wanted: &Wanted, lang: Lang) -> Vec<u8> {
    gep_template(wanted, lang).unwrap_or_else(|found| panic!("{found}"))
}

/// The workbook again, each cell changed by what its sheet, row and header make of it.
fn changed(bytes: &[u8], change: &dyn Fn(&str, usize, &str, &str) -> Option<String>) -> Vec<u8> {
    let mut read: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    for name in read.sheet_names() {
        let range = read.worksheet_range(&name).unwrap();
        let sheet = book.add_worksheet().set_name(&name).unwrap();
        let headers: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
        for (row, cells) in range.rows().enumerate() {
            for (column, header) in headers.iter().enumerate() {
                let text = cells.get(column).map(ToString::to_string).unwrap_or_default();
                let text = change(&name, row, header, &text).unwrap_or(text);
                let (row, column) = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
                match text.parse::<f64>() {
                    _ if text.is_empty() => {}
                    Ok(number) => drop(sheet.write_number(row, column, number).unwrap()),
                    Err(_) => drop(sheet.write_string(row, column, text).unwrap()),
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

/// Fills every cell that must be.
fn filled(bytes: &[u8]) -> Vec<u8> {
    changed(bytes, &|sheet, row, header, text| {
        let number = match (sheet, header) {
            ("数据" | "quantities", "数值" | "value") => "100",
            ("参数" | "parameters", "数值" | "value") => "0.5",
            ("价格" | "prices", "单价" | "value") => "10",
            _ => return None,
        };
        (row > 0 && text.is_empty()).then(|| number.to_owned())
    })
}

fn open(bytes: Vec<u8>) -> Result<Book, Findings> {
    let source = Source { name: "账户.xlsx".to_owned(), files: vec![("账户.xlsx".to_owned(), bytes)] };
    Book::open(&source).map(|(book, _)| book)
}

#[test]
fn an_account_made_of_the_template_alone_opens_computes_and_is_checked() {
    for norm in ["GBT46869", "NDRC2022", "MEE2020"] {
        for lang in [Lang::Zh, Lang::En] {
            let bytes = filled(&template(&wanted(norm), lang));
            let book = open(bytes).unwrap_or_else(|found| panic!("{norm}\n{found}"));
            assert_eq!((book.manifest.year, book.manifest.norm.as_str()), (Some(2023), norm));
            let chosen = Chosen::of(&book, None, None, None).unwrap_or_else(|found| panic!("{found}"));
            let account = account(&book, &chosen, None).unwrap_or_else(|found| panic!("{norm}\n{found}"));
            assert!(account.total_fen > 0);
            // Whatever the norm counts and the library has a method for has a value.
            let library = library().unwrap();
            let known = &library.norms[norm];
            let mut counted = 0;
            for method in library.methods.iter() {
                if known.includes(&library.tree, method.indicator).0 != Include::In {
                    continue;
                }
                let code = &library.tree.entries[method.indicator].code;
                let row = account.rows.iter().find(|row| row.code == *code);
                let row = row.unwrap_or_else(|| panic!("{norm}: no {code}"));
                assert!(row.value_fen.is_some(), "{norm}: {code} has no value");
                counted += 1;
            }
            assert!(counted > 15, "{norm}: {counted}");
            let checked = check(&book, &chosen).unwrap_or_else(|found| panic!("{found}"));
            assert!(checked.remarks.iter().all(|remark| remark.code != "gep.overlap"), "{:?}", checked.remarks);
        }
    }
}

#[test]
fn what_is_not_filled_is_told_at_its_cell() {
    let bytes = template(&wanted("NDRC2022"), Lang::Zh);
    let Findings(found) = open(bytes).expect_err("nothing is filled");
    assert!(
        found.iter().any(|finding| {
            finding.code() == "gep.value_or_status" && finding.place.sheet.as_deref() == Some("数据")
        }),
        "{found:?}"
    );
}

#[test]
fn a_head_that_is_wrong_is_told_at_its_cell() {
    let bytes = filled(&template(&wanted("NDRC2022"), Lang::Zh));
    let with = |sheet: &'static str, from: &'static str, to: &'static str| {
        let bytes =
            changed(&bytes, &|name, row, _, text| (name == sheet && row > 0 && text == from).then(|| to.to_owned()));
        let opened = open(bytes).and_then(|book| Chosen::of(&book, None, None, None));
        let Findings(found) = opened.expect_err(to);
        found.iter().map(|finding| (finding.code().to_owned(), finding.place.to_string())).collect::<Vec<_>>()
    };
    for (sheet, from, to, code) in [
        ("账户", "2023", "23", "gep.year"),
        ("账户", "年份", "年度数", "policy.unknown_word"),
        ("账户", "NDRC2022", "NDRC2020", "gep.norm_unknown"),
        ("价格体系", "现价", "时价", "policy.unknown_word"),
    ] {
        let found = with(sheet, from, to);
        assert!(
            found.iter().any(|(known, place)| known == code && (code == "gep.norm_unknown" || place.contains(sheet))),
            "{sheet} {to}: {found:?}"
        );
    }
}

#[test]
fn a_norm_that_is_not_known_is_told_with_the_nearest() {
    let Findings(found) = gep_template(&wanted("NDRC202"), Lang::Zh).expect_err("no such norm");
    assert_eq!(found[0].code(), "gep.norm_unknown");
    assert!(found[0].render(Lang::En).contains("NDRC2022"), "{}", found[0].render(Lang::En));
}

#[test]
fn an_inventory_made_of_the_template_alone_is_summed_up() {
    let wanted = Wanted { inventory: true, ..wanted("GBT46869") };
    let bytes = template(&wanted, Lang::Zh);
    assert_eq!(inventory(&open(bytes.clone()).unwrap_or_else(|found| panic!("{found}"))).items.len(), 0);
    let mut read: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(&bytes)).unwrap();
    let sheet = "生态产品目录清单";
    let headers: Vec<String> =
        read.worksheet_range(sheet).unwrap().rows().next().unwrap().iter().map(ToString::to_string).collect();
    let mut book = rust_xlsxwriter::Workbook::new();
    for name in read.sheet_names() {
        let range = read.worksheet_range(&name).unwrap();
        let out = book.add_worksheet().set_name(&name).unwrap();
        for (row, cells) in range.rows().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let at = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
                out.write_string(at.0, at.1, cell.to_string()).unwrap();
            }
        }
        if name == sheet {
            for (column, header) in (0_u16..).zip(&headers) {
                let cell = match header.as_str() {
                    "编码" => "P1",
                    "名称" => "东滩湿地",
                    "类别" => "R1",
                    "生态系统类型" => "湿地",
                    "所在乡镇" => "310151",
                    "数量" => "1200",
                    "单位" => "hm2",
                    "数量年份" => "2023",
                    "质量等级" => "优",
                    "质量标准" => "HJ 1172-2021",
                    "所有权" => "国家",
                    "资源 / 产品 / 负产品" => "资源",
                    "已实现收入(万元)" => "12.5",
                    _ => continue,
                };
                out.write_string(1, column, cell).unwrap();
            }
        }
    }
    let found = inventory(&open(book.save_to_buffer().unwrap()).unwrap_or_else(|found| panic!("{found}")));
    assert_eq!(found.items.len(), 1);
}
