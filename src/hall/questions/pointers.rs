//! Findings of a question as JSON pointers into its body: `party[2].cap` of the library is `/party/1/cap` of the client.

use crate::finding::{Finding, Findings, Place};
use crate::questions::Failure;

/// Where the parts of a body stand, so that a finding about one of them can be pointed at.
#[derive(Debug, Default)]
pub struct Pointers {
    root: String,
    /// Whether the root is a text in which key paths have lines.
    is_text: bool,
    files: Vec<(String, String)>,
    options: Vec<(&'static str, &'static str)>,
}

impl Pointers {
    /// Key paths count from here: empty for the body itself, `/case` for a member.
    pub fn new(root: impl Into<String>) -> Self {
        Self { root: root.into(), ..Self::default() }
    }

    /// Key paths are of a document that came as text in this member.
    pub fn text(root: impl Into<String>) -> Self {
        Self { root: root.into(), is_text: true, ..Self::default() }
    }

    /// What the library calls this file is a member of the body.
    pub fn file(mut self, name: impl Into<String>, pointer: impl Into<String>) -> Self {
        self.files.push((name.into(), pointer.into()));
        self
    }

    /// What the command line calls `--name` is a member of the body; empty where it has none.
    pub fn option(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.options.push((name, pointer));
        self
    }

    /// The findings with pointers for places.
    pub fn point(&self, findings: Findings) -> Findings {
        Findings(findings.0.into_iter().map(|finding| self.one(finding)).collect())
    }

    fn one(&self, mut finding: Finding) -> Finding {
        if let Some(file) = finding.place.file.clone() {
            if let Some((_, pointer)) = self.files.iter().find(|(name, _)| *name == file) {
                finding.place.file = Some(pointer.clone());
            }
            return finding;
        }
        let path = finding.place.column.clone().unwrap_or_default();
        if path.starts_with("--") {
            let member = self.options.iter().find(|(name, _)| *name == path).map(|(_, pointer)| *pointer);
            finding.place.column = None;
            finding.place.file = member.filter(|pointer| !pointer.is_empty()).map(str::to_owned);
            return finding;
        }
        if self.is_text {
            finding.place.file = Some(self.root.clone());
            return finding;
        }
        finding.place.column = None;
        let pointer = format!("{}{}", self.root, pointer(&path));
        finding.place.file = (!pointer.is_empty()).then_some(pointer);
        finding
    }
}

/// A name as a part of a pointer (RFC 6901).
pub fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name under which a text is read: JSON where it begins with a brace, else TOML.
pub fn name_of(text: &str) -> &'static str {
    if text.trim_start().starts_with('{') { "document.json" } else { "document.toml" }
}

/// That neither or both of two members are given.
pub fn one_of(one: &str, other: &str) -> Failure {
    let finding = Finding::error("talks.one_of", Place::file(format!("/{one}")));
    finding.with("one", one).with("other", other).into()
}

/// The pointer of a key path: keys joined by dots, places in lists in brackets and from 1.
fn pointer(path: &str) -> String {
    let mut pointer = String::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let mut pieces = part.split('[');
        for (at, piece) in std::iter::once(pieces.next().unwrap_or_default()).chain(pieces).enumerate() {
            let index = piece.strip_suffix(']').and_then(|piece| piece.parse::<usize>().ok());
            match index.filter(|_| at > 0).and_then(|index| index.checked_sub(1)) {
                Some(index) => pointer.push_str(&format!("/{index}")),
                None if piece.is_empty() => {}
                None => pointer.push_str(&format!("/{}", token(piece))),
            }
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_paths_become_pointers() {
        for (path, expected) in [
            ("party[2].cap", "/party/1/cap"),
            ("clause[1].tiers.tier[3].at_most", "/clause/0/tiers/tier/2/at_most"),
            ("amount", "/amount"),
            ("a/b~c", "/a~1b~0c"),
            ("", ""),
        ] {
            assert_eq!(pointer(path), expected, "{path}");
        }
    }

    #[test]
    fn files_and_options_are_members() {
        let pointers =
            Pointers::new("/case").file("x.csv", "/files/x.csv").option("--set", "/terms").option("--at", "");
        let place = |place: Place| {
            let found = pointers.point(Findings(vec![Finding::error("division.empty_file", place)]));
            let place = found.0.into_iter().next().unwrap().place;
            (place.file, place.row, place.column)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(place(Place::file("x.csv").row(3).column("区域")), (text("/files/x.csv"), Some(3), text("区域")));
        assert_eq!(place(Place::default().column("--set")), (text("/terms"), None, None));
        assert_eq!(place(Place::default().column("--at")), (None, None, None));
        assert_eq!(place(Place::default().column("flow[1].share")), (text("/case/flow/0/share"), None, None));
        assert_eq!(place(Place::default()), (text("/case"), None, None));
    }
}
