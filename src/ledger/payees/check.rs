//! What is wrong with a list before it is paid.

use std::collections::{BTreeMap, BTreeSet};

use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::nearest_fen;

use crate::date::Date;
use crate::payees::list::List;
use crate::payees::rates::Rates;
use crate::payees::register::Register;

/// Something that is wrong, and how much of the list it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The check.
    pub rule: &'static str,
    /// What is wrong.
    pub name: Text,
    /// Numbers of the payees concerned.
    pub payees: Vec<String>,
    /// Parcel, where it is about one.
    pub parcel: String,
    /// Amount concerned, in 分.
    pub fen: i64,
    /// Said of it; never anything personal.
    pub note: Text,
    /// Legal basis.
    pub basis: Text,
}

/// Whether the last character of a number of eighteen fits the others (GB 11643-1999); other lengths are not looked at.
fn id_fits(id: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const LAST: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let letters: Vec<char> = id.to_uppercase().chars().collect();
    let Some((last, digits)) = letters.split_last().filter(|_| letters.len() == 18) else { return true };
    let sum: Option<u32> =
        digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).map(|d| d * weight)).sum();
    // Numbers of organisations have letters among them.
    let Some(sum) = sum else { return true };
    usize::try_from(sum % 11).ok().and_then(|rest| LAST.get(rest)).is_some_and(|fits| fits == last)
}

/// Looks at a list; `paid` are payees and rates that were paid in this year already, `other` the parcels of another list.
pub fn check(
    list: &List,
    register: &Register,
    rates: &Rates,
    day: Date,
    paid: &BTreeSet<(String, String)>,
    other: &BTreeSet<String>,
) -> Vec<Wrong> {
    let mut by_payee: BTreeMap<&str, i64> = BTreeMap::new();
    for item in &list.items {
        *by_payee.entry(&item.payee).or_default() += item.fen;
    }
    let mut wrong = Vec::new();
    let mut push = |rule: &'static str, payees: Vec<String>, parcel: &str, fen: i64, note: Text| {
        let (code, basis) = words(rule);
        let (name, basis) = (Phrase::new(code).text(), Phrase::new(basis).text());
        wrong.push(Wrong { rule, name, payees, parcel: parcel.to_owned(), fen, note, basis });
    };
    let mut cards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut accounts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for payee in register.payees.iter().filter(|payee| by_payee.contains_key(payee.id.as_str())) {
        let fen = by_payee.get(payee.id.as_str()).copied().unwrap_or(0);
        let until = payee.since.is_none_or(|since| since <= day);
        let status = match payee.status.as_str() {
            "死亡" => Some("dead"),
            "迁出" => Some("moved"),
            "停发" => Some("stopped"),
            _ => None,
        };
        if let Some(rule) = status.filter(|_| until) {
            let since = payee.since.map_or_else(String::new, |since| since.to_string());
            push(rule, vec![payee.id.clone()], "", fen, Text::same(since));
        }
        if !payee.card.is_empty() {
            cards.entry(&payee.card).or_default().push(&payee.id);
        }
        if !payee.account.is_empty() {
            accounts.entry(&payee.account).or_default().push(&payee.id);
        }
        if !id_fits(&payee.card) {
            push("bad_id", vec![payee.id.clone()], "", fen, Text::same(""));
        }
        if payee.name.is_empty() || payee.account.is_empty() {
            push("no_account", vec![payee.id.clone()], "", fen, Text::same(""));
        }
        if rates.routed.contains(&payee.kind) && payee.holder.is_empty() {
            push("not_routed", vec![payee.id.clone()], "", fen, Text::same(&payee.kind));
        }
    }
    for (rule, groups) in [("same_id", cards), ("same_account", accounts)] {
        for ids in groups.into_values().filter(|ids| ids.len() > 1) {
            let fen = ids.iter().filter_map(|id| by_payee.get(id)).sum();
            push(rule, ids.into_iter().map(str::to_owned).collect(), "", fen, Text::same(""));
        }
    }
    let mut parcels: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, item) in list.items.iter().enumerate().filter(|(_, item)| !item.parcel.is_empty()) {
        parcels.entry((&item.parcel, &item.rate)).or_default().push(index);
    }
    for ((parcel, _), indices) in parcels.into_iter().filter(|(_, indices)| indices.len() > 1) {
        let again: Vec<_> = indices.iter().filter_map(|index| list.items.get(*index)).collect();
        let fen = again.iter().skip(1).map(|item| item.fen).sum();
        push("parcel_twice", again.iter().map(|item| item.payee.clone()).collect(), parcel, fen, Text::same(""));
    }
    for parcel in &register.parcels {
        let Some(registered) = parcel.registered.filter(|registered| parcel.area > *registered) else { continue };
        let above = parcel.area.exact() - registered.exact();
        let of_parcel = list.items.iter().filter(|item| item.parcel == parcel.id && item.payee == parcel.payee);
        let amounts = of_parcel.filter_map(|item| rates.rate.iter().find(|rate| rate.id == item.rate));
        let fen = amounts.filter_map(|rate| nearest_fen(&(&above * rate.amount.exact()))).sum();
        let note =
            Phrase::new("payee.area_note").with("is", parcel.area.to_string()).with("most", registered.to_string());
        push("area_above", vec![parcel.payee.clone()], &parcel.id, fen, note.text());
    }
    for item in list.items.iter().filter(|item| other.contains(&item.parcel)) {
        push("two_lists", vec![item.payee.clone()], &item.parcel, item.fen, Text::same(&item.rate));
    }
    for item in list.items.iter().filter(|item| paid.contains(&(item.payee.clone(), item.rate.clone()))) {
        push("paid_already", vec![item.payee.clone()], &item.parcel, item.fen, Text::same(&item.rate));
    }
    for line in list.checks.iter().filter(|line| !line.is_explained()) {
        push("sum_off", Vec::new(), "", line.difference(), Text::same(&line.rate));
    }
    wrong
}

/// Sentence and legal basis of a check.
fn words(rule: &str) -> (&'static str, &'static str) {
    match rule {
        "dead" => ("payee.dead", "payee.basis_false"),
        "moved" => ("payee.moved", "payee.basis_false"),
        "stopped" => ("payee.stopped", "payee.basis_card"),
        "bad_id" => ("payee.bad_id", "payee.basis_false"),
        "no_account" => ("payee.no_account", "payee.basis_card"),
        "not_routed" => ("payee.not_routed", "payee.basis_routed"),
        "same_id" => ("payee.same_id", "payee.basis_false"),
        "same_account" => ("payee.same_account", "payee.basis_card"),
        "parcel_twice" => ("payee.parcel_twice", "payee.basis_false"),
        "area_above" => ("payee.area_above", "payee.basis_false"),
        "two_lists" => ("payee.two_lists", "payee.basis_two"),
        "paid_already" => ("payee.paid_already", "payee.basis_card"),
        _ => ("payee.sum_off", "payee.basis_card"),
    }
}

#[cfg(test)]
mod tests {
    use super::id_fits;

    #[test]
    fn the_last_character_of_an_id() {
        assert!(id_fits("11010519491231002X") && id_fits("11010519491231002x"));
        assert!(!id_fits("110105194912310021"));
        assert!(id_fits("91310230MA1JXXXX0A") && id_fits("123"));
    }
}
