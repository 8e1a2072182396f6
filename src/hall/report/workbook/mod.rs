//! The allocation as a workbook: 分配表, 下达附件, 调整与批次 where there are any, 依据, 金额依据, 规则原文, 敏感性, 校验; numbers as numbers,
//! money in 元 with two decimals, in the annex as asked.
//!
//! The same record gives the same bytes: the document carries no clock.

mod amounts;
mod annex;
mod audit;
mod basis;
mod channels;
mod in_year;
mod plan;
mod rules;
mod sensitivity;
mod style;

use rust_xlsxwriter::{Workbook, XlsxError};

use crate::analysis::sensitivity::ShadowPrice;
use crate::dataset::properties::properties;
use crate::phrases::{Lang, Phrase, Text};
use crate::record::Record;
use crate::report::paper::{Approval, Paper};
use style::Style;

/// What a workbook shows beside the record.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'a> {
    /// Shadow prices of all binding rows.
    pub prices: &'a [ShadowPrice],
    /// What to know about them.
    pub remarks: &'a [Phrase],
    /// For each cell of the record the rules that hold its amount: id, and in words.
    pub held: &'a [Vec<(String, Text)>],
    /// Each fund and rule as the model has it.
    pub written: &'a [(String, String)],
    /// How the annex stands on paper.
    pub paper: &'a Paper,
    /// Who decided; `None` where nobody has.
    pub approval: Option<&'a Approval>,
}

/// The workbook as bytes.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn allocation(record: &Record, beside: &Beside<'_>, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let title: String = record.model.name.get(lang).chars().take(200).collect();
    book.set_properties(&properties(&title, &format!("{} {}", record.engine, record.hash))?);
    let style = Style::new(lang);
    plan::write(book.add_worksheet(), record, lang, &style)?;
    annex::write(book.add_worksheet(), record, (beside.paper, beside.approval), lang)?;
    if record.by_hand.is_some() || record.paid.is_some() {
        in_year::write(book.add_worksheet(), record, lang, &style)?;
    }
    basis::write(book.add_worksheet(), record, lang, &style)?;
    amounts::write(book.add_worksheet(), record, beside.held, lang, &style)?;
    rules::write(book.add_worksheet(), record, (beside.written, beside.held), lang, &style)?;
    sensitivity::write(book.add_worksheet(), record, (beside.prices, beside.remarks), lang, &style)?;
    audit::write(book.add_worksheet(), record, lang, &style)?;
    book.save_to_buffer()
}
