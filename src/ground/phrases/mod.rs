//! Every sentence shown to a person, by code, in zh-CN and en.
//!
//! The texts stand in the TOML files of this folder, one file a topic. A code is `topic.name`.
//! `fix_zh` and `fix_en` say what to do about a finding. `{name}` is replaced by an argument.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// Language of a printed sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Simplified Chinese, the first language of every report.
    #[default]
    Zh,
    /// English.
    En,
}

/// One short text in both languages, such as the label of an ecosystem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The same text in both languages, such as a code or a place name.
    pub fn same(text: impl ToString) -> Self {
        let text = text.to_string();
        Self { zh: text.clone(), en: text }
    }

    /// Texts in a row, with what stands between two of them in either language.
    pub fn joined(texts: &[Self], zh: &str, en: &str) -> Self {
        let join = |pick: fn(&Self) -> &str, between: &str| texts.iter().map(pick).collect::<Vec<_>>().join(between);
        Self { zh: join(|text| &text.zh, zh), en: join(|text| &text.en, en) }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::same(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::same(text)
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::same(text)
    }
}

/// A sentence before it has a language: a code and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    code: &'static str,
    arguments: Vec<(Cow<'static, str>, Text)>,
    /// What is said after it, in the same breath.
    tail: Option<Box<Phrase>>,
}

impl Phrase {
    /// The sentence `code` without arguments.
    pub fn new(code: &'static str) -> Self {
        Self { code, arguments: Vec::new(), tail: None }
    }

    /// Adds an argument that is the same, or given, in both languages.
    pub fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.arguments.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// Adds a sentence as argument.
    pub fn with_phrase(self, name: &'static str, value: &Phrase) -> Self {
        let text = value.text();
        self.with(name, text)
    }

    /// The same sentence with another one after it; the remedy stays that of the first.
    pub fn followed_by(mut self, tail: Phrase) -> Self {
        self.tail = Some(Box::new(tail));
        self
    }

    /// The first argument that differs from the same sentence's of another place.
    pub fn difference<'a>(&'a self, other: &Self) -> Option<&'a Text> {
        let differs = |(at, (_, value)): (usize, &(Cow<'static, str>, Text))| {
            other.arguments.get(at).is_none_or(|(_, known)| known != value)
        };
        self.arguments.iter().enumerate().find(|entry| differs(*entry)).map(|(_, (_, value))| value)
    }

    /// The phrase of a text that its alternate form (`{:#}`) gave; `None` where the text is anything else.
    pub fn unpacked(text: &str) -> Option<Self> {
        let (code, arguments): (String, Vec<(String, Text)>) = serde_json::from_str(text).ok()?;
        let (code, _) = table().get_key_value(&code)?;
        let arguments = arguments.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect();
        Some(Self { code, arguments, tail: None })
    }

    /// An argument by its name.
    pub fn argument(&self, name: &str) -> Option<&Text> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, text)| text)
    }

    /// The code, stable across languages and releases.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence with arguments of at most so many characters each: an input that is named in it may be of any length.
    pub fn shortened(&self, most: usize) -> Self {
        let cut =
            |text: &Text| Text { zh: shorten(&text.zh, most).into_owned(), en: shorten(&text.en, most).into_owned() };
        Self {
            code: self.code,
            arguments: self.arguments.iter().map(|(name, text)| (name.clone(), cut(text))).collect(),
            tail: self.tail.as_ref().map(|tail| Box::new(tail.shortened(most))),
        }
    }

    /// The sentence in one language.
    pub fn render(&self, lang: Lang) -> String {
        let mut text = match table().get(self.code) {
            Some(entry) => self.fill(if lang == Lang::Zh { &entry.zh } else { &entry.en }, lang),
            None => self.code.to_owned(),
        };
        if let Some(tail) = &self.tail {
            text.push_str(&tail.render(lang));
        }
        text
    }

    /// What to do about it, in one language; empty where the code has no remedy.
    pub fn render_fix(&self, lang: Lang) -> String {
        match table().get(self.code) {
            Some(entry) => self.fill(if lang == Lang::Zh { &entry.fix_zh } else { &entry.fix_en }, lang),
            None => String::new(),
        }
    }

    /// The sentence in both languages.
    pub fn text(&self) -> Text {
        Text { zh: self.render(Lang::Zh), en: self.render(Lang::En) }
    }

    fn fill(&self, template: &str, lang: Lang) -> String {
        let mut filled = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            filled.push_str(before);
            let Some(close) = after.find('}') else {
                rest = after;
                break;
            };
            let name = after.get(1..close).unwrap_or_default();
            match self.arguments.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => filled.push_str(&visible(value.get(lang))),
                None => filled.push_str(after.get(..=close).unwrap_or_default()),
            }
            rest = after.get(close + 1..).unwrap_or_default();
        }
        filled.push_str(rest);
        filled
    }
}

