//! How a result stands on paper: unit of the annex, date, title, and who decided.

use rust_xlsxwriter::ExcelDateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase, Text};
use crate::record::Record;

/// Unit of the annex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[schemars(inline)]
pub enum Unit {
    /// Exact to the fen.
    #[default]
    #[serde(rename = "yuan", alias = "元")]
    #[value(name = "yuan", alias = "元")]
    Yuan,
    /// Two decimals; totals add as shown.
    #[serde(rename = "wan", alias = "万元")]
    #[value(name = "wan", alias = "万元")]
    Wan,
}

impl Unit {
    /// `单位:元`.
    pub fn line(self, lang: Lang) -> String {
        Phrase::new(if self == Self::Wan { "report.unit_wan" } else { "report.unit_yuan" }).render(lang)
    }

    /// Its name.
    pub fn word(self, lang: Lang) -> String {
        Phrase::new(if self == Self::Wan { "report.wan" } else { "rules.unit_money" }).render(lang)
    }

    /// 分 in this unit, for a cell of a workbook.
    pub fn number(self, fen: i64) -> f64 {
        if self == Self::Wan { fen as f64 / 1e6 } else { fen as f64 / 100.0 }
    }

    /// 分 in this unit, as text.
    pub fn text(self, fen: i64) -> String {
        if self == Self::Wan { crate::figures::wan(fen) } else { crate::figures::yuan(fen) }
    }
}

/// What is printed beside the figures, and belongs to no model: nothing of it changes the number of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Paper {
    /// Unit of the annex: yuan, exact to the fen, or ten thousand yuan with two decimals; default what the model says, else yuan.
    #[arg(long, value_enum, value_name = "UNIT")]
    pub unit: Option<Unit>,
    /// Date that is printed, as 2025-03-28; without one its place stays empty, to be written by hand.
    #[schemars(length(min = 10, max = 10))]
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// Title of the annex; default made from the name of the model.
    #[schemars(length(min = 1, max = 200))]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Who is addressed; without it its place stays empty.
    #[schemars(length(min = 1, max = 200))]
    #[arg(long, value_name = "TEXT")]
    pub to: Option<String>,
    /// Which office signs; without it its place stays empty.
    #[schemars(length(min = 1, max = 200))]
    #[arg(long, value_name = "TEXT")]
    pub office: Option<String>,
}

impl Paper {
    /// Refuses what cannot be printed.
    ///
    /// # Errors
    /// The date is no day of the calendar.
    pub fn checked(&self) -> Result<(), Finding> {
        match &self.date {
            Some(text) if day(text).is_none() => {
                Err(Finding::error("paper.date", Place::file("--date")).with("value", text))
            }
            _ => Ok(()),
        }
    }

    /// Whether anything is asked for.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// The unit of the annex of a record: as asked for, else as its model says.
    pub fn unit_of(&self, record: &Record) -> Unit {
        let of_model = record.model.annex_unit.map(|word| if word == "万元" { Unit::Wan } else { Unit::Yuan });
        self.unit.or(of_model).unwrap_or_default()
    }

    /// The date, or room for one.
    pub fn date_line(&self, lang: Lang) -> String {
        let Some((year, month, day)) = self.date.as_deref().and_then(day) else {
            return Phrase::new("paper.no_date").render(lang);
        };
        // Months and days have two digits in English, where a date is written as one word.
        let part = |number: u8| Text { zh: number.to_string(), en: format!("{number:02}") };
        let year = Text { zh: year.to_string(), en: format!("{year:04}") };
        Phrase::new("paper.date_line").with("year", year).with("month", part(month)).with("day", part(day)).render(lang)
    }

    /// The title of the annex.
    pub fn title_of(&self, record: &Record, lang: Lang) -> String {
        if let Some(title) = self.title.as_ref().filter(|title| !title.trim().is_empty()) {
            return title.clone();
        }
        let name = record.model.name.get(lang);
        let name = match record.model.year {
            Some(year) if !name.contains(&year.to_string()) => {
                Phrase::new("paper.in_year").with("year", year.to_string()).with("name", name).render(lang)
            }
            _ => name.to_owned(),
        };
        // What stands in brackets at the end stays there: …分配(示例) → …分配表(示例).
        let at = if name.ends_with([')', '）']) { name.rfind(['(', '（']) } else { None };
        let (name, tail) = name.split_at(at.unwrap_or(name.len()));
        let name = name.trim_end();
        let words = |code: &'static str| Phrase::new(code).render(lang);
        let (table, division) = (words("paper.table"), words("paper.division"));
        let lower = name.to_lowercase();
        let ending = if lower.ends_with(table.trim()) {
            String::new()
        } else if lower.ends_with(division.trim()) {
            table
        } else {
            division + &table
        };
        let gap = if lang == Lang::En && !tail.is_empty() { " " } else { "" };
        format!("{name}{ending}{gap}{tail}")
    }
}

/// Year, month and day of a written date that the calendar has.
fn day(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    ExcelDateTime::from_ymd(year, month, day).ok().map(|_| (year, month, day))
}

/// Who decided on a plan of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Id of the plan.
    pub plan: String,
    /// What it is called.
    pub title: String,
    /// Who put it forward.
    pub maker: String,
    /// When.
    pub submitted: String,
    /// Remarks of the maker.
    pub note: String,
    /// Who approved.
    pub approver: String,
    /// When.
    pub approved: String,
    /// Reasons of who approved.
    pub comment: String,
}

impl Approval {
    /// What stands in the block, line by line: name and content.
    pub fn lines(&self, lang: Lang) -> Vec<(String, String)> {
        let say = |code: &'static str| Phrase::new(code).render(lang);
        let at = |who: &str, when: &str| Phrase::new("paper.who_when").with("who", who).with("when", when).render(lang);
        let mut lines = vec![
            (say("paper.plan"), format!("{} ({})", self.title, self.plan)),
            (say("paper.submitted"), at(&self.maker, &self.submitted)),
        ];
        if !self.note.is_empty() {
            lines.push((say("paper.note"), self.note.clone()));
        }
        lines.push((say("paper.approved"), at(&self.approver, &self.approved)));
        if !self.comment.is_empty() {
            lines.push((say("paper.comment"), self.comment.clone()));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let date = |text: &str| Paper { date: Some(text.to_owned()), ..Paper::default() };
        assert_eq!(date("2024-02-29").date_line(Lang::Zh), "2024年2月29日");
        assert_eq!(date("2024-02-29").date_line(Lang::En), "2024-02-29");
        for wrong in ["2025-02-29", "2025-13-01", "2025-1-1", "28.3.2025", "", "2025-03-28-", "２０２５-03-28"] {
            assert!(date(wrong).checked().is_err(), "{wrong}");
        }
        assert!(Paper::default().checked().is_ok());
    }
}
