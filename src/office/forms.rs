//! The sheets of a model in a workbook: their names, columns and words, each in both languages by code.

use crate::phrases::{Lang, Phrase, Text};

/// A word of a list: as the model file has it, and the phrase that shows it.
pub type Word = (&'static str, &'static str);

/// A column of a sheet.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What the program calls it.
    pub id: &'static str,
    /// Its header, by code.
    pub code: &'static str,
    /// Width in characters.
    pub width: u8,
    /// Words that it offers; empty for any text.
    pub words: &'static [Word],
}

/// What a sheet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// One row a key of the model itself.
    Model,
    /// One row an ecosystem.
    Ecosystems,
    /// One row a fund.
    Funds,
    /// One row a part of the entitlement.
    Entitlement,
    /// One row a rule.
    Rules,
    /// One row a stage.
    Objectives,
    /// One row an amount set by hand.
    Overrides,
    /// One row a batch of what was paid, or a setting of all of them.
    Paid,
    /// One row a value that no other sheet has a place for.
    Other,
}

/// A sheet.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    /// What it holds.
    pub part: Part,
    /// The key of the model that it spells.
    pub key: &'static str,
    /// Its name, by code.
    pub code: &'static str,
    /// What to know before filling it in, by code.
    pub note: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

const fn column(id: &'static str, code: &'static str, width: u8) -> Column {
    Column { id, code, width, words: &[] }
}

const fn choice(id: &'static str, code: &'static str, width: u8, words: &'static [Word]) -> Column {
    Column { id, code, width, words }
}

/// Kinds of rules.
pub const KINDS: &[Word] = &[
    ("unit_standard", "rules.kind_unit_standard"),
    ("floor", "rules.kind_floor"),
    ("cap", "rules.kind_cap"),
    ("share", "rules.kind_share"),
    ("corridor", "rules.kind_corridor"),
    ("outcome_gate", "rules.kind_outcome_gate"),
    ("outcome_order", "rules.kind_outcome_order"),
    ("per_head", "rules.kind_per_head"),
    ("channel", "rules.kind_channel"),
    ("linear", "rules.kind_linear"),
    ("deduction", "rules.kind_deduction"),
];
/// Kinds of objectives.
pub const STAGES: &[Word] = &[
    ("max_min_coverage", "office.stage_coverage"),
    ("min_deviation", "office.stage_deviation"),
    ("max_outcome_benefit", "office.stage_benefit"),
    ("min_missed", "office.stage_missed"),
];
/// What a group of a rule is.
pub const GROUPS: &[Word] = &[
    ("area", "office.per_area"),
    ("cell", "office.per_cell"),
    ("ecosystem", "office.per_ecosystem"),
    ("total", "office.per_total"),
];
/// How a fund is spent.
pub const SPENDS: &[Word] = &[("all", "office.spend_all"), ("up_to", "office.spend_up_to")];
/// What becomes of cells without last year's amount.
pub const NEWS: &[Word] = &[("error", "office.new_error"), ("free", "office.new_free")];
/// Levels of coverage.
pub const LEVELS: &[Word] = &[("all", "office.levels_all"), ("worst", "office.levels_worst")];
/// Norms of deviation.
pub const NORMS: &[Word] = &[("l1", "office.norm_l1"), ("linf", "office.norm_linf")];
/// Values of outcome.
pub const VALUES: &[Word] = &[("gep_times_outcome", "office.value_outcome"), ("gep", "rules.figure_gep")];
/// Yes and no.
pub const FLAGS: &[Word] = &[("true", "office.yes"), ("false", "office.no")];
/// Figures that a bound may be a multiple of.
pub const FIGURES: &[Word] = &[
    ("last_year", "office.last_year"),
    ("entitlement", "rules.figure_entitlement"),
    ("gep", "rules.figure_gep"),
    ("protection_cost", "rules.figure_protection_cost"),
    ("opportunity_cost", "rules.figure_opportunity_cost"),
    ("cost", "office.costs"),
];
/// Figures that entitlements may go by.
pub const FACTORS: &[Word] = &[
    ("extent", "rules.figure_extent"),
    ("gep", "rules.figure_gep"),
    ("quality", "rules.figure_quality"),
    ("outcome", "rules.figure_outcome"),
    ("protection_cost", "rules.figure_protection_cost"),
    ("opportunity_cost", "rules.figure_opportunity_cost"),
    ("last_year", "office.last_year"),
    ("population", "rules.figure_population"),
];
/// Rows of the sheet of the model.
pub const MODEL_ROWS: &[Word] = &[
    ("name", "office.model_name"),
    ("area_label", "office.model_area_label"),
    ("year", "office.model_year"),
    ("dataset", "office.model_dataset"),
    ("rounding", "office.model_rounding"),
    ("basis", "office.basis"),
    ("note", "office.model_note"),
    ("annex_unit", "office.model_annex_unit"),
];
/// Rows of the sheet of entitlements.
pub const ENTITLEMENT_ROWS: &[Word] = &[
    ("amount", "office.entitled_amount"),
    ("pool", "office.entitled_pool"),
    ("factors", "office.entitled_factor"),
    ("points", "office.entitled_point"),
    ("indicator", "office.entitled_indicator"),
    ("entropy", "office.entitled_entropy"),
    ("more", "office.entitled_more"),
];
/// Rows of the sheet of what was paid: batches, and settings of all of them.
pub const PAID_ROWS: &[Word] = &[
    ("batch", "office.paid_batch"),
    ("file", "office.paid_file"),
    ("sheet", "office.paid_sheet"),
    ("recall", "office.paid_recall"),
    ("redistribute", "office.paid_redistribute"),
];
/// What a batch does.
pub const PAYMENTS: &[Word] =
    &[("release", "office.release"), ("recall", "office.recall"), ("withdrawal", "office.withdrawal")];
