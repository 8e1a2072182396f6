//! An answer in a form: every kind of answer with the forms that it has, and the one choice among them.
//!
//! A new form of an answer is a function in the file of its report and an entry here. Only the forms of an allocation stand beside
//! its question, because its workbook asks the solver once more.

use std::path::Path;

use rust_xlsxwriter::XlsxError;
use serde::Serialize;

use crate::accounting;
use crate::analysis::alternatives::Alternatives;
use crate::analysis::compare::Comparison;
use crate::analysis::curve::{Curve, Interval};
use crate::analysis::frontier::Frontier;
use crate::analysis::ranges::Ranges;
use crate::analysis::robust::RobustPlan;
use crate::analysis::sobol::Indices;
use crate::analysis::tornado::Tornado;
use crate::finding::{Finding, Place};
use crate::horizontal::negotiation::{Mediation, PartyView};
use crate::horizontal::settlement::Settlement;
use crate::horizontal::{bargaining, cooperative, division, payment};
use crate::phrases::{Lang, Phrase, Text};
use crate::report;
use crate::report::chart::paint::png;
use crate::report::explanation::Explained;
use crate::report::pages::Pages;
use crate::sweep::Summary;

/// A form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Text for a terminal.
    Table,
    /// JSON.
    Json,
    /// CSV: one header line, then data.
    Csv,
    /// Workbook.
    Xlsx,
    /// Chart.
    Svg,
    /// The same chart, painted.
    Png,
    /// Document.
    Docx,
    /// Linear programs.
    Mps,
}

/// What the name of a file says of its form.
enum Named {
    /// It asks for a form.
    Form(Form),
    /// It has no extension, which leaves it open.
    Open,
    /// Its extension stands for no form.
    Unknown(String),
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 8] =
        [Self::Table, Self::Json, Self::Csv, Self::Xlsx, Self::Svg, Self::Png, Self::Docx, Self::Mps];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Docx => "docx",
            Self::Mps => "mps",
        }
    }

    /// The form of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.word() == word)
    }

    /// The extension of its files, without dot.
    pub fn extension(self) -> &'static str {
        if self == Self::Table { "txt" } else { self.word() }
    }

    /// Its media type.
    pub fn media(self) -> &'static str {
        match self {
            Self::Table => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Mps => "application/zip",
        }
    }

    fn of_name(path: &Path) -> Named {
        let Some(extension) = path.extension() else { return Named::Open };
        let extension = extension.to_string_lossy().to_lowercase();
        match extension.as_str() {
            "text" | "md" => Named::Form(Self::Table),
            _ => match Self::ALL.into_iter().find(|form| form.extension() == extension) {
                Some(form) => Named::Form(form),
                None => Named::Unknown(extension),
            },
        }
    }

    /// The form that is asked for by word or by the name of the file, of those that an answer has; else the first of them.
    ///
    /// # Errors
    /// Word and name contradict each other, or the name stands for no form that there is.
    pub fn choose(asked: Option<Self>, output: Option<&Path>, forms: &[Self]) -> Result<Self, Finding> {
        let path = || output.map(|path| path.display().to_string()).unwrap_or_default();
        let unknown = |extension: &str| {
            let finding = Finding::error("cli.unknown_extension", Place::file("-o")).with("path", path());
            finding.with("extension", extension).with("forms", extensions(forms))
        };
        let first = forms.first().copied().unwrap_or(Self::Json);
        match (asked, output.map_or(Named::Open, Self::of_name)) {
            (_, Named::Unknown(extension)) => Err(unknown(&extension)),
            (_, Named::Form(named)) if !forms.contains(&named) => Err(unknown(named.extension())),
            (Some(asked), Named::Form(named)) if asked != named => {
                let finding = Finding::error("cli.format_contradiction", Place::file("-o")).with("path", path());
                Err(finding.with("format", asked.word()).with("named", named.word()))
            }
            (_, Named::Form(named)) => Ok(named),
            (asked, Named::Open) => Ok(asked.unwrap_or(first)),
        }
    }

    /// Whether it is bytes that no terminal shows.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Xlsx | Self::Png | Self::Docx | Self::Mps)
    }
}

/// The extensions of forms, as people read them.
fn extensions(forms: &[Form]) -> Text {
    let list = |lang: Lang, gap: &str| {
        let one = |form: &Form| match form {
            Form::Table => Phrase::new("report.text_file").render(lang),
            form => format!(".{}", form.extension()),
        };
        forms.iter().map(one).collect::<Vec<_>>().join(gap)
    };
    Text { zh: list(Lang::Zh, "、"), en: list(Lang::En, ", ") }
}

