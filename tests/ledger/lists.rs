//! Offices' lists: read as they are, and refused with the place of what is wrong.

use std::io::Read;

use ecocomp_ground::finding::{FindingLog, Findings, Severity};
use ecocomp_ledger::event::{Event, Kind};
use ecocomp_ledger::import::source::{Rows, csv_rows, whole_rows};
use ecocomp_ledger::import::{self, Given, Told};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::common::{book, day};

/// Events with their rows, what was told, and findings with their places.
type Taken = (Vec<(Event, u64)>, Told, Vec<(String, Severity, String)>);

fn taken(rows: Rows<'_>, given: &Given) -> Taken {
    let mut events = Vec::new();
    let mut log = FindingLog::of_tables();
    let told = import::read(rows, &book(), given, &mut log, &mut |event, row| {
        events.push((event, row));
        Ok(())
    });
    let found = log.into_findings();
    let found = found.iter().map(|finding| (finding.code().to_owned(), finding.severity, finding.place.to_string()));
    (events, told, found.collect())
}

fn text(text: &str, given: &Given) -> Taken {
    taken(csv_rows("list.csv", text.as_bytes()), given)
}

fn codes(list: &str, given: &Given) -> Vec<(String, String)> {
    text(list, given).2.into_iter().map(|(code, _, place)| (code, place)).collect()
}

fn paid() -> Given {
    Given { kind: Some(Kind::Pay), fund: Some("eco".into()), date: Some(day("2024-03-01")), ..Given::default() }
}

const NOTICE: &str = "附件1,,,,\n2024年生态补偿资金下达明细表,,,,\n,,,,单位:万元\n序号,乡镇,下达日期,下达金额,备注\n1,城桥镇,2024-02-05,306,第一批\n2,堡镇,2024/2/6,5.5,\n,小计,,311.5,\n3,城桥镇,2024年2月7日,15,\n,合计,,326.5,\n注:以上资金请专款专用,,,,\n";

#[test]
fn a_notice_with_titles_unit_and_totals_is_read() {
    let given = Given { fund: Some("eco".into()), ..Given::default() };
    let (events, told, found) = text(NOTICE, &given);
    assert_eq!(found, []);
    let seen: Vec<(Kind, i64, &str, String, u64)> = events
        .iter()
        .map(|(event, row)| (event.kind, event.fen, event.area.as_str(), event.date.to_string(), *row))
        .collect();
    assert_eq!(
        seen,
        [
            (Kind::Release, 306_000_000, "101", "2024-02-05".into(), 5),
            (Kind::Release, 5_500_000, "102", "2024-02-06".into(), 6),
            (Kind::Release, 15_000_000, "101", "2024-02-07".into(), 8),
        ]
    );
    assert_eq!((told.rows, told.events, told.totals), (3, 3, 2));
    assert_eq!(events[0].0.reason, "第一批");
}

#[test]
fn wrong_sums_are_refused_and_cut_ones_said() {
    let given = Given { fund: Some("eco".into()), ..Given::default() };
    assert_eq!(
        codes(&NOTICE.replace("326.5", "327.5"), &given),
        [("fund.total_wrong".into(), "list.csv:9:D 下达金额".into())]
    );
    let cut = NOTICE.replace("326.5", "326");
    assert_eq!(text(&cut, &given).2[0].1, Severity::Warning);
    assert_eq!(codes(&cut, &given)[0].0, "fund.total_cut");
}

#[test]
fn one_column_a_kind() {
    let list = "乡镇,日期,预算数(万元),下达数(万元),支出数(元)\n城桥镇,2024-12-31,100,80,123456.78\n";
    let (events, _, found) = text(list, &Given { fund: Some("eco".into()), ..Given::default() });
    assert_eq!(found, []);
    let seen: Vec<(Kind, i64)> = events.iter().map(|(event, _)| (event.kind, event.fen)).collect();
    assert_eq!(seen, [(Kind::Budget, 100_000_000), (Kind::Release, 80_000_000), (Kind::Spend, 12_345_678)]);
}