/// Units of money.
pub const MONEY: &[&str] = &["元", "万元", "亿元"];
/// Units of bounds.
pub const MEASURES: &[&str] = &["元", "万元", "亿元", "元/亩", "元/公顷", "元/人"];

const MORE: Column = column("more", "office.more", 24);
const REMARK: Column = column("remark", "office.remark", 24);
const BASIS: Column = column("basis", "office.basis", 18);

/// Every sheet, in the order of a workbook.
pub const SHEETS: &[Sheet] = &[
    Sheet {
        part: Part::Model,
        key: "model",
        code: "office.sheet_model",
        note: "office.note_model",
        columns: &[
            choice("row", "office.item", 14, MODEL_ROWS),
            column("value", "office.value", 50),
            column("english", "office.english", 40),
            REMARK,
        ],
    },
    Sheet {
        part: Part::Ecosystems,
        key: "ecosystems",
        code: "office.sheet_ecosystems",
        note: "office.note_ecosystems",
        columns: &[
            column("id", "office.id", 16),
            column("label", "office.label", 16),
            column("label_en", "office.label_en", 20),
            column("aliases", "office.aliases", 30),
            column("extent_unit", "office.extent_unit", 12),
            MORE,
            REMARK,
        ],
    },
    Sheet {
        part: Part::Funds,
        key: "fund",
        code: "office.sheet_funds",
        note: "office.note_funds",
        columns: &[
            column("label", "office.label", 26),
            column("amount", "office.amount", 16),
            column("unit", "office.unit", 9),
            column("only", "office.only", 18),
            choice("spend", "office.spend", 12, SPENDS),
            BASIS,
            column("id", "office.id", 16),
            column("label_en", "office.label_en", 22),
            MORE,
            REMARK,
        ],
    },
    Sheet {
        part: Part::Rules,
        key: "rule",
        code: "office.sheet_rules",
        note: "office.note_rules",
        columns: &[
            choice("kind", "office.kind", 11, KINDS),
            column("label", "office.label", 15),
            column("of", "office.of", 13),
            choice("per", "office.per", 11, GROUPS),
            column("least", "office.least", 8),
            column("most", "office.most", 8),
            column("unit", "office.unit_or_times", 14),
            column("below", "office.below", 9),
            column("within", "office.within", 11),
            choice("new", "office.new", 10, NEWS),
            column("penalty", "office.penalty", 9),
            choice("enabled", "office.enabled", 6, FLAGS),
            BASIS,
            column("id", "office.id", 11),
            column("label_en", "office.label_en", 12),
            MORE,
            REMARK,
        ],
    },
    Sheet {
        part: Part::Entitlement,
        key: "entitlement",
        code: "office.sheet_entitlement",
        note: "office.note_entitlement",
        columns: &[
            choice("row", "office.item", 18, ENTITLEMENT_ROWS),
            column("name", "office.entitled_name", 18),
            column("value", "office.value", 18),
            column("unit", "office.unit", 9),
            REMARK,
        ],
    },
    Sheet {
        part: Part::Objectives,
        key: "objective",
        code: "office.sheet_objectives",
        note: "office.note_objectives",
        columns: &[
            choice("kind", "office.kind", 20, STAGES),
            choice("levels", "office.levels", 14, LEVELS),
            choice("norm", "office.norm", 14, NORMS),
            choice("value", "office.benefit", 18, VALUES),
            column("returns", "office.returns", 34),
            column("slack", "office.slack", 10),
            MORE,
            REMARK,
        ],
    },
    Sheet {
        part: Part::Overrides,
        key: "override",
        code: "office.sheet_overrides",
        note: "office.note_overrides",
        columns: &[
            column("area", "office.area", 16),
            column("ecosystem", "office.ecosystem", 14),
            column("fund", "office.fund", 14),
            column("amount", "office.override_amount", 14),
            column("change", "office.override_change", 14),
            column("unit", "office.unit", 9),
            column("reason", "office.reason", 36),
            column("by", "office.by", 14),
            column("date", "office.date", 12),
            MORE,
            REMARK,
        ],
    },
    Sheet {
        part: Part::Paid,
        key: "paid",
        code: "office.sheet_paid",
        note: "office.note_paid",
        columns: &[
            choice("row", "office.item", 14, PAID_ROWS),
            column("value", "office.value", 16),
            column("area", "office.area", 14),
            column("ecosystem", "office.ecosystem", 10),
            column("fund", "office.fund", 12),
            choice("kind", "office.payment", 8, PAYMENTS),
            column("amount", "office.amount", 12),
            column("unit", "office.unit", 7),
            column("batch", "office.batch", 10),
            column("date", "office.date", 12),
            column("document", "office.document", 16),
            column("note", "office.model_note", 16),
            choice("redistribute", "office.paid_redistribute", 10, FLAGS),
            MORE,
            REMARK,
        ],
    },
    Sheet {
        part: Part::Other,
        key: "",
        code: "office.sheet_other",
        note: "office.note_other",
        columns: &[column("path", "office.path", 30), column("value", "office.literal", 80), REMARK],
    },
];

