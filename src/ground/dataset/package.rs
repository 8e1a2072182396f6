//! The package of a workbook, before any parser sees it: what kind of file it is, true sizes, and what its parts claim.

use std::io::{Cursor, Read};

use crate::dataset::claims::{Claims, Excess};
use crate::dataset::disguise;
use crate::dataset::table::{Limit, too_large};
use crate::finding::{Finding, Place};

/// Largest workbook file, in bytes.
pub const FILE_MAX: usize = 32 << 20;
/// Largest inflated size of all parts together, in bytes.
const INFLATED_MAX: u64 = 256 << 20;
/// A workbook inflates to some ten or twenty times its size, one of the same row a hundred thousand times to a hundred.
const RATIO_MAX: u64 = 100;
/// So much any workbook may inflate to.
const INFLATED_FREE: u64 = 32 << 20;
/// Most parts of the package.
const PARTS_MAX: usize = 2_000;
pub(super) fn damaged(place: &Place, error: &dyn std::fmt::Display) -> Finding {
    Finding::error("dataset.damaged_workbook", place.clone()).with("why", error.to_string())
}

/// Inflates every part once, keeping nothing.
///
/// # Errors
/// Another kind of file, a damaged package, one beyond the limits, or parts whose claims a parser must not see.
pub(super) fn check(place: &Place, bytes: &[u8]) -> Result<(), Finding> {
    if bytes.len() > FILE_MAX {
        return Err(too_large(place.clone(), Limit::MebibytesOfWorkbook, FILE_MAX >> 20));
    }
    if let Some(finding) = disguise::no_workbook(place, bytes) {
        return Err(finding);
    }
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(place, &error))?;
    if package.len() > PARTS_MAX {
        return Err(too_large(place.clone(), Limit::Parts, PARTS_MAX));
    }
    let is_workbook =
        |name: &[u8]| name.to_ascii_lowercase().strip_prefix(b"/").unwrap_or(name).starts_with(b"xl/workbook");
    if !package.file_names_raw().any(is_workbook) {
        return Err(Finding::error("dataset.no_workbook", place.clone()));
    }
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let most = packed.saturating_mul(RATIO_MAX).clamp(INFLATED_FREE, INFLATED_MAX);
    let mut claims = Claims::default();
    let mut inflated = 0_u64;
    for index in 0..package.len() {
        let part = package.by_index(index).map_err(|error| damaged(place, &error))?;
        let name = part.name().map(|name| name.into_owned()).unwrap_or_default();
        let size = scan(part, most + 1 - inflated, &mut claims).map_err(|error| damaged(place, &error))?;
        inflated += size;
        if inflated > most {
            let most = usize::try_from(most >> 20).unwrap_or(0);
            return Err(too_large(place.clone(), Limit::MebibytesInflated, most));
        }
        if let Some(excess) = claims.excess.take() {
            return Err(refused(place, &name, &excess));
        }
    }
    Ok(())
}

/// Streams a part past the claims; its true size.
fn scan(part: impl Read, most: u64, claims: &mut Claims) -> std::io::Result<u64> {
    let mut part = part.take(most);
    let mut begin = [0_u8; 4];
    let mut filled = 0;
    while let Some(rest) = begin.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match part.read(rest)? {
            0 => break,
            read => filled += read,
        }
    }
    let begin = begin.get(..filled).unwrap_or_default();
    // UTF-16 text hides its tags from a reader of bytes, and a workbook's parts are in UTF-8.
    if begin.starts_with(b"<\0")
        || begin.starts_with(b"\0<")
        || begin.starts_with(&[0xFF, 0xFE])
        || begin.starts_with(&[0xFE, 0xFF])
    {
        return Err(std::io::Error::other("UTF-16"));
    }
    let mut reader = claims.part();
    std::io::Write::write_all(&mut reader, begin)?;
    let size = u64::try_from(filled).unwrap_or(0) + std::io::copy(&mut part, &mut reader)?;
    reader.end(size);
    Ok(size)
}

fn refused(place: &Place, part: &str, excess: &Excess) -> Finding {
    match excess {
        Excess::Reference(reference) => damaged(place, &format!("{part}: \"{reference}\"")),
        Excess::Entries(entries) => damaged(place, &format!("{part}: {entries}")),
        Excess::Elements(element, most) => {
            let most = usize::try_from(*most).unwrap_or(usize::MAX);
            too_large(place.clone().column(format!("{part} <{element}>")), Limit::Elements, most)
        }
    }
}
