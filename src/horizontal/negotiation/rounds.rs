//! The rounds of a negotiation: who offered what and when, each line bound to the one before by its hash.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::document::reasons;
use crate::finding::{Finding, Findings, Place};
use crate::negotiation::deal::{Deal, hex};
use crate::negotiation::offer::{Offer, Terms};

/// Most rounds of a file.
const ROUNDS: usize = 2_000;
/// Most characters of a note.
const NOTE: usize = 2_000;

/// One round, one line of the rounds file.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Number from 1, without gaps.
    pub number: u32,
    /// Party that made the offer.
    pub by: String,
    /// When, as `2026-03-01T09:30:00Z`.
    pub at: String,
    /// Hash of the case the offer was made on.
    pub case: String,
    /// The offer.
    pub offer: Terms,
    /// Free text.
    #[serde(default)]
    pub note: String,
    /// Hash of the round before; empty for the first.
    pub previous: String,
    /// SHA-256 of all the other fields.
    pub hash: String,
}

impl Round {
    /// The hash that the round must have.
    fn own_hash(&self) -> String {
        let fields = (self.number, &self.by, &self.at, &self.case, &self.offer, &self.note, &self.previous);
        serde_json::to_vec(&fields).map(|bytes| hex(&Sha256::digest(&bytes))).unwrap_or_default()
    }

    /// The round as its line.
    pub fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// A new round after the given ones.
///
/// # Errors
/// An unknown party, an offer that does not fit the case, a time that is none or before the last round.
pub fn next(deal: &Deal, rounds: &[Round], by: &str, at: &str, offer: Terms, note: &str) -> Result<Round, Findings> {
    deal.party(by, "--by")?;
    Offer::read(deal, &offer, "--set")?;
    if rounds.len() >= ROUNDS {
        let finding = Finding::error("bargain.too_many", Place::default().column("--rounds"));
        return Err(finding.with("count", (rounds.len() + 1).to_string()).with("most", ROUNDS.to_string()).into());
    }
    if !is_time(at) || rounds.last().is_some_and(|last| last.at.as_str() > at) {
        return Err(Finding::error("negotiate.time", Place::default().column("--at")).with("at", at).into());
    }
    if note.chars().count() > NOTE {
        return Err(Finding::error("negotiate.long_note", Place::default().column("--note")).into());
    }
    let mut round = Round {
        number: rounds.last().map_or(1, |last| last.number + 1),
        by: by.to_owned(),
        at: at.to_owned(),
        case: deal.hash.clone(),
        offer,
        note: note.to_owned(),
        previous: rounds.last().map(|last| last.hash.clone()).unwrap_or_default(),
        hash: String::new(),
    };
    round.hash = round.own_hash();
    Ok(round)
}

/// Reads a rounds file: every line a round, numbered without gaps, on this case, its chain of hashes unbroken.
///
/// # Errors
/// The first line of each kind of fault, with its number.
pub fn read(deal: &Deal, text: &str, file: &str) -> Result<Vec<Round>, Findings> {
    let mut findings = Vec::new();
    let mut rounds: Vec<Round> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let place = || Place::file(file).row(index as u64 + 1);
        if rounds.len() >= ROUNDS {
            let finding = Finding::error("bargain.too_many", place());
            findings.push(finding.with("count", (ROUNDS + 1).to_string()).with("most", ROUNDS.to_string()));
            break;
        }
        let round: Round = match serde_json::from_str(line) {
            Ok(round) => round,
            Err(error) => {
                findings.push(
                    Finding::error("negotiate.round_form", place()).with("why", reasons::form(&error.to_string())),
                );
                break;
            }
        };
        if let Some(finding) = fault(deal, rounds.last(), &round, place()) {
            findings.push(finding);
            break;
        }
        if let Err(Findings(found)) = Offer::read(deal, &round.offer, "offer") {
            let here = |mut finding: Finding| {
                finding.place = place().column("offer");
                finding
            };
            findings.extend(found.into_iter().map(here));
            break;
        }
        rounds.push(round);
    }
    if findings.is_empty() { Ok(rounds) } else { Err(Findings(findings)) }
}

/// What is wrong with a round after another.
fn fault(deal: &Deal, last: Option<&Round>, round: &Round, place: Place) -> Option<Finding> {
    let number = last.map_or(1, |last| last.number.saturating_add(1));
    if round.number != number {
        let finding = Finding::error("negotiate.round_number", place);
        return Some(finding.with("found", round.number.to_string()).with("expected", number.to_string()));
    }
    if round.previous != last.map(|last| last.hash.clone()).unwrap_or_default() || round.hash != round.own_hash() {
        return Some(Finding::error("negotiate.chain", place).with("number", round.number.to_string()));
    }
    if round.case != deal.hash {
        return Some(Finding::error("negotiate.other_case", place).with("number", round.number.to_string()));
    }
    if let Err(mut finding) = deal.party(&round.by, "by") {
        finding.place = place.column("by");
        return Some(finding);
    }
    if !is_time(&round.at) || last.is_some_and(|last| last.at > round.at) {
        return Some(Finding::error("negotiate.time", place).with("at", &round.at));
    }
    None
}

/// Whether a text is a moment in UTC, `2026-03-01T09:30:00Z`: such texts sort by time.
fn is_time(text: &str) -> bool {
    let shape = b"0000-00-00T00:00:00Z";
    let fits = text.len() == shape.len()
        && text
            .bytes()
            .zip(shape)
            .all(|(own, shape)| if *shape == b'0' { own.is_ascii_digit() } else { own == *shape });
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(99);
    let year = text.get(0..4).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match number(5, 7) {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    fits && (1..=days).contains(&number(8, 10)) && number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60
}

/// The moment so many seconds after 1970, in UTC.
pub fn moment(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// Year, month and day so many days after 1970-01-01 (Gregorian calendar, by 400-year eras that begin in March).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(moment(1_772_357_400), "2026-03-01T09:30:00Z");
        assert!(
            is_time("2024-02-29T23:59:59Z") && !is_time("2023-02-29T00:00:00Z") && !is_time("2026-13-01T00:00:00Z")
        );
    }
}
