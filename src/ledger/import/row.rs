//! One row of a list as events.

use ecocomp_ground::dataset::table::{DATE, Raw, letters};
use ecocomp_ground::finding::{Finding, Place};
use ecocomp_ground::phrases::Phrase;
use ecocomp_ground::units::{Decimal, Money, number_and_unit, split_unit};

use crate::book::Opened;
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};
use crate::import::list::Given;
use crate::import::words::Role;

/// A column of a list.
#[derive(Debug, Clone)]
pub struct Col {
    /// Where it stands, from 0.
    pub at: usize,
    /// Its header.
    pub header: String,
    /// What it holds.
    pub role: Role,
}

impl Col {
    /// The place of its cell in a row.
    pub fn place(&self, place: &Place, row: u64) -> Place {
        place.clone().row(row).column(format!("{} {}", letters(self.at), self.header).trim_end())
    }
}

/// How a list is read.
pub struct Reader<'a> {
    /// The book.
    pub book: &'a Opened,
    /// What is given for all rows.
    pub given: &'a Given,
    /// Where the list stands.
    pub place: &'a Place,
    /// Its columns.
    pub columns: &'a [Col],
    /// The unit that the list states, or that was given.
    pub unit: Option<&'a str>,
}

/// The text of a cell; a whole number of a workbook is its digits.
pub fn text_of(raw: &Raw) -> Result<String, Phrase> {
    Ok(match raw {
        Raw::Blank => String::new(),
        Raw::Text(text) => text.clone(),
        Raw::Number(number) | Raw::Percent(number) => Decimal::from_f64(*number)?.to_string(),
        Raw::Refused(DATE, date) if !date.is_empty() => date.clone(),
        Raw::Refused(code, value) => return Err(Phrase::new(code).with("value", value)),
    })
}

/// An amount as it stands: its number, as written, and its unit.
pub struct Amount {
    /// The number.
    pub number: Decimal,
    /// As it was written.
    pub text: String,
    /// In 分.
    pub money: Money,
}

