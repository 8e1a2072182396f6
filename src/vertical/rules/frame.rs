//! What every rule sees: the facts, the funds, the amounts to decide and the entitlements.

use std::sync::Arc;

use crate::dataset::{AreaId, CellId, Dataset};
use crate::phrases::Text;
use crate::units::{Decimal, Exact, Money};

/// Whether a fund must be spent in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spend {
    /// The whole amount is distributed, to the 分.
    All,
    /// At most the amount is distributed.
    UpTo,
}

/// One pot of money; an earmarked one (专款专用) may only go to some cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Fund {
    /// Short code, such as `district`.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// The money in it.
    pub amount: Money,
    /// Whether all of it must be spent.
    pub spend: Spend,
    /// Legal basis; empty where none is given.
    pub basis: String,
    /// Cells it may pay, sorted.
    pub eligible: Vec<CellId>,
}

/// Position of an amount in [`Frame::amounts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AmountId(pub usize);

/// One amount to decide: what a fund pays a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    /// Position of the fund in [`Frame::funds`].
    pub fund: usize,
    /// The cell paid.
    pub cell: CellId,
}

/// The common ground of all rules. Amounts are sorted by fund (as in the model file), then cell.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The facts.
    pub dataset: Dataset,
    /// What an area is called in reports: 区域, 乡镇, 县.
    pub area_label: Text,
    /// The ecosystems of the model, by id, in the model's order, with their labels.
    pub ecosystems: Vec<(String, Text)>,
    /// The funds, in the model's order.
    pub funds: Vec<Fund>,
    /// The amounts to decide: every eligible fund × cell.
    pub amounts: Arc<Vec<Amount>>,
    /// For each cell, the amounts that make it up.
    pub amounts_of_cell: Arc<Vec<Vec<AmountId>>>,
    /// For each cell, its entitlement E in 分 (0 where the factors give nothing); sums to the pool exactly.
    pub entitlement: Vec<Money>,
    /// For each cell, its entitlement in 分 before rounding: what says whether cells are of equal merit.
    pub due: Arc<Vec<Exact>>,
    /// Every amount is a multiple of it.
    pub unit: Money,
    /// Whether what is left of a fund beyond whole units stays in it.
    pub keeps_remainder: bool,
    /// Cells whose whole money a planner sets by hand: they say nothing of how well the rest is divided. Sorted.
    pub by_hand: Arc<Vec<CellId>>,
}

impl Frame {
    /// Cells of the model (all cells of the dataset whose ecosystem the model names), as positions in the dataset.
    pub fn cells(&self) -> impl Iterator<Item = CellId> + '_ {
        (0..self.dataset.cells().len()).map(CellId)
    }

    /// The amounts of a cell.
    pub fn amounts_of(&self, cell: CellId) -> &[AmountId] {
        self.amounts_of_cell.get(cell.0).map_or(&[], Vec::as_slice)
    }

    /// The entitlement of a cell.
    pub fn entitlement_of(&self, cell: CellId) -> Money {
        self.entitlement.get(cell.0).copied().unwrap_or_default()
    }

    /// What is left of a fund that must be spent, beyond whole units, where that stays in it.
    pub fn remainder_of(&self, fund: &Fund) -> Money {
        let stays = self.keeps_remainder && fund.spend == Spend::All && self.unit > Money::ZERO;
        Money::from_fen(if stays { fund.amount.fen().rem_euclid(self.unit.fen()) } else { 0 })
    }

    /// Whether a planner sets the whole money of a cell by hand, alone or with its area.
    pub fn is_by_hand(&self, cell: CellId) -> bool {
        self.by_hand.binary_search(&cell).is_ok()
    }

    /// Sum of all funds.
    pub fn total(&self) -> Money {
        self.funds.iter().map(|fund| fund.amount).sum()
    }

    /// `310151101/forest`, the printed code of a cell.
    pub fn cell_code(&self, cell: CellId) -> String {
        match self.dataset.cells().get(cell.0) {
            Some(found) => {
                let area = self.dataset.areas().get(found.area.0).map_or("?", |area| area.code.as_str());
                format!("{area}/{}", found.ecosystem)
            }
            None => "?".to_owned(),
        }
    }

    /// Code of an area.
    pub fn area_code(&self, area: AreaId) -> &str {
        self.dataset.areas().get(area.0).map_or("?", |area| area.code.as_str())
    }

    /// The area of a code or, where no code matches, of an exact and unique name.
    pub fn area_of(&self, word: &str) -> Option<AreaId> {
        self.dataset.area(word).or_else(|| {
            let mut named = self.dataset.areas().iter().enumerate().filter(|(_, area)| area.name == word);
            let first = named.next();
            if named.next().is_some() { None } else { first.map(|(index, _)| AreaId(index)) }
        })
    }

    /// The codes of all areas of a name.
    pub fn codes_named(&self, name: &str) -> Vec<&str> {
        let named = self.dataset.areas().iter().filter(|area| area.name == name);
        named.map(|area| area.code.as_str()).collect()
    }

    /// The id of an ecosystem by its id or either label.
    pub fn ecosystem_of(&self, word: &str) -> Option<&str> {
        let known = || self.ecosystems.iter();
        let by_id = known().find(|(id, _)| id == word);
        let by_label = || known().find(|(_, label)| label.zh == word || label.en.eq_ignore_ascii_case(word));
        by_id.or_else(by_label).map(|(id, _)| id.as_str())
    }

    /// A figure of a cell or, where cells do not have it, of its area; in base units.
    pub fn figure(&self, cell: CellId, name: &str) -> Option<Decimal> {
        let area = self.dataset.cells().get(cell.0)?.area;
        self.dataset.cell_figure(cell, name).or_else(|| self.dataset.area_figure(area, name))
    }

    /// A money figure of a cell; `entitlement` is its entitlement.
    pub fn money(&self, cell: CellId, name: &str) -> Option<Money> {
        if name == "entitlement" { Some(self.entitlement_of(cell)) } else { self.dataset.cell_money(cell, name) }
    }

    /// What a cell receives under given amounts.
    pub fn received(&self, cell: CellId, amounts: &[Money]) -> Money {
        self.amounts_of(cell).iter().filter_map(|id| amounts.get(id.0).copied()).sum()
    }
}

/// A figure that a measure needs and the data lack: where and which.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingFigure {
    /// Code of the cell or area.
    pub at: String,
    /// Indicator.
    pub indicator: String,
}