/// Why an answer is not printed.
#[derive(Debug)]
pub enum Unprinted {
    /// It does not have the form; the forms that it has are named.
    Absent(Finding),
    /// The form could not be made.
    Failed(Finding),
}

impl Unprinted {
    fn absent(form: Form, forms: &[Form]) -> Self {
        let words: Vec<&str> = forms.iter().map(|form| form.word()).collect();
        let finding = Finding::error("report.no_form", Place::default()).with("form", form.word());
        Self::Absent(finding.with("forms", words.join(", ")))
    }
}

impl From<Finding> for Unprinted {
    fn from(finding: Finding) -> Self {
        Self::Failed(finding)
    }
}

impl From<XlsxError> for Unprinted {
    fn from(error: XlsxError) -> Self {
        Self::Failed(Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))
    }
}

/// A document as the command line prints it: indented JSON and a line end.
pub fn pretty(document: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Makes a workbook or a document of an answer.
pub type Workbook<A> = fn(&A, Lang) -> Result<Vec<u8>, Unprinted>;

/// How a kind of answer is printed: a function for each form that it has. JSON every answer has.
pub struct Printers<A> {
    /// Text for a terminal.
    pub table: fn(&A, Lang) -> String,
    /// CSV.
    pub csv: Option<fn(&A, Lang) -> Vec<u8>>,
    /// Workbook.
    pub xlsx: Option<Workbook<A>>,
    /// Chart, written as SVG and as PNG; `None` where there is nothing in this answer that could be drawn.
    pub svg: Option<fn(&A, Lang) -> Option<String>>,
    /// Document.
    pub docx: Option<Workbook<A>>,
}

/// A kind of answer.
pub trait Printed: Serialize + Sized {
    /// Its forms.
    const PRINTERS: Printers<Self>;

    /// The forms that it has, the usual one first.
    fn forms() -> Vec<Form> {
        let Printers { csv, xlsx, svg, docx, .. } = Self::PRINTERS;
        let has = |there: bool, form: Form| there.then_some(form);
        let more = [
            has(csv.is_some(), Form::Csv),
            has(xlsx.is_some(), Form::Xlsx),
            has(svg.is_some(), Form::Svg),
            has(svg.is_some(), Form::Png),
            has(docx.is_some(), Form::Docx),
        ];
        [Form::Table, Form::Json].into_iter().chain(more.into_iter().flatten()).collect()
    }
}

/// An answer of any kind.
pub trait Answer: Send {
    /// The answer in a form.
    ///
    /// # Errors
    /// It does not have the form, or the form could not be made.
    fn print(&self, form: Form, lang: Lang) -> Result<Vec<u8>, Unprinted>;
}

impl<A: Printed + Send> Answer for A {
    fn print(&self, form: Form, lang: Lang) -> Result<Vec<u8>, Unprinted> {
        let absent = || Unprinted::absent(form, &A::forms());
        let Printers { table, csv, xlsx, svg, docx } = A::PRINTERS;
        let no_chart = || Unprinted::Absent(Finding::error("bargain.no_chart", Place::default()));
        match form {
            Form::Table => Ok(table(self, lang).into_bytes()),
            Form::Json => Ok(pretty(self)),
            Form::Csv => Ok(csv.ok_or_else(absent)?(self, lang)),
            Form::Xlsx => xlsx.ok_or_else(absent)?(self, lang),
            Form::Svg => Ok(svg.ok_or_else(absent)?(self, lang).ok_or_else(no_chart)?.into_bytes()),
            Form::Png => Ok(png(&svg.ok_or_else(absent)?(self, lang).ok_or_else(no_chart)?)?),
            Form::Docx => docx.ok_or_else(absent)?(self, lang),
            Form::Mps => Err(absent()),
        }
    }
}

/// Gives a kind of answer its forms.
macro_rules! printed {
    (@) => { None };
    (@ $made:expr) => { Some($made) };
    ($answer:ty, $table:expr $(, csv: $csv:expr)? $(, xlsx: $xlsx:expr)? $(, svg: $svg:expr)? $(, docx: $docx:expr)?) => {
        impl Printed for $answer {
            const PRINTERS: Printers<Self> = Printers {
                table: $table,
                csv: printed!(@ $($csv)?),
                xlsx: printed!(@ $(|answer, lang| Ok($xlsx(answer, lang)?))?),
                svg: printed!(@ $($svg)?),
                docx: printed!(@ $(|answer, lang| Ok($docx(answer, lang)?))?),
            };
        }
    };
}

printed!(
    Explained, report::explanation::text, csv: report::explanation::csv, xlsx: report::explanation::workbook,
    docx: report::explanation::document
);
printed!(Pages, report::pages::text, docx: report::docx::docx);
printed!(Frontier, report::frontier::text, csv: report::frontier::csv, svg: |found, lang| Some(report::frontier::svg(found, lang)));
printed!(Interval, report::interval::text);
printed!(Curve, report::curve::text, csv: report::curve::csv, svg: |found, lang| Some(report::curve::svg(found, lang)));
printed!(
    Ranges, report::ranges::text, csv: report::ranges::csv, xlsx: report::ranges::workbook,
    svg: |found, lang| Some(report::ranges::svg(found, lang))
);
printed!(Alternatives, report::alternatives::text, csv: report::alternatives::csv);
printed!(Tornado, report::drivers::tornado, svg: |found, lang| Some(report::drivers::tornado_svg(found, lang)));
printed!(Indices, report::drivers::indices, svg: report::drivers::indices_svg);
printed!(
    RobustPlan, report::robust::text, csv: report::robust::csv,
    svg: |plan, lang| Some(report::robust::svg(plan, lang))
);
printed!(Summary, report::sweep::summary, xlsx: report::sweep_workbook::workbook, svg: report::sweep::svg);
printed!(
    Comparison, report::compare::table, csv: report::compare::csv, xlsx: report::compare::workbook,
    docx: report::compare::document
);
printed!(Settlement, report::settlement::text, csv: report::settlement_csv::csv, xlsx: report::settlement_workbook::workbook);
printed!(
    payment::Answer, report::payment::text, csv: report::payment::csv,
    svg: |answer, lang| Some(report::payment::svg(answer, lang))
);
printed!(
    division::Division, report::share::text, csv: report::share::csv,
    svg: |answer, lang| Some(report::share::svg(answer, lang))
);
printed!(
    cooperative::Solved, report::game::text, csv: report::game::csv,
    svg: |answer, lang| Some(report::game::svg(answer, lang))
);
printed!(
    ecocomp_ledger::sheet::Sheet, report::fund::text, csv: report::fund::csv, xlsx: report::fund::workbook,
    svg: report::fund::svg
);
printed!(accounting::statement::Account, report::gep::account, csv: report::gep::account_csv, xlsx: report::gep::account_workbook);
printed!(accounting::trace::Explanation, report::gep::explanation);
printed!(
    accounting::compare::Comparison, report::gep::comparison, csv: report::gep::comparison_csv,
    xlsx: report::gep::comparison_workbook
);
printed!(
    accounting::compare::PriceSets, report::gep::price_sets, csv: report::gep::price_sets_csv,
    xlsx: report::gep::price_sets_workbook
);
printed!(accounting::checks::Checked, report::gep::checked, csv: report::gep::checked_csv, xlsx: report::gep::checked_workbook);
printed!(
    accounting::stock::Inventory, report::gep::inventory, csv: report::gep::inventory_csv,
    xlsx: report::gep::inventory_workbook
);
printed!(bargaining::Answer, report::bargain::text, csv: report::bargain::csv, svg: report::bargain::svg);
printed!(
    PartyView, report::negotiate::party_text,
    csv: |view, lang| report::negotiate::csv(&view.case, &view.offers, lang),
    svg: |view, lang| Some(report::negotiate::party_svg(view, lang))
);
printed!(
    Mediation, report::negotiate::mediator_text,
    csv: |view, lang| report::negotiate::csv(&view.case, &view.offers, lang), svg: report::negotiate::mediator_svg
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_form_and_contradicts_no_word() {
        let forms = [Form::Table, Form::Json, Form::Csv];
        let choose = |asked: Option<Form>, name: Option<&str>| {
            Form::choose(asked, name.map(Path::new), &forms).map_err(|finding| finding.code())
        };
        assert_eq!(choose(None, None), Ok(Form::Table));
        assert_eq!(choose(None, Some("a.CSV")), Ok(Form::Csv));
        assert_eq!(choose(None, Some("a.md")), Ok(Form::Table));
        assert_eq!(choose(Some(Form::Csv), Some("a")), Ok(Form::Csv));
        assert_eq!(choose(Some(Form::Csv), Some("a.csv")), Ok(Form::Csv));
        assert_eq!(choose(Some(Form::Json), Some("a.csv")), Err("cli.format_contradiction"));
        assert_eq!(choose(Some(Form::Json), Some("a.txt")), Err("cli.format_contradiction"));
        assert_eq!(choose(None, Some("a.svg")), Err("cli.unknown_extension"));
        assert_eq!(choose(Some(Form::Json), Some("a.pdf")), Err("cli.unknown_extension"));
        assert_eq!(Form::choose(None, Some(Path::new("a")), &[Form::Xlsx]).ok(), Some(Form::Xlsx));
    }
}