/// The sentence in English, as an error of a library shows it; in its alternate form the phrase itself, for [`Phrase::unpacked`]:
/// the errors of deserialization take nothing but what can be displayed.
impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.write_str(&serde_json::to_string(&(self.code, &self.arguments)).map_err(|_| fmt::Error)?)
        } else {
            f.write_str(&self.render(Lang::En))
        }
    }
}

/// At most so many characters of a text; where it goes on, the last is `…`.
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(most.saturating_sub(1)).chain(['…']).collect()),
    }
}

/// Text of an input, such as a name, as it may be printed: a control character shows as its picture (`␛`) and does nothing,
/// one without width shows as its number (`⟨U+200B⟩`).
///
/// Line breaks would tear a table; escape sequences and changes of direction would make a terminal show what is not there.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_steering) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match u32::from(c) {
            code @ 0..=0x1F => shown.push(char::from_u32(0x2400 + code).unwrap_or('\u{FFFD}')),
            0x7F => shown.push('\u{2421}'),
            code if is_invisible(c) => shown.push_str(&format!("⟨U+{code:04X}⟩")),
            _ if is_steering(c) => shown.push('\u{FFFD}'),
            _ => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Whether a character steers a terminal, or the order in which text is shown, rather than being shown.
pub fn is_steering(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}') || is_invisible(c)
}

/// Whether a character has no width: what pages and chats leave in a copied word, a byte order mark in the midst of a text.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// The texts of one code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    en: String,
    #[serde(default)]
    fix_zh: String,
    #[serde(default)]
    fix_en: String,
}

/// Topic name and its TOML text.
const TOPICS: &[(&str, &str)] = &[
    ("finding", include_str!("finding.toml")),
    ("units", include_str!("units.toml")),
    ("dataset", include_str!("dataset.toml")),
    ("policy", include_str!("policy.toml")),
    ("rules", include_str!("rules.toml")),
    ("solver", include_str!("solver.toml")),
    ("allocation", include_str!("allocation.toml")),
    ("scenario", include_str!("scenario.toml")),
    ("analysis", include_str!("analysis.toml")),
    ("parameter", include_str!("parameter.toml")),
    ("robust", include_str!("robust.toml")),
    ("sweep", include_str!("sweep.toml")),
    ("drivers", include_str!("drivers.toml")),
    ("curve", include_str!("curve.toml")),
    ("frontier", include_str!("frontier.toml")),
    ("ranges", include_str!("ranges.toml")),
    ("compare", include_str!("compare.toml")),
    ("division", include_str!("division.toml")),
    ("cooperative", include_str!("cooperative.toml")),
    ("document", include_str!("document.toml")),
    ("bargain", include_str!("bargain.toml")),
    ("negotiate", include_str!("negotiate.toml")),
    ("office", include_str!("office.toml")),
    ("check", include_str!("check.toml")),
    ("payment", include_str!("payment.toml")),
    ("report", include_str!("report.toml")),
    ("explain", include_str!("explain.toml")),
    ("chart", include_str!("chart.toml")),
    ("paper", include_str!("paper.toml")),
    ("memo", include_str!("memo.toml")),
    ("agreement", include_str!("agreement.toml")),
    ("settlement", include_str!("settlement.toml")),
    ("settle", include_str!("settle.toml")),
    ("fund", include_str!("fund.toml")),
    ("payee", include_str!("payee.toml")),
    ("damage", include_str!("damage.toml")),
    ("outcome", include_str!("outcome.toml")),
    ("store", include_str!("store.toml")),
    ("talks", include_str!("talks.toml")),
    ("service", include_str!("service.toml")),
    ("cli", include_str!("cli.toml")),
    ("problem", include_str!("problem.toml")),
    ("api", include_str!("api.toml")),
    ("http", include_str!("http.toml")),
    ("gep", include_str!("gep.toml")),
];