#[test]
fn what_cannot_be_read_is_said_with_its_cell() {
    let head = "乡镇,金额(元)\n";
    let one = |row: &str| codes(&format!("{head}{row}\n"), &paid());
    assert_eq!(one("城桥,12.30"), [("fund.unknown_code".into(), "list.csv:2:A 乡镇".into())]);
    assert_eq!(one("城桥镇,12.345"), [("units.too_fine".into(), "list.csv:2:B 金额(元)".into())]);
    assert_eq!(one("城桥镇,1.2万元")[0].0, "fund.mixed_units");
    assert_eq!(one("城桥镇,一百")[0].0, "units.not_a_number");
    assert_eq!(one("城桥镇,")[0].0, "fund.no_amount");
    assert_eq!(one("城桥镇,１２")[0].0, "units.full_width");
    assert_eq!(codes("乡镇,金额\n城桥镇,5\n", &paid())[0].0, "fund.no_unit");
    assert_eq!(codes("单位:元\n单位:万元\n乡镇,金额\n城桥镇,5\n", &paid())[0].0, "fund.two_units");
    assert_eq!(codes("甲,乙\n1,2\n", &paid())[0].0, "fund.no_header");
    assert_eq!(codes("乡镇,日期\n城桥镇,2024-01-01\n", &paid())[0].0, "fund.no_amount_column");
    let dated = |date: &str, given: &Given| {
        codes(&format!("乡镇,日期,金额(元)\n城桥镇,{date},5\n"), given)
            .into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>()
    };
    assert_eq!(dated("2023-02-29", &paid()), ["fund.no_date"]);
    assert_eq!(dated("2023-02-28", &Given { within: Some(2024), ..paid() }), ["fund.outside_year"]);
    assert_eq!(dated("2024-02-29", &Given { today: Some(day("2024-02-28")), ..paid() }), ["fund.future"]);
    let bare = Given { unit: Some("元".into()), ..Given::default() };
    let missing: Vec<String> = codes("乡镇,金额\n城桥镇,5\n", &bare).into_iter().map(|(code, _)| code).collect();
    assert_eq!(missing, ["fund.lacks_date", "fund.lacks_fund", "fund.lacks_kind"]);
    assert_eq!(codes("乡镇,类型,金额(元)\n城桥镇,下拨,5\n", &paid())[0].0, "fund.unknown_kind");
}

#[test]
fn a_workbook_with_dates_is_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 3, "拨付明细(单位:万元)", &Format::new()).unwrap();
    for (column, text) in ["日期", "乡镇", "金额", "文号"].into_iter().enumerate() {
        sheet.write(1, u16::try_from(column).unwrap(), text).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_datetime_with_format(2, 0, ExcelDateTime::from_ymd(2024, 2, 29).unwrap(), &date).unwrap();
    sheet.write(2, 1, "堡镇").unwrap();
    sheet.write(2, 2, 0.1 + 0.2).unwrap();
    sheet.write(2, 3, 45).unwrap();
    sheet.write(3, 1, "合计").unwrap();
    sheet.write_formula(3, 2, rust_xlsxwriter::Formula::new("=SUM(C3:C3)").set_result("0.3")).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let mut all = whole_rows("list.xlsx", &bytes).unwrap();
    let given = Given { kind: Some(Kind::Pay), fund: Some("eco".into()), ..Given::default() };
    let (events, told, found) = taken(all.remove(0), &given);
    assert_eq!(found, []);
    assert_eq!(told.totals, 1);
    let (event, row) = &events[0];
    assert_eq!(
        (event.date.to_string().as_str(), event.fen, event.document.as_str(), *row),
        ("2024-02-29", 300_000, "45", 3)
    );
}

#[test]
fn lists_in_the_encoding_of_old_office_programs_are_read() {
    // GB18030 of `乡镇,金额(元)\n城桥镇,5\n` with brackets of half width.
    let bytes = b"\xcf\xe7\xd5\xf2,\xbd\xf0\xb6\xee(\xd4\xaa)\n\xb3\xc7\xc7\xc5\xd5\xf2,5\n";
    let mut all = whole_rows("list.csv", bytes).unwrap();
    let (events, _, found) = taken(all.remove(0), &paid());
    assert_eq!((events.len(), found), (1, vec![]));
}

/// A list of any length that is made as it is read.
struct Endless {
    row: u64,
    rows: u64,
    rest: Vec<u8>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.len() < buffer.len() && self.row < self.rows {
            self.rest.extend_from_slice(format!("城桥镇,{}.{:02}\n", self.row % 977, self.row % 100).as_bytes());
            self.row += 1;
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

#[test]
fn a_long_list_is_read_as_it_comes() {
    let rows = 200_000;
    let list = Endless { row: 1, rows: rows + 1, rest: "乡镇,金额(元)\n".as_bytes().to_vec() };
    let mut log = FindingLog::of_tables();
    let mut sum = 0;
    let told = import::read(csv_rows("long.csv", list), &book(), &paid(), &mut log, &mut |event, _| {
        sum += event.fen;
        Ok(())
    });
    let expected: i64 = (1..=i64::try_from(rows).unwrap()).map(|row| row % 977 * 100 + row % 100).sum();
    assert_eq!((log.errors(), sum), (0, expected));
    assert!(told.events <= rows);
}

#[test]
fn a_million_wrong_rows_are_a_few_findings() {
    let list: String =
        std::iter::once("乡镇,金额(元)\n".to_owned()).chain((0..50_000).map(|_| "城桥,1\n".to_owned())).collect();
    let mut log = FindingLog::of_tables();
    import::read(csv_rows("l.csv", list.as_bytes()), &book(), &paid(), &mut log, &mut |_, _| Ok(()));
    assert_eq!(log.errors(), 50_000);
    assert!(log.into_findings().len() < 10);
}

#[test]
fn tables_that_are_none_are_refused() {
    let found = |bytes: &[u8]| -> Findings { whole_rows("list.csv", bytes).err().unwrap() };
    assert!(!found(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").0.is_empty());
    assert!(!found(b"PK\x03\x04broken").0.is_empty());
}