impl Reader<'_> {
    /// The amount in a cell; `None` where there is none.
    ///
    /// # Errors
    /// No number, no unit, two units, parts of a 分.
    pub fn amount(&self, col: &Col, raw: &Raw) -> Result<Option<Amount>, Phrase> {
        let Role::Amount(_, of_header) = &col.role else { return Ok(None) };
        let text = text_of(raw)?;
        if text.is_empty() || matches!(text.as_str(), "-" | "—" | "–" | "/") {
            return Ok(None);
        }
        let (number, own) = number_and_unit(&text)?;
        let digits = split_unit(&text).0;
        let stated = of_header.as_deref().or(self.unit);
        let unit = match (own, stated) {
            ("", Some(unit)) => unit,
            ("", None) => return Err(Phrase::new("fund.no_unit").with("value", &text)),
            (own, Some(stated)) if own != stated => {
                return Err(Phrase::new("fund.mixed_units").with("value", &text).with("unit", stated));
            }
            (own, _) => own,
        };
        let money = Money::of(number, unit)?;
        Ok(Some(Amount { number, text: digits.to_owned(), money }))
    }

    /// The events of a row, one for each of its amounts.
    ///
    /// # Errors
    /// Everything in it that cannot be read.
    pub fn events(&self, row: u64, cells: &[Raw], amounts: &[(&Col, Amount)]) -> Result<Vec<Event>, Vec<Finding>> {
        let mut wrong = Vec::new();
        let mut base = Event {
            date: self.given.date.unwrap_or_default(),
            kind: self.given.kind.unwrap_or(Kind::Budget),
            fen: 0,
            fund: self.given.fund.clone().unwrap_or_default(),
            year: 0,
            area: String::new(),
            ecosystem: String::new(),
            channel: self.given.channel.clone().unwrap_or_default(),
            project: String::new(),
            code: String::new(),
            payee: String::new(),
            document: self.given.document.clone().unwrap_or_default(),
            reason: self.given.reason.clone().unwrap_or_default(),
        };
        let (mut kind, mut date, mut year) = (self.given.kind, self.given.date, None);
        for col in self.columns {
            let raw = cells.get(col.at).unwrap_or(&Raw::Blank);
            let text = match text_of(raw) {
                Ok(text) if text.is_empty() => continue,
                Ok(text) => text,
                Err(_) if matches!(col.role, Role::Other | Role::Nothing | Role::Amount(..)) => continue,
                Err(phrase) => {
                    wrong.push(Finding::from_phrase(phrase, col.place(self.place, row)));
                    continue;
                }
            };
            let code = |dimension: Dimension, slot: &mut String| -> Result<(), Phrase> {
                *slot = self.book.code(dimension, &text)?;
                Ok(())
            };
            let read = match col.role {
                Role::Date => Date::parse(&text).map(|read| date = Some(read)),
                Role::Kind => match Kind::of_word(&text) {
                    Some(read) => {
                        kind = Some(read);
                        Ok(())
                    }
                    None => Err(unknown_kind(&text)),
                },
                Role::Year => match text.trim_end_matches("年度").trim_end_matches('年').parse::<i32>() {
                    Ok(read) if Date::of(read, 1, 1).is_some() => {
                        year = Some(read);
                        Ok(())
                    }
                    _ => Err(Phrase::new("fund.no_year").with("value", &text)),
                },
                Role::Fund => code(Dimension::Fund, &mut base.fund),
                Role::Area => code(Dimension::Area, &mut base.area),
                Role::Ecosystem => code(Dimension::Ecosystem, &mut base.ecosystem),
                Role::Channel => code(Dimension::Channel, &mut base.channel),
                Role::Project => code(Dimension::Project, &mut base.project),
                // `2110302 水体`: the code, and what it is called.
                Role::Code => {
                    let first = text.split_whitespace().next().unwrap_or_default();
                    let own = self
                        .book
                        .code(Dimension::Code, &text)
                        .or_else(|phrase| self.book.code(Dimension::Code, first).map_err(|_| phrase));
                    own.map(|own| base.code = own)
                }
                Role::Payee => code(Dimension::Payee, &mut base.payee),
                Role::Document => code(Dimension::Payee, &mut base.document),
                Role::Reason => code(Dimension::Payee, &mut base.reason),
                Role::Amount(..) | Role::Nothing | Role::Other => Ok(()),
            };
            if let Err(phrase) = read {
                wrong.push(Finding::from_phrase(phrase, col.place(self.place, row)));
            }
        }
        let here = || self.place.clone().row(row);
        match date {
            Some(date) => {
                base.date = date;
                base.year = year.or(self.given.year).unwrap_or_else(|| date.year());
                let within = self.given.within;
                if let Some(within) = within.filter(|within| date.year() != *within) {
                    wrong.push(
                        Finding::error("fund.outside_year", here())
                            .with("date", date.to_string())
                            .with("year", within.to_string()),
                    );
                }
                if let Some(today) = self.given.today.filter(|today| date > *today) {
                    wrong.push(
                        Finding::error("fund.future", here())
                            .with("date", date.to_string())
                            .with("today", today.to_string()),
                    );
                }
            }
            None => wrong.push(Finding::error("fund.lacks_date", here())),
        }
        if base.fund.is_empty() {
            wrong.push(Finding::error("fund.lacks_fund", here()));
        }
        let mut events = Vec::new();
        for (col, amount) in amounts {
            let of_header = if let Role::Amount(of_header, _) = col.role { of_header } else { None };
            let Some(kind) = of_header.or(kind) else {
                wrong.push(Finding::error("fund.lacks_kind", col.place(self.place, row)));
                continue;
            };
            if amount.money.fen() != 0 {
                events.push(Event { kind, fen: amount.money.fen(), ..base.clone() });
            }
        }
        if wrong.is_empty() { Ok(events) } else { Err(wrong) }
    }
}

fn unknown_kind(text: &str) -> Phrase {
    let words = Kind::ALL.map(Kind::word);
    Phrase::new("fund.unknown_kind")
        .with("value", text)
        .with_phrase("hint", &ecocomp_ground::finding::hint(text, words))
}
