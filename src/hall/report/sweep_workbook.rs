//! The summary of a sweep as a workbook: 汇总, 单元, 输入, 未解; money in 元.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::phrases::{Lang, Phrase};
use crate::report::plain_style::{Columns, Style, page};
use crate::report::sweep::{level, unsolved_text};
use crate::report::table::one_line;
use crate::sweep::summary::{MoneyPart, Numbers, Summary};

/// The workbook as bytes.
///
/// # Errors
/// The writer refuses.
pub fn workbook(summary: &Summary, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let style = Style::new();
    let mut book = Workbook::new();
    // The library writes the time of making otherwise; the same sweep gives the same bytes.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let page = Page { summary, lang, style: &style };
    page.amounts(
        book.add_worksheet(),
        "sweep.sheet_areas",
        &[&summary.areas, &summary.ecosystems, std::slice::from_ref(&summary.total)],
    )?;
    page.amounts(book.add_worksheet(), "sweep.sheet_cells", &[&summary.cells])?;
    page.numbers(book.add_worksheet())?;
    page.unsolved(book.add_worksheet())?;
    book.save_to_buffer()
}

struct Page<'a> {
    summary: &'a Summary,
    lang: Lang,
    style: &'a Style,
}

impl Page<'_> {
    fn say(&self, code: &'static str) -> String {
        Phrase::new(code).render(self.lang)
    }

    fn head(&self, sheet: &mut Worksheet, name: &'static str, headers: &[String]) -> Result<(u32, Columns), XlsxError> {
        sheet.set_name(self.say(name))?;
        let figures = std::iter::repeat_n(14.0, headers.len().saturating_sub(2));
        let columns = Columns::new(sheet, [20.0, 24.0].into_iter().chain(figures))?;
        sheet.write_string_with_format(0, 0, self.summary.model.get(self.lang), &self.style.title)?;
        let definition = Phrase::new("sweep.definition").with("solved", self.summary.solved.to_string());
        columns.note(sheet, 1, &definition.render(self.lang), &self.style.note)?;
        let mut row = 2;
        if self.summary.illustrative {
            sheet.write_string_with_format(row, 0, self.say("report.illustrative"), &self.style.note)?;
            row += 1;
        }
        for warning in &self.summary.warnings {
            columns.note(sheet, row, &one_line(warning.get(self.lang)), &self.style.note)?;
            row += 1;
        }
        columns.headers(sheet, row, headers, self.style)?;
        page(sheet, row, 2)?;
        Ok((row + 1, columns))
    }

    fn headers(&self, first: [&'static str; 2], last: &[&'static str]) -> Vec<String> {
        let mut headers: Vec<String> = first.iter().map(|code| self.say(code)).collect();
        let codes = ["sweep.base", "sweep.mean", "sweep.sd", "sweep.least"];
        headers.extend(codes.iter().map(|code| self.say(code)));
        headers.extend(self.summary.levels.iter().map(|at| level(*at)));
        headers.push(self.say("sweep.most"));
        headers.extend(last.iter().map(|code| self.say(code)));
        headers
    }

    fn amounts(&self, sheet: &mut Worksheet, name: &'static str, groups: &[&[MoneyPart]]) -> Result<(), XlsxError> {
        let last = ["sweep.below_last_year", "sweep.below_standard"];
        let mut headers = self.headers(["report.code", "report.area"], &last);
        if let Some(header) = headers.get_mut(1) {
            *header = self.summary.area_label.get(self.lang).to_owned();
        }
        let (first, columns) = self.head(sheet, name, &headers)?;
        for (row, part) in (first..).zip(groups.iter().flat_map(|group| group.iter())) {
            sheet.write_string_with_format(row, 0, &part.code, &self.style.wrapped)?;
            sheet.write_string_with_format(row, 1, part.name.get(self.lang), &self.style.wrapped)?;
            columns.fit(sheet, row, [part.code.as_str(), part.name.get(self.lang)])?;
            let mut figures = vec![part.base_fen.map(|fen| fen as f64), part.mean_fen, part.sd_fen];
            figures.push(part.least_fen.map(|fen| fen as f64));
            figures.extend(part.quantiles_fen.iter().map(|fen| Some(*fen as f64)));
            figures.resize(4 + self.summary.levels.len(), None);
            figures.push(part.most_fen.map(|fen| fen as f64));
            let yuan: Vec<Option<f64>> = figures.into_iter().map(|fen| fen.map(|fen| fen / 100.0)).collect();
            let mut column = self.figures(sheet, (row, 2), &yuan, &self.style.money)?;
            for chance in [&part.below_last_year, &part.below_standard] {
                let share = chance.as_ref().map(|chance| chance.probability);
                column = self.figures(sheet, (row, column), &[share], &self.style.percent)?;
            }
        }
        Ok(())
    }

    fn figures(
        &self,
        sheet: &mut Worksheet,
        (row, mut column): (u32, u16),
        figures: &[Option<f64>],
        format: &Format,
    ) -> Result<u16, XlsxError> {
        for figure in figures {
            match figure {
                Some(figure) => sheet.write_number_with_format(row, column, *figure, format)?,
                None => sheet.write_blank(row, column, format)?,
            };
            column += 1;
        }
        Ok(column)
    }

    fn numbers(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let headers = self.headers(["sweep.input", "sweep.change"], &[]);
        let (first, columns) = self.head(sheet, "sweep.sheet_inputs", &headers)?;
        let stages =
            self.summary.stages.iter().map(|part| (part.label.get(self.lang), part.kind, part.base, &part.drawn));
        let inputs = self.summary.inputs.iter();
        let inputs = inputs.map(|part| (part.label.get(self.lang), part.path.as_str(), None, &part.drawn));
        for (row, (label, path, base, drawn)) in (first..).zip(inputs.chain(stages)) {
            sheet.write_string_with_format(row, 0, label, &self.style.wrapped)?;
            sheet.write_string_with_format(row, 1, path, &self.style.wrapped)?;
            columns.fit(sheet, row, [label, path])?;
            self.figures(sheet, (row, 2), &self.row(base, drawn), &self.style.number)?;
        }
        Ok(())
    }

    fn row(&self, base: Option<f64>, drawn: &Numbers) -> Vec<Option<f64>> {
        let mut figures = vec![base, drawn.mean, drawn.sd, drawn.least];
        figures.extend(drawn.quantiles.iter().copied().map(Some));
        figures.resize(4 + self.summary.levels.len(), None);
        figures.push(drawn.most);
        figures
    }

    fn unsolved(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let headers = ["sweep.number", "sweep.status", "sweep.change"].map(|code| self.say(code));
        let (first, _) = self.head(sheet, "sweep.sheet_unsolved", &headers)?;
        let columns = Columns::new(sheet, [12.0, 24.0, 90.0])?;
        for (row, draw) in (first..).zip(&self.summary.not_solved) {
            sheet.write_number_with_format(row, 0, draw.k as f64, &self.style.text)?;
            let changes = draw.changes.join("; ");
            let status = unsolved_text(&draw.status);
            let status = status.get(self.lang);
            sheet.write_string_with_format(row, 1, status, &self.style.wrapped)?;
            sheet.write_string_with_format(row, 2, &changes, &self.style.wrapped)?;
            columns.fit(sheet, row, ["", status, changes.as_str()])?;
        }
        Ok(())
    }
}