/// A text of a code in both languages.
pub fn said(code: &'static str) -> Text {
    Phrase::new(code).text()
}

/// Whether a cell says this code, in either language.
pub fn says(code: &'static str, cell: &str) -> bool {
    let text = said(code);
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let cell = plain(cell);
    cell == plain(&text.zh) || cell == plain(&text.en)
}

/// The word of a list that a cell names: by what is shown or as the model file has it.
pub fn word_of(words: &[Word], cell: &str) -> Option<&'static str> {
    let cell = cell.trim();
    words.iter().find(|(id, code)| *id == cell || says(code, cell)).map(|(id, _)| *id)
}

/// The indicator that a cell names: by what is shown, by a header of the data, or as the model file has it.
pub fn figure_of(words: &[Word], cell: &str) -> Option<&'static str> {
    word_of(words, cell).or_else(|| crate::dataset::columns::indicator_of(cell))
}

/// What is shown of a word.
pub fn shown(words: &[Word], id: &str, lang: Lang) -> Option<String> {
    words.iter().find(|(known, _)| *known == id).map(|(_, code)| said(code).get(lang).to_owned())
}

impl Sheet {
    /// The sheet that a name is.
    pub fn of_name(name: &str) -> Option<&'static Self> {
        SHEETS.iter().find(|sheet| says(sheet.code, name))
    }
}
