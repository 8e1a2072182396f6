//! What indicators, groups and rows are called in a report: 生态产品总值, 城桥镇·林地, 保底(城桥镇·林地).

use crate::dataset::{AreaId, Quantity, indicator};
use crate::figures::separated;
use crate::phrases::{Phrase, Text};
use crate::rules::frame::{Frame, Spend};
use crate::rules::requirement::{Member, Requirement};
use crate::units::{Decimal, Money};

/// Printed name of an indicator; further columns of the data are called as they are.
pub fn figure_name(name: &str) -> Text {
    let code = match name {
        indicator::EXTENT => "rules.figure_extent",
        indicator::GEP => "rules.figure_gep",
        indicator::QUALITY => "rules.figure_quality",
        indicator::OUTCOME => "rules.figure_outcome",
        indicator::PROTECTION_COST => "rules.figure_protection_cost",
        indicator::OPPORTUNITY_COST => "rules.figure_opportunity_cost",
        indicator::COST => "rules.figure_cost",
        indicator::LAST_YEAR => "rules.figure_last_year",
        indicator::POPULATION => "rules.figure_population",
        "entitlement" => "rules.figure_entitlement",
        other => return Text::same(other),
    };
    Phrase::new(code).text()
}

/// Unit in which a figure is kept; empty for a plain number.
pub fn figure_unit(quantity: Quantity) -> Text {
    let code = match quantity {
        Quantity::Money => "rules.unit_money",
        Quantity::Extent => "rules.unit_extent",
        Quantity::Persons => "rules.unit_persons",
        Quantity::Number => return Text::same(""),
    };
    Phrase::new(code).text()
}

/// A unit as figures and changes bear it, in both languages.
pub fn unit_text(unit: &str) -> Text {
    let code = match unit {
        "元" => "rules.unit_money",
        "万元" => "report.wan",
        "人" => "rules.unit_persons",
        other => return extent_unit(other),
    };
    Phrase::new(code).text()
}

/// A figure with separators and its unit: `16,744,300.00 元`, `24,789 亩`, `0.93`.
pub fn figure_text(value: Decimal, quantity: Quantity) -> Text {
    if quantity == Quantity::Money
        && let Ok(money) = Money::of(value, "元")
    {
        return money.into();
    }
    let number = separated(&value.to_string());
    let unit = figure_unit(quantity);
    let text = |unit: &str| if unit.is_empty() { number.clone() } else { format!("{number} {unit}") };
    Text { zh: text(&unit.zh), en: text(&unit.en) }
}

/// A unit of extent in both languages.
pub(super) fn extent_unit(unit: &str) -> Text {
    let code = match unit {
        "亩" | "mu" => "rules.unit_extent",
        "公顷" | "ha" | "hm2" | "hm²" => "rules.unit_hectare",
        "km2" | "km²" | "平方公里" | "平方千米" => "rules.unit_square_kilometre",
        other => return Text::same(other),
    };
    Phrase::new(code).text()
}

/// A group by its code: `310151101/forest` → 城桥镇·林地, `310151101` → 城桥镇, `forest` → 林地, `total` → 合计.
pub fn group_name(frame: &Frame, code: &str) -> Text {
    let area = |code: &str| {
        let AreaId(at) = frame.dataset.area(code)?;
        frame.dataset.areas().get(at).map(|area| area.name.clone())
    };
    let ecosystem = |id: &str| frame.ecosystems.iter().find(|(known, _)| known == id).map(|(_, label)| label.clone());
    if let Some((name, label)) = code.rsplit_once('/').and_then(|(code, id)| Some((area(code)?, ecosystem(id)?))) {
        return Text { zh: format!("{name}·{}", label.zh), en: format!("{name}, {}", label.en) };
    }
    match (area(code), ecosystem(code)) {
        (Some(name), _) => Text::same(name),
        (None, Some(label)) => label,
        _ if code == "total" => Phrase::new("rules.per_total").text(),
        _ => Text::same(code),
    }
}

/// A row in words: `floor[310151101/forest]` → 保底(城桥镇·林地), `spent` → 资金用足.
pub fn row_name(frame: &Frame, requirement: &Requirement) -> Text {
    let name = requirement.name.as_str();
    let (head, inner) = match name.split_once('[') {
        Some((head, rest)) => (head, rest.strip_suffix(']').unwrap_or(rest)),
        None => (name, ""),
    };
    let up_to = || match requirement.member {
        Member::Fund(at) => frame.funds.get(at).is_some_and(|fund| fund.spend == Spend::UpTo),
        Member::Rule(_) => false,
    };
    let code = match head {
        "spent" if up_to() => "rules.row_spent_up_to",
        "spent" => "rules.row_spent",
        "floor" => "rules.row_floor",
        "cap" => "rules.row_cap",
        "band" => "rules.row_band",
        "least" => "rules.row_least",
        "most" => "rules.row_most",
        "above" => "rules.row_above",
        "below" => "rules.row_below",
        "fixed" => "rules.row_fixed",
        "paid" => "rules.row_paid",
        "linear" if inner == "least" => "rules.row_linear_least",
        "linear" if inner == "most" => "rules.row_linear_most",
        "linear" => "rules.row_linear",
        _ => return Text::same(name),
    };
    if inner.is_empty() || head == "linear" {
        return Phrase::new(code).text();
    }
    // Rows of an order end in the number of their step, those of what was paid in the fund: `above[310151101/forest,3]`.
    let group = if matches!(head, "above" | "below" | "paid") {
        inner.rsplit_once(',').map_or(inner, |(cell, _)| cell)
    } else {
        inner
    };
    Phrase::new("rules.row").with_phrase("row", &Phrase::new(code)).with("group", group_name(frame, group)).text()
}

/// Names in a row: `林地、湿地`.
pub(crate) fn listed(texts: &[Text]) -> Text {
    Text::joined(texts, "、", ", ")
}

/// Texts in a row, in both languages.
pub(super) fn joined(texts: &[Text], between: &str) -> Text {
    Text::joined(texts, between, between)
}