/// Help of the command line. Its English stands in the code; the codes are never said.
const HELP: &str = include_str!("help.toml");

/// The Chinese of an English text that is written where something is declared, such as the help of an argument.
pub fn in_chinese(english: &str) -> Option<&'static str> {
    static HELPS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let helps = HELPS.get_or_init(|| {
        let entries: BTreeMap<String, Entry> = toml::from_str(HELP).unwrap_or_default();
        let said = table().values().map(|entry| (entry.en.clone(), entry.zh.clone()));
        said.chain(entries.into_values().map(|entry| (entry.en, entry.zh))).collect()
    });
    helps.get(english).map(String::as_str)
}

/// The English texts that [`in_chinese`] is to know and nothing else says.
pub fn helps() -> Vec<String> {
    let entries: BTreeMap<String, Entry> = toml::from_str(HELP).unwrap_or_default();
    entries.into_values().map(|entry| entry.en).collect()
}

fn table() -> &'static BTreeMap<String, Entry> {
    static TABLE: OnceLock<BTreeMap<String, Entry>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = BTreeMap::new();
        for (topic, text) in TOPICS {
            // A topic that does not parse is caught by the test below; at run time its codes print as they are.
            let entries: BTreeMap<String, Entry> = toml::from_str(text).unwrap_or_default();
            table.extend(entries.into_iter().map(|(name, entry)| (format!("{topic}.{name}"), entry)));
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> = text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn every_topic_parses_and_speaks_both_languages() {
        for (topic, text) in TOPICS.iter().chain([&("help", HELP)]) {
            let entries: BTreeMap<String, Entry> =
                toml::from_str(text).unwrap_or_else(|error| panic!("{topic}.toml: {error}"));
            for (name, entry) in entries {
                assert!(!entry.zh.is_empty() && !entry.en.is_empty(), "{topic}.{name} lacks a language");
                assert_eq!(placeholders(&entry.zh), placeholders(&entry.en), "{topic}.{name} differs in arguments");
                assert_eq!(entry.fix_zh.is_empty(), entry.fix_en.is_empty(), "{topic}.{name} has half a remedy");
            }
        }
    }

    #[test]
    fn control_characters_become_pictures() {
        assert_eq!(visible("甲\u{1b}[31m\n镇\u{7}\u{202e}"), "甲␛[31m␊镇␇\u{FFFD}");
        assert_eq!(visible("城桥镇"), "城桥镇");
        assert_eq!(visible("城桥\u{200b}镇\u{feff}"), "城桥⟨U+200B⟩镇⟨U+FEFF⟩");
        let phrase = Phrase::new("units.not_a_number").with("value", "\u{1b}c");
        assert!(!phrase.render(Lang::Zh).contains('\u{1b}'));
    }

    #[test]
    fn a_phrase_travels_through_an_error_of_deserialization() {
        let phrase = Phrase::new("units.unit_unknown")
            .with("value", "1 \"x\"")
            .with("unit", Text { zh: "甲".into(), en: "a".into() });
        assert_eq!(Phrase::unpacked(&format!("{phrase:#}")), Some(phrase.clone()));
        assert_eq!(phrase.to_string(), phrase.render(Lang::En));
        assert_eq!(Phrase::unpacked("missing field"), None);
        assert_eq!(Phrase::unpacked("[\"no.code\",[]]"), None);
    }

    #[test]
    fn long_arguments_are_cut() {
        assert_eq!((shorten("甲乙丙", 3), shorten("甲乙丙丁", 3)), ("甲乙丙".into(), "甲乙…".into()));
        let phrase = Phrase::new("units.not_a_number").with("value", "9".repeat(10_000));
        assert!(phrase.shortened(50).render(Lang::En).chars().count() < 200);
        assert!(phrase.render(Lang::En).len() > 10_000);
    }

    #[test]
    fn arguments_are_filled_in() {
        let phrase = Phrase::new("units.not_a_number").with("value", "abc");
        assert!(phrase.render(Lang::Zh).contains("abc"));
        assert!(phrase.render(Lang::En).contains("abc"));
    }
}
