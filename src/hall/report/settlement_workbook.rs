//! A settlement as a workbook: 台账, 资金流, 步骤, 月值; numbers as numbers, money in 元.

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use crate::dataset::properties::properties;
use crate::horizontal::settlement::{LedgerPart, Settlement};
use crate::phrases::{Lang, Phrase, visible};
use crate::report::plain_style::Style;

/// The workbook as bytes.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn workbook(settlement: &Settlement, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let title: String = settlement.agreement.name.get(lang).chars().take(200).collect();
    book.set_properties(&properties(&title, "")?);
    let page = Page { settlement, lang, style: Style::new() };
    page.ledger(book.add_worksheet())?;
    page.flows(book.add_worksheet())?;
    page.steps(book.add_worksheet())?;
    page.months(book.add_worksheet())?;
    book.save_to_buffer()
}

struct Page<'a> {
    settlement: &'a Settlement,
    lang: Lang,
    style: Style,
}

/// A cell of a row.
enum Cell {
    Text(String),
    Whole(i64),
    /// 分, written as 元.
    Fen(i64),
}

impl Page<'_> {
    fn say(&self, code: &'static str) -> String {
        Phrase::new(code).render(self.lang)
    }

    fn name(&self, party: &str) -> String {
        let known = self.settlement.agreement.parties.iter().find(|known| known.id == party);
        known.map_or_else(|| party.to_owned(), |known| known.name.get(self.lang).to_owned())
    }

    /// Name of the sheet, title, standing and headers; the next free row.
    fn head(&self, sheet: &mut Worksheet, name: &'static str, headers: &[String]) -> Result<u32, XlsxError> {
        let part = &self.settlement.agreement;
        sheet.set_name(self.say(name))?;
        sheet.write_string_with_format(0, 0, visible(part.name.get(self.lang)), &self.style.title)?;
        let source =
            Phrase::new("settle.source").with("source", &part.source).with("confirmed", part.confirmed_name.clone());
        sheet.write_string_with_format(1, 0, source.render(self.lang), &self.style.note)?;
        let mut row = 2;
        if part.illustrative || self.settlement.data.illustrative {
            sheet.write_string_with_format(row, 0, self.say("settle.illustrative"), &self.style.note)?;
            row += 1;
        }
        for (column, header) in (0_u16..).zip(headers) {
            sheet.write_string_with_format(row, column, header, &self.style.header)?;
            sheet.set_column_width(column, 18)?;
        }
        sheet.set_freeze_panes(row + 1, 0)?;
        Ok(row + 1)
    }

    fn row(&self, sheet: &mut Worksheet, row: u32, cells: Vec<Cell>) -> Result<(), XlsxError> {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(row, column, visible(&text), &self.style.wrapped)?,
                // Exact: years, months and counts.
                Cell::Whole(value) => sheet.write_number_with_format(row, column, value as f64, &self.style.wrapped)?,
                Cell::Fen(fen) => sheet.write_number_with_format(row, column, fen as f64 / 100.0, &self.style.money)?,
            };
        }
        Ok(())
    }

    fn in_yuan(&self, code: &'static str) -> String {
        format!("{}({})", self.say(code), self.say("settle.yuan"))
    }

    fn ledger(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let mut headers = vec![self.say("settle.year_column"), self.say("settle.party")];
        headers.extend(["settle.pays", "settle.receives", "settle.net"].map(|code| self.in_yuan(code)));
        let mut row = self.head(sheet, "settle.ledger", &headers)?;
        let mut write = |sheet: &mut Worksheet, year: Cell, part: &LedgerPart| -> Result<(), XlsxError> {
            let money = [part.pays_fen, part.receives_fen, part.net_fen].map(Cell::Fen);
            let name = Cell::Text(part.name.get(self.lang).to_owned());
            self.row(sheet, row, [year, name].into_iter().chain(money).collect())?;
            row += 1;
            Ok(())
        };
        for year in &self.settlement.years {
            for part in &year.ledger {
                write(sheet, Cell::Whole(year.year.into()), part)?;
            }
        }
        for part in &self.settlement.total {
            write(sheet, Cell::Text(self.say("settle.sum")), part)?;
        }
        Ok(())
    }

    fn flows(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let columns = [
            "settle.year_column",
            "settle.clause_column",
            "settle.basis_column",
            "settle.from",
            "settle.to",
            "settle.section",
            "settle.month",
        ];
        let mut headers: Vec<String> = columns.iter().map(|code| self.say(code)).collect();
        headers.extend(["settle.due", "settle.amount"].map(|code| self.in_yuan(code)));
        let mut row = self.head(sheet, "settle.flows", &headers)?;
        for year in &self.settlement.years {
            for clause in &year.clauses {
                for flow in &clause.flows {
                    let month = flow.month.map_or_else(|| Cell::Text(String::new()), |month| Cell::Whole(month.into()));
                    let cells = vec![
                        Cell::Whole(year.year.into()),
                        Cell::Text(clause.title.get(self.lang).to_owned()),
                        Cell::Text(clause.basis.clone()),
                        Cell::Text(self.name(&flow.from)),
                        Cell::Text(self.name(&flow.to)),
                        Cell::Text(flow.section.clone().unwrap_or_default()),
                        month,
                        Cell::Fen(flow.due_fen),
                        Cell::Fen(flow.amount_fen),
                    ];
                    self.row(sheet, row, cells)?;
                    row += 1;
                }
            }
        }
        Ok(())
    }

    fn steps(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let headers = ["settle.year_column", "settle.item", "settle.step"].map(|code| self.say(code));
        let mut row = self.head(sheet, "settle.steps", &headers)?;
        sheet.set_column_width(2, 100)?;
        for year in &self.settlement.years {
            let measures = year.measures.iter().map(|part| (part.name.get(self.lang), &part.steps));
            let clauses = year.clauses.iter().map(|part| (part.title.get(self.lang), &part.steps));
            for (name, steps) in measures.chain(clauses) {
                for step in steps {
                    let step = Cell::Text(step.get(self.lang).to_owned());
                    self.row(sheet, row, vec![Cell::Whole(year.year.into()), Cell::Text(name.to_owned()), step])?;
                    row += 1;
                }
            }
        }
        Ok(())
    }

    fn months(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let columns = [
            "settle.year_column",
            "settle.section",
            "settle.indicator",
            "settle.month",
            "settle.written",
            "settle.used",
            "settle.note_column",
        ];
        let headers = columns.map(|code| self.say(code));
        let mut row = self.head(sheet, "settle.months", &headers)?;
        for series in self.settlement.years.iter().flat_map(|year| &year.series) {
            for month in &series.months {
                let note = month.note.as_ref().map(|note| note.get(self.lang).to_owned());
                let cells = vec![
                    Cell::Whole(series.year.into()),
                    Cell::Text(series.section_name.get(self.lang).to_owned()),
                    Cell::Text(format!("{}({})", series.indicator_name.get(self.lang), series.unit)),
                    Cell::Whole(month.month.into()),
                    Cell::Text(month.written.clone().unwrap_or_default()),
                    Cell::Text(month.used.clone().unwrap_or_default()),
                    Cell::Text(note.unwrap_or_default()),
                ];
                self.row(sheet, row, cells)?;
                row += 1;
            }
        }
        Ok(())
    }
}
