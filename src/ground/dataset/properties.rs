//! Properties of every workbook written: a title, and no clock, so that the same input gives the same bytes.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, XlsxError};

/// Document properties with a fixed time of creation (the run is named by its hash, not by a time).
///
/// # Errors
/// The writer refuses the date.
pub fn properties(title: &str, comment: &str) -> Result<DocProperties, XlsxError> {
    let fixed = ExcelDateTime::from_ymd(2000, 1, 1)?;
    Ok(DocProperties::new().set_title(title).set_comment(comment).set_creation_datetime(&fixed))
}
