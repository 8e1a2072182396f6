//! Values of a model in cells: each field of a row spelled so that reading it gives the same value again.

use std::collections::BTreeMap;

use crate::dataset::table::Raw;
use crate::document::tree::{Node, Value};
use crate::forms::{FIGURES, Word, shown, word_of};
use crate::phrases::Lang;
use crate::units::Decimal;

/// A row by the ids of its columns: what stands there, and the number of the spot.
pub type Line = BTreeMap<&'static str, (Raw, u64)>;

/// Keys of a table with their values.
pub type Entries = Vec<(String, Node)>;

/// What is written into a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
}

/// One or more keys of a table, and the cells that spell them.
#[derive(Debug, Clone, Copy)]
pub enum Field {
    /// Text of a key.
    Text(&'static str),
    /// A printed name, in two cells: the key and its English one.
    Label(&'static str, &'static str),
    /// A word of a list.
    Word(&'static str, &'static [Word]),
    /// A number or percentage.
    Number(&'static str),
    /// Money in two cells.
    Money(&'static str, &'static str),
    /// A selection of cells: of `of` a bare name stands for `ecosystem = …`.
    Selection(&'static str, &'static str),
    /// Yes or no.
    Flag(&'static str),
    /// The weight of a soft rule.
    Penalty(&'static str),
    /// Bounds of a rule: what they mean depends on its kind.
    Bounds,
    /// Names in one cell.
    Names(&'static str),
    /// Pairs of numbers: `0.6:1.0; 1.1:0.6`.
    Pairs(&'static str),
}

/// Marks between names.
const BETWEEN: [char; 3] = ['、', ',', '，'];
/// Words before the names of a selection.
const SELECTED: &[Word] = &[("ecosystem", "office.ecosystem"), ("area", "office.area"), ("fund", "office.fund")];

/// The value of a cell as text or number; a number keeps its digits.
pub fn plain(raw: &Raw) -> Option<Value> {
    match raw {
        Raw::Blank | Raw::Refused(..) => None,
        Raw::Number(number) | Raw::Percent(number) => {
            Some(Decimal::from_f64(*number).map_or_else(|_| Value::Text(number.to_string()), number_of))
        }
        Raw::Text(text) => Some(Value::Text(text.clone())),
    }
}

fn number_of(number: Decimal) -> Value {
    Value::Number(number.to_string())
}

/// A number where the cell holds one, else its text.
pub fn number(raw: &Raw) -> Option<Value> {
    match plain(raw)? {
        Value::Text(text) => {
            let half = half_width(&text);
            Some(match (Decimal::parse(&half), Node::parse_value(&half).value) {
                (Ok(_), Value::Number(written)) => Value::Number(written),
                (Ok(number), _) => number_of(number),
                (Err(_), _) if half.ends_with('%') => Value::Text(half),
                (Err(_), _) => Value::Text(text),
            })
        }
        value => Some(value),
    }
}

/// Digits and signs of a Chinese input method as plain ones.
pub fn half_width(text: &str) -> String {
    let half = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{A0}' => ' ',
        '−' => '-',
        c => c,
    };
    text.trim().chars().map(half).collect()
}

/// What the cell of a number shows, as text.
fn digits(value: &Value) -> Option<&str> {
    match value {
        Value::Number(text) => Some(text),
        _ => None,
    }
}

/// A number as a cell: as a number where that keeps its digits, else as text.
fn cell_of_number(text: &str) -> Cell {
    let number = Decimal::parse(text).ok().map(Decimal::to_f64);
    match number.filter(|number| Decimal::from_f64(*number).is_ok_and(|read| read.to_string() == text)) {
        Some(number) => Cell::Number(number),
        None => Cell::Text(text.to_owned()),
    }
}

/// A value of a form as a cell; `None` for lists and tables.
pub fn cell_of(value: &Value) -> Option<Cell> {
    Some(match value {
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Number(text) => cell_of_number(text),
        Value::Flag(flag) => Cell::Text(flag.to_string()),
        Value::List(_) | Value::Table(_) => return None,
    })
}

/// What reading gives of a written cell.
pub fn raw_of(cell: &Cell) -> Raw {
    match cell {
        Cell::Text(text) if text.trim().is_empty() => Raw::Blank,
        Cell::Text(text) => Raw::Text(text.trim().to_owned()),
        Cell::Number(number) => Raw::Number(*number),
    }
}

fn get<'a>(line: &'a Line, id: &str) -> Option<(&'a Raw, u64)> {
    line.get(id).map(|(raw, spot)| (raw, *spot)).filter(|(raw, _)| **raw != Raw::Blank)
}

fn text(line: &Line, id: &str) -> Option<(String, u64)> {
    let (raw, spot) = get(line, id)?;
    let text = match plain(raw)? {
        Value::Text(text) | Value::Number(text) => text,
        _ => return None,
    };
    Some((text, spot))
}

fn node(value: Value, line: u64) -> Node {
    Node { line, value }
}

fn table(entries: Vec<(&str, Node)>, line: u64) -> Node {
    node(Value::Table(entries.into_iter().map(|(key, node)| (key.to_owned(), node)).collect()), line)
}

/// The kind of the rule in a line.
fn kind(line: &Line) -> String {
    text(line, "kind")
        .map(|(text, _)| word_of(crate::forms::KINDS, &text).unwrap_or(&text).to_owned())
        .unwrap_or_default()
}

/// The figure of `×上年补偿`.
fn figure(unit: &str) -> Option<String> {
    let name = unit.strip_prefix(['×', 'x', 'X', '倍'])?.trim();
    Some(crate::forms::figure_of(FIGURES, name).unwrap_or(name).to_owned())
}

fn of_figure(name: &str, lang: Lang) -> String {
    format!("×{}", shown(FIGURES, name, lang).unwrap_or_else(|| name.to_owned()))
}

impl Field {
    /// The keys that the line spells.
    pub fn read(self, line: &Line) -> Entries {
        let one = |key: &str, found: Option<Node>| found.map(|node| (key.to_owned(), node)).into_iter().collect();
        match self {
            Self::Text(key) => one(key, text(line, key).map(|(text, spot)| node(Value::Text(text), spot))),
            Self::Label(key, english) => {
                let found = match (text(line, key), text(line, english)) {
                    (Some((zh, spot)), Some((en, _))) => {
                        let part = |text| node(Value::Text(text), spot);
                        Some(table(vec![("zh", part(zh)), ("en", part(en))], spot))
                    }
                    (Some((only, spot)), None) | (None, Some((only, spot))) => Some(node(Value::Text(only), spot)),
                    (None, None) => None,
                };
                one(key, found)
            }
            Self::Word(key, words) => {
                let found = text(line, key);
                one(
                    key,
                    found
                        .map(|(text, spot)| node(Value::Text(word_of(words, &text).map_or(text, str::to_owned)), spot)),
                )
            }
            Self::Number(key) => one(key, get(line, key).and_then(|(raw, spot)| Some(node(number(raw)?, spot)))),
            Self::Money(key, unit) => one(key, amount(line, key, unit)),
            Self::Selection(key, short) => selection(line, key, short).into_iter().collect(),
            Self::Flag(key) => one(
                key,
                text(line, key).map(|(text, spot)| {
                    node(
                        match word_of(crate::forms::FLAGS, &text) {
                            Some(word) => Value::Flag(word == "true"),
                            None => Value::Text(text),
                        },
                        spot,
                    )
                }),
            ),
            Self::Penalty(key) => {
                let found = get(line, key).and_then(|(raw, spot)| Some((number(raw)?, spot)));
                let found =
                    found.map(|(value, spot)| ("soft".to_owned(), table(vec![("penalty", node(value, spot))], spot)));
                found.into_iter().collect()
            }
            Self::Bounds => bounds(line),
            Self::Names(key) => one(
                key,
                text(line, key).map(|(text, spot)| {
                    let names = text.split(BETWEEN).map(str::trim).filter(|name| !name.is_empty());
                    node(Value::List(names.map(|name| node(Value::Text(name.to_owned()), spot)).collect()), spot)
                }),
            ),
            Self::Pairs(key) => one(
                key,
                text(line, key).map(|(text, spot)| {
                    let pair = |pair: &str| {
                        let parts = pair.split([':', '：']).map(|part| number(&Raw::Text(part.trim().to_owned())));
                        node(Value::List(parts.flatten().map(|value| node(value, spot)).collect()), spot)
                    };
                    let pairs = text.split([';', '；']).filter(|pair| !pair.trim().is_empty()).map(pair);
                    node(Value::List(pairs.collect()), spot)
                }),
            ),
        }
    }

    /// A word that its list does not have and that cannot be one of the model file's: spot, word and list.
    pub fn unknown_word(self, line: &Line) -> Option<(u64, String, &'static [Word])> {
        let (key, words) = match self {
            Self::Word(key, words) => (key, words),
            Self::Flag(key) => (key, crate::forms::FLAGS),
            _ => return None,
        };
        let (word, spot) = text(line, key)?;
        (word_of(words, &word).is_none() && !word.is_ascii()).then_some((spot, word, words))
    }

    /// The keys it spells, those of a kind of rule.
    fn keys(self) -> Vec<&'static str> {
        match self {
            Self::Text(key) | Self::Label(key, _) | Self::Word(key, _) | Self::Number(key) => vec![key],
            Self::Money(key, _) | Self::Flag(key) | Self::Names(key) | Self::Pairs(key) => vec![key],
            Self::Selection("within", _) => vec!["in"],
            Self::Selection(key, "") => vec![key],
            Self::Selection(key, short) => vec![key, short],
            Self::Penalty(_) => vec!["soft"],
            Self::Bounds => vec!["at_least", "at_most", "between", "ratio_at_most", "equals", "against"],
        }
    }

    /// Cells that spell the keys of a table, and which keys they are; nothing where reading them would give something else.
    pub fn write(self, entries: &Entries, lang: Lang) -> (Vec<(&'static str, Cell)>, Vec<&'static str>) {
        let keys = self.keys();
        let own: Entries = entries.iter().filter(|(key, _)| keys.contains(&key.as_str())).cloned().collect();
        if own.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let cells = self.spell(&own, entries, lang).unwrap_or_default();
        let mut line: Line = cells.iter().map(|(id, cell)| (*id, (raw_of(cell), 0))).collect();
        if let Some((_, kind)) = entries.iter().find(|(key, _)| key == "kind")
            && let Some(cell) = cell_of(&kind.value)
        {
            line.insert("kind", (raw_of(&cell), 0));
        }
        let read = node(Value::Table(self.read(&line)), 0).canonical();
        if !cells.is_empty() && read == node(Value::Table(own.clone()), 0).canonical() {
            let known = keys.into_iter().filter(|key| own.iter().any(|(own, _)| own == key)).collect();
            return (cells, known);
        }
        (Vec::new(), Vec::new())
    }

    fn spell(self, own: &Entries, all: &Entries, lang: Lang) -> Option<Vec<(&'static str, Cell)>> {
        let (_, first) = own.first()?;
        let text = |node: &Node| if let Value::Text(text) = &node.value { Some(text.clone()) } else { None };
        Some(match self {
            Self::Text(key) => vec![(key, Cell::Text(text(first)?))],
            Self::Label(key, english) => match first.get("zh").zip(first.get("en")) {
                Some((zh, en)) => vec![(key, Cell::Text(text(zh)?)), (english, Cell::Text(text(en)?))],
                None => vec![(key, Cell::Text(text(first)?))],
            },
            Self::Word(key, words) => {
                let word = text(first)?;
                vec![(key, Cell::Text(shown(words, &word, lang).unwrap_or(word)))]
            }
            Self::Number(key) => vec![(key, cell_of(&first.value)?)],
            Self::Money(key, unit) => {
                let text = text(first)?;
                match text.split_once(' ') {
                    Some((number, of)) => vec![(key, cell_of_number(number)), (unit, Cell::Text(of.to_owned()))],
                    None => vec![(key, Cell::Text(text))],
                }
            }
            Self::Selection(key, short) => {
                let (is_short, words) = match own.first()? {
                    (found, node) if found == short => (true, names(node)?),
                    (_, node) => (false, selected(node, short.is_empty(), lang)?),
                };
                debug_assert!(!is_short || !short.is_empty());
                vec![(key, Cell::Text(words))]
            }
            Self::Flag(key) => match first.value {
                Value::Flag(flag) => {
                    vec![(key, Cell::Text(shown(crate::forms::FLAGS, if flag { "true" } else { "false" }, lang)?))]
                }
                _ => return None,
            },
            Self::Penalty(key) => vec![(key, cell_of(&first.get("penalty")?.value)?)],
            Self::Bounds => spell_bounds(own, all, lang)?,
            Self::Names(key) => vec![(key, Cell::Text(names(first)?))],
            Self::Pairs(key) => {
                let Value::List(items) = &first.value else { return None };
                let pair = |item: &Node| match &item.value {
                    Value::List(parts) => {
                        let parts: Option<Vec<&str>> = parts.iter().map(|part| digits(&part.value)).collect();
                        parts.map(|parts| parts.join(":"))
                    }
                    _ => None,
                };
                vec![(key, Cell::Text(items.iter().map(pair).collect::<Option<Vec<_>>>()?.join("; ")))]
            }
        })
    }
}

/// Money in two cells, or in one with its unit.
fn amount(line: &Line, key: &str, unit: &str) -> Option<Node> {
    let (raw, spot) = get(line, key)?;
    let value = match (number(raw)?, text(line, unit)) {
        (Value::Number(number), Some((unit, _))) => Value::Text(format!("{number} {unit}")),
        (value, _) => value,
    };
    Some(node(value, spot))
}

fn names(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::List(items) => {
            let text = |item: &Node| if let Value::Text(text) = &item.value { Some(text.clone()) } else { None };
            Some(items.iter().map(text).collect::<Option<Vec<_>>>()?.join("、"))
        }
        _ => None,
    }
}

fn named(text: &str, spot: u64) -> Node {
    let names: Vec<&str> = text.split(BETWEEN).map(str::trim).filter(|name| !name.is_empty()).collect();
    match names.as_slice() {
        [one] => node(Value::Text((*one).to_owned()), spot),
        _ => node(Value::List(names.iter().map(|name| node(Value::Text((*name).to_owned()), spot)).collect()), spot),
    }
}

/// `全部`, `林地、湿地`, `资金:district; 生态系统:林地`, or as the model file has it.
fn selection(line: &Line, key: &str, short: &str) -> Option<(String, Node)> {
    let (words, spot) = text(line, key)?;
    let key = if key == "within" { "in" } else { key };
    if words.starts_with('{') {
        return Some((key.to_owned(), Node { line: spot, ..Node::parse_value(&words) }));
    }
    if crate::forms::says("office.everything", &words) || words == "total" {
        return Some((key.to_owned(), node(Value::Text("total".to_owned()), spot)));
    }
    let mut entries = Vec::new();
    for part in words.split([';', '；']).map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once([':', '：']).and_then(|(word, rest)| Some((word_of(SELECTED, word)?, rest))) {
            Some((word, rest)) => entries.push((word, named(rest, spot))),
            None if !short.is_empty() && words == part => return Some((short.to_owned(), named(part, spot))),
            None => entries.push(("ecosystem", named(part, spot))),
        }
    }
    Some((key.to_owned(), table(entries, spot)))
}

fn selected(node: &Node, bare: bool, lang: Lang) -> Option<String> {
    match &node.value {
        Value::Text(word) if word == "total" => Some(crate::forms::said("office.everything").get(lang).to_owned()),
        Value::Table(entries) => {
            let part = |(key, node): &(String, Node)| {
                let names = names(node)?;
                if bare && key == "ecosystem" {
                    return Some(names);
                }
                Some(format!("{}:{names}", shown(SELECTED, key, lang)?))
            };
            let parts = entries.iter().map(part).collect::<Option<Vec<_>>>();
            Some(parts.map_or_else(|| crate::toml::inline(node), |parts| parts.join("; ")))
        }
        _ => None,
    }
}

/// Kinds whose bounds are plain numbers.
const OF_NUMBERS: [&str; 2] = ["corridor", "share"];

fn bounds(line: &Line) -> Entries {
    let kind = kind(line);
    let unit = text(line, "unit");
    let bound = |id: &str| get(line, id).and_then(|(raw, spot)| Some((number(raw)?, spot)));
    let (least, most) = (bound("least"), bound("most"));
    let mut entries = Entries::new();
    if OF_NUMBERS.contains(&kind.as_str()) {
        match (least, most) {
            (Some((least, spot)), Some((most, other))) => {
                let items = vec![node(least, spot), node(most, other)];
                entries.push(("between".to_owned(), node(Value::List(items), spot)));
            }
            (least, most) => {
                entries.extend(least.map(|(value, spot)| ("at_least".to_owned(), node(value, spot))));
                entries.extend(most.map(|(value, spot)| ("at_most".to_owned(), node(value, spot))));
            }
        }
        if kind == "corridor"
            && let Some((unit, spot)) = unit
        {
            entries.push(("against".to_owned(), node(Value::Text(figure(&unit).unwrap_or(unit)), spot)));
        }
        return entries;
    }
    if kind == "per_head" {
        entries.extend(most.map(|(value, spot)| ("ratio_at_most".to_owned(), node(value, spot))));
        entries.extend(least.map(|(value, spot)| ("at_least".to_owned(), node(value, spot))));
        return entries;
    }
    let measure = |(value, spot): (Value, u64)| match (&value, &unit) {
        (Value::Number(number), Some((unit, _))) => match figure(unit) {
            Some(figure) => node(Value::Table(vec![(figure, node(value.clone(), spot))]), spot),
            None => node(Value::Text(format!("{number} {unit}")), spot),
        },
        (Value::Text(text), Some((unit, _))) if text.ends_with('%') && figure(unit).is_some() => {
            let figure = figure(unit).unwrap_or_default();
            node(Value::Table(vec![(figure, node(value.clone(), spot))]), spot)
        }
        _ => node(value, spot),
    };
    entries.extend(least.map(|found| ("at_least".to_owned(), measure(found))));
    entries.extend(most.map(|found| ("at_most".to_owned(), measure(found))));
    entries
}

fn spell_bounds(own: &Entries, all: &Entries, lang: Lang) -> Option<Vec<(&'static str, Cell)>> {
    let mut cells: Vec<(&'static str, Cell)> = Vec::new();
    let mut unit: Option<String> = None;
    let is_multiple = all.iter().any(|(key, node)| {
        key == "kind"
            && matches!(&node.value, Value::Text(kind) if OF_NUMBERS.contains(&kind.as_str()) || kind == "per_head")
    });
    for (key, node) in own {
        let (id, value) = match key.as_str() {
            "between" => {
                let Value::List(items) = &node.value else { return None };
                let [least, most] = items.as_slice() else { return None };
                cells.push(("least", cell_of(&least.value)?));
                cells.push(("most", cell_of(&most.value)?));
                continue;
            }
            "against" => {
                let Value::Text(name) = &node.value else { return None };
                unit = Some(of_figure(name, lang));
                continue;
            }
            "at_least" => ("least", node),
            "at_most" | "ratio_at_most" => ("most", node),
            _ => return None,
        };
        let (cell, of) = match &value.value {
            value if is_multiple => (cell_of(value)?, None),
            Value::Text(text) => {
                let (number, unit) = text.split_once(' ')?;
                (cell_of_number(number), Some(unit.to_owned()))
            }
            Value::Table(entries) => {
                let [(figure, times)] = entries.as_slice() else { return None };
                (cell_of(&times.value)?, Some(of_figure(figure, lang)))
            }
            _ => return None,
        };
        match (&unit, of) {
            (Some(known), Some(of)) if *known != of => return None,
            (None, Some(of)) => unit = Some(of),
            _ => {}
        }
        cells.push((id, cell));
    }
    cells.extend(unit.map(|unit| ("unit", Cell::Text(unit))));
    Some(cells)
}

/// The fields of a sheet with one row a table.
pub fn fields(part: crate::forms::Part) -> &'static [Field] {
    use crate::forms::{GROUPS, KINDS, LEVELS, NEWS, NORMS, PAYMENTS, Part, SPENDS, STAGES, VALUES};
    match part {
        Part::Ecosystems => &[Field::Label("label", "label_en"), Field::Names("aliases"), Field::Text("extent_unit")],
        Part::Funds => &[
            Field::Text("id"),
            Field::Label("label", "label_en"),
            Field::Money("amount", "unit"),
            Field::Selection("only", ""),
            Field::Word("spend", SPENDS),
            Field::Text("basis"),
        ],
        Part::Rules => &[
            Field::Word("kind", KINDS),
            Field::Text("id"),
            Field::Label("label", "label_en"),
            Field::Selection("of", "ecosystem"),
            Field::Word("per", GROUPS),
            Field::Bounds,
            Field::Number("below"),
            Field::Selection("within", ""),
            Field::Word("new", NEWS),
            Field::Penalty("penalty"),
            Field::Flag("enabled"),
            Field::Text("basis"),
        ],
        Part::Objectives => &[
            Field::Word("kind", STAGES),
            Field::Word("levels", LEVELS),
            Field::Word("norm", NORMS),
            Field::Word("value", VALUES),
            Field::Pairs("returns"),
            Field::Number("slack"),
        ],
        Part::Overrides => &[
            Field::Text("area"),
            Field::Text("ecosystem"),
            Field::Text("fund"),
            Field::Money("amount", "unit"),
            Field::Money("change", "unit"),
            Field::Text("reason"),
            Field::Text("by"),
            Field::Text("date"),
        ],
        Part::Paid => &[
            Field::Text("area"),
            Field::Text("ecosystem"),
            Field::Text("fund"),
            Field::Word("kind", PAYMENTS),
            Field::Money("amount", "unit"),
            Field::Text("batch"),
            Field::Text("date"),
            Field::Text("document"),
            Field::Text("note"),
            Field::Flag("redistribute"),
        ],
        Part::Model | Part::Entitlement | Part::Other => &[],
    }
}
