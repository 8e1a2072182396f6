//! The allocation as a workbook: 分配表, 调整与批次 where there are any, 依据, 敏感性, 校验; numbers as numbers, money in 元 with two decimals.
//!
//! The same record gives the same bytes: the document carries no clock.

mod audit;
mod basis;
mod in_year;
mod plan;
mod sensitivity;
mod style;

use rust_xlsxwriter::{Workbook, XlsxError};

use crate::analysis::sensitivity::ShadowPrice;
use crate::dataset::properties::properties;
use crate::phrases::{Lang, Phrase};
use crate::record::Record;
use style::Style;

/// The workbook as bytes; `remarks` say what to know about the prices.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn allocation(
    record: &Record,
    (prices, remarks): (&[ShadowPrice], &[Phrase]),
    lang: Lang,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let title: String = record.model.name.get(lang).chars().take(200).collect();
    book.set_properties(&properties(&title, &format!("{} {}", record.engine, record.hash))?);
    let style = Style::new(lang);
    plan::write(book.add_worksheet(), record, lang, &style)?;
    if record.by_hand.is_some() || record.paid.is_some() {
        in_year::write(book.add_worksheet(), record, lang, &style)?;
    }
    basis::write(book.add_worksheet(), record, lang, &style)?;
    sensitivity::write(book.add_worksheet(), record, (prices, remarks), lang, &style)?;
    audit::write(book.add_worksheet(), record, lang, &style)?;
    book.save_to_buffer()
}
