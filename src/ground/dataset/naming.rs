//! How sentences name areas and cells: by their names, the code of the area in brackets.

use crate::dataset::EcosystemSpec;
use crate::phrases::{Phrase, Text};

/// An area; one that has no name of its own by its code alone.
pub(super) fn area(code: &str, name: &str) -> Text {
    if name.is_empty() || name == code {
        return Text::same(code);
    }
    Phrase::new("dataset.named_area").with("name", name).with("code", code).text()
}

/// An ecosystem of an area that is already named.
pub(super) fn cell(area: Text, ecosystem: Text) -> Text {
    Phrase::new("dataset.named_cell").with("area", area).with("ecosystem", ecosystem).text()
}

/// Label of an ecosystem; one that is not known by its id.
pub(super) fn ecosystem(known: &[EcosystemSpec], id: &str) -> Text {
    known.iter().find(|spec| spec.id == id).map_or_else(|| Text::same(id), |spec| spec.label.clone())
}
